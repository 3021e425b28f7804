#include "core/api/audit/chain.hpp"

#include "core/store/random.hpp"

#include <algorithm>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace trellis::api::audit {

namespace json = boost::json;

const std::string kNoHash(64, '0');
const std::string_view kSelect =
    "SELECT number, place, time_ms, domain, user_id, address, command, target, arguments, result, "
    "trace_id, hash, seal FROM audit ";

namespace {

// A list of a thousand devices or a long script is cut: the record says what was done, and is no
// copy of it.
constexpr std::size_t kMaxArguments = 8 * 1024;

/// No argument has this name: it isn't an identifier.
constexpr const char* kTokenMember = "@token";

std::string argumentsText(const AuditRecord& record) {
    auto text = json::serialize(record.arguments);
    const bool isLong = text.size() > kMaxArguments;
    if (!isLong && record.token.empty())
        return text;
    auto shown = isLong ? json::object{{"tooLong", text.size()}} : record.arguments;
    if (!record.token.empty())
        shown[kTokenMember] = record.token;
    return json::serialize(shown);
}

constexpr std::string_view kKeyName = "audit.seal";

void add(std::string& bytes, std::string_view part) {
    bytes += std::to_string(part.size());
    bytes += ':';
    bytes += part;
}

/// The database takes no zero bytes.
std::string storable(std::string text) {
    std::replace(text.begin(), text.end(), '\0', '?');
    return text;
}

} // namespace

SealKey::SealKey(store::Settings& settings) : bytes_(settings.secretOrRandom(kKeyName, 32)) {}

std::optional<SealKey> SealKey::stored(const store::Settings& settings) {
    auto bytes = settings.getSecret(kKeyName);
    if (!bytes)
        return std::nullopt;
    return SealKey(std::move(*bytes));
}

std::string SealKey::mac(std::string_view bytes, std::string_view purpose) const {
    return store::hex(store::hmacSha256(store::hmacSha256(bytes_, purpose), bytes));
}

std::string hashOf(std::string_view before, const Link& link) {
    std::string bytes = "trellis-audit-1";
    add(bytes, before);
    add(bytes, std::to_string(link.place));
    add(bytes, std::to_string(link.timeMs));
    for (const auto* part : {&link.domain, &link.userId, &link.address, &link.command, &link.target,
                             &link.arguments, &link.result, &link.traceId})
        add(bytes, *part);
    return store::sha256Hex(bytes);
}

std::string sealOf(const SealKey& key, std::string_view hash) {
    return key.mac(hash, "audit-record");
}

std::string sealOfCheckpoint(const SealKey& key, const Point& point) {
    return key.mac(std::to_string(point.place) + ':' + point.hash, "audit-checkpoint");
}

Link linkOf(const AuditRecord& record, Point& before, const SealKey& key) {
    Link link;
    link.place = before.place + 1;
    link.timeMs = std::chrono::duration_cast<std::chrono::milliseconds>(
                      record.time.time_since_epoch())
                      .count();
    link.domain = storable(record.domain);
    link.userId = storable(record.userId);
    link.address = storable(record.address);
    link.command = storable(record.command);
    link.target = storable(record.target);
    link.arguments = argumentsText(record);
    link.result = storable(record.result);
    link.traceId = storable(record.traceId);
    link.hash = hashOf(before.hash, link);
    link.seal = sealOf(key, link.hash);
    before = {link.place, link.hash};
    return link;
}

AuditRecord recordOf(const Link& link) {
    AuditRecord record;
    record.time = std::chrono::system_clock::time_point(std::chrono::milliseconds(link.timeMs));
    record.domain = link.domain;
    record.userId = link.userId;
    record.address = link.address;
    record.command = link.command;
    record.target = link.target;
    json::error_code failed;
    auto arguments = json::parse(link.arguments, failed);
    if (!failed && arguments.is_object())
        record.arguments = std::move(arguments.get_object());
    if (const auto* token = record.arguments.if_contains(kTokenMember);
        token && token->is_string()) {
        record.token = token->get_string();
        record.arguments.erase(kTokenMember);
    }
    record.result = link.result;
    record.traceId = link.traceId;
    return record;
}

Link linkFrom(const store::Row& row) {
    return {row.integer(0), row.integer(1), row.integer(2), row.text(3),  row.text(4),
            row.text(5),    row.text(6),    row.text(7),    row.text(8),  row.text(9),
            row.text(10),   row.text(11),   row.text(12)};
}

void write(store::Session& session, const Link& link) {
    session.run("INSERT INTO audit (place, time_ms, domain, user_id, address, command, target, "
                "arguments, result, trace_id, hash, seal) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                {link.place, link.timeMs, link.domain, link.userId, link.address, link.command,
                 link.target, link.arguments, link.result, link.traceId, link.hash, link.seal});
}

Checkpoint checkpointOf(store::Session& session, const SealKey& key) {
    Checkpoint found;
    session.query("SELECT place, hash, seal FROM audit_checkpoint WHERE number=1", {},
                  [&](const store::Row& row) {
                      found.point = {row.integer(0), row.text(1)};
                      found.isSealed = store::equalInConstantTime(
                          row.text(2), sealOfCheckpoint(key, found.point));
                  });
    return found;
}

Point endOf(store::Session& session, const SealKey& key) {
    auto end = checkpointOf(session, key).point;
    session.query("SELECT place, hash FROM audit WHERE place IS NOT NULL ORDER BY place DESC LIMIT 1",
                  {}, [&](const store::Row& row) { end = {row.integer(0), row.text(1)}; });
    return end;
}

} // namespace trellis::api::audit
