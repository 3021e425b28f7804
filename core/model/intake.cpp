#include "core/model/intake.hpp"

#include "core/model/event_rows.hpp"
#include "core/model/limits.hpp"
#include "core/model/rows.hpp"

#include <trellis/sdk/error.hpp>

namespace trellis::model {

bool Intake::isEmpty(store::Session& session) {
    bool isEmpty = true;
    for (const char* table : {"users", "device_groups", "user_groups", "devices"})
        session.query(std::string("SELECT id FROM ") + table + " LIMIT 1", {},
                      [&](const store::Row&) { isEmpty = false; });
    return isEmpty;
}

void Intake::add(const User& user) {
    check(user);
    rows::write(session_, user);
}

void Intake::add(const Group& group) {
    check(group);
    rows::write(session_, group);
}

void Intake::add(const UserGroup& group) {
    check(group);
    rows::write(session_, group);
}

void Intake::add(const Device& device) {
    check(device);
    rows::write(session_, device);
}

void Intake::link(std::string_view holder, std::string_view target, Rights rights) {
    rows::writeLink(session_, holder, target, rights);
}

void Intake::add(std::string_view owner, SideKind kind, const SideDocument& document) {
    if (document.text.empty() || document.text.size() > SideDocuments::kMaxBytes ||
        document.hash.size() > 256)
        throw sdk::Error(sdk::ErrorCode::InvalidArgument, "the document is empty or over 1 MiB");
    session_.run("INSERT INTO side_documents (owner, kind, body, hash, time_ms) "
                 "VALUES (?, ?, ?, ?, ?)",
                 {std::string(owner), static_cast<std::int64_t>(kind), document.text, document.hash,
                  document.timeMs});
}

void Intake::add(Event event) {
    tidy(event, event.timeMs);
    rows::write(session_, event);
}

void Intake::add(const PowerEvent& event) {
    session_.run("INSERT INTO power_events (device_id, time_ms, power) VALUES (?, ?, ?)",
                 {event.deviceId, event.timeMs, std::int64_t{event.power}});
}

} // namespace trellis::model
