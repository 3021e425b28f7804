#include "core/takeover/happenings.hpp"

#include "core/model/ids.hpp"
#include "core/model/limits.hpp"
#include "core/model/text.hpp"
#include "core/takeover/members.hpp"

#include <boost/json/serialize.hpp>
#include <trellis/sdk/error.hpp>

#include <algorithm>
#include <array>

namespace trellis::takeover {

namespace {

constexpr std::size_t kMaxTargets = 1000;

[[noreturn]] void leave(const char* why) {
    throw sdk::Error(sdk::ErrorCode::InvalidArgument, why);
}

std::string idOr(const json::object& document, std::string_view key, model::IdKind kind) {
    auto text = textOf(document, key);
    return model::parseId(kind, text) ? text : std::string();
}

/// What the record has members for, and what MeshCentral itself does not publish.
bool isKnown(std::string_view key) {
    constexpr std::array<std::string_view, 14> kKnown{
        "_id",      "type",   "time",   "domain", "etype", "action", "userid",
        "username", "nodeid", "meshid", "msg",    "ids",   "node",   "nolog"};
    return std::find(kKnown.begin(), kKnown.end(), key) != kKnown.end();
}

/// Old versions published hashes of earlier passwords in there (section 11, number 18).
json::value withoutSecrets(const json::value& value) {
    if (!value.is_object())
        return value;
    auto copy = value.get_object();
    for (const auto name : {"oldpasswords", "hash", "salt", "otpsecret", "otpkeys", "pass"})
        if (const auto* member = copy.if_contains(name); member != nullptr && !member->is_number())
            copy.erase(name);
    return copy;
}

} // namespace

model::Event takeEvent(const json::object& document) {
    model::Event event;
    event.timeMs = timeMsOf(document, "time");
    event.domain = textOf(document, "domain");
    event.etype = model::cleanText(textOf(document, "etype"), 32);
    event.action = model::cleanText(textOf(document, "action"), 64);
    if (event.action.empty() || event.timeMs <= 0)
        leave("the event has no action or no time");
    event.userId = idOr(document, "userid", model::IdKind::User);
    event.userName = textOf(document, "username");
    event.deviceId = idOr(document, "nodeid", model::IdKind::Device);
    event.groupId = idOr(document, "meshid", model::IdKind::Group);
    event.msg = textOf(document, "msg");
    for (auto& target : textsOf(document, "ids"))
        if (event.targets.size() < kMaxTargets && target.size() <= model::kMaxIdBytes &&
            !model::hasControls(target))
            event.targets.push_back(std::move(target));
    for (const auto& member : document)
        if (!isKnown(member.key()))
            event.extra[member.key()] = withoutSecrets(member.value());
    if (json::serialize(event.extra).size() > model::limit::kExtra)
        event.extra.clear();
    return event;
}

std::optional<model::PowerEvent> takePower(const json::object& document) {
    model::PowerEvent event{textOf(document, "nodeid"), timeMsOf(document, "time"),
                            bitsOf(document, "power")};
    const bool isServer = event.deviceId == "*" && numberOf(document, "s") == 1;
    const bool isDevice = model::parseId(model::IdKind::Device, event.deviceId).has_value();
    if ((!isServer && !isDevice) || event.timeMs <= 0)
        return std::nullopt;
    return event;
}

} // namespace trellis::takeover
