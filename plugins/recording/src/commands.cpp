#include "commands.hpp"

#include <algorithm>

#include <Poco/DateTimeFormatter.h>
#include <Poco/Timestamp.h>

namespace recording {

using namespace trellis::sdk;

namespace {

constexpr std::int64_t kMostOnPage = 500;
/// What the wire's list answers at most; it knows no pages.
constexpr std::int64_t kMostOnWire = 10'000;

std::string textOf(const json::object& from, const char* name) {
    const auto* value = from.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}
std::int64_t numberOf(const json::object& from, const char* name, std::int64_t otherwise) {
    const auto* value = from.if_contains(name);
    return value != nullptr && value->is_int64() ? value->get_int64() : otherwise;
}

std::string isoTime(std::int64_t ms) {
    const Poco::Timestamp time(ms * 1000);
    return Poco::DateTimeFormatter::format(time, "%Y-%m-%dT%H:%M:%S.%iZ");
}

/// As the event told it, without action, etype and msg (control-protocol specification, section 3.12).
json::object wireEntry(const Entry& e) {
    json::object out{{"filename", e.name},     {"size", e.size},
                     {"domain", e.domain},     {"nodeid", e.deviceId},
                     {"meshid", e.groupId},    {"name", e.deviceName},
                     {"icon", 1},              {"protocol", e.protocol},
                     {"userids", json::array{e.userId}},
                     {"startTime", e.startMs}, {"lengthTime", (e.endMs - e.startMs + 500) / 1000},
                     {"time", isoTime(e.endMs)}};
    if (!e.groupName.empty()) out["meshname"] = e.groupName;
    if (e.state != "removed") out["present"] = 1;
    return out;
}

json::object pageEntry(const Entry& e) {
    return {{"id", e.id},
            {"name", e.name},
            {"user", e.userId},
            {"userName", e.userName},
            {"guest", e.guest},
            {"nodeid", e.deviceId},
            {"deviceName", e.deviceName},
            {"groupName", e.groupName},
            {"protocol", e.protocol},
            {"kind", protocol::kindOf(e.protocol)},
            {"startMs", e.startMs},
            {"endMs", e.endMs},
            {"size", e.size},
            {"sha256", e.sha256},
            {"state", e.state},
            {"note", e.note},
            {"hasText", e.hasText}};
}

const Schema& entrySchema() {
    static const Schema schema =
        Schema::object()
            .prop("id", Schema::string(), "Of the recording.")
            .prop("name", Schema::string(), "Of the file.")
            .prop("user", Schema::string(), "Whose session it was.")
            .prop("userName", Schema::string(), "His name then.")
            .prop("guest", Schema::string(), "Name of the guest who acted for him, or nothing.")
            .prop("nodeid", Schema::string(), "The device.")
            .prop("deviceName", Schema::string(), "Its name then.")
            .prop("groupName", Schema::string(), "Name of its group then.")
            .prop("protocol", Schema::integer(), "Wire number of the session's protocol.")
            .prop("kind", Schema::string(), "terminal, desktop or files.")
            .prop("startMs", Schema::integer().unit("ms"), "Since 1970.")
            .prop("endMs", Schema::integer().unit("ms"), "Since 1970; 0 while it runs.")
            .prop("size", Schema::integer().unit("bytes"), "Of the file.")
            .prop("sha256", Schema::string(), "Of the file when it was finished.")
            .prop("state", Schema::oneOf({"live", "done", "cut", "removed"}),
                  "cut: not the whole session, see note.")
            .prop("note", Schema::string(), "Why it is not whole.")
            .prop("hasText", Schema::boolean(), "Its text can be searched.");
    return schema;
}

Schema id() { return Schema::string().format(Format::Hex).range(32, 32); }

CommandSpec spec(const char* name, const char* summary, Schema args, Schema result) {
    CommandSpec out;
    out.name = name;
    out.summary = summary;
    out.args = std::move(args);
    out.result = std::move(result);
    out.requires_ = kViewers;
    return out;
}

json::value wireList(const Parts& parts, const Request& request, const json::object& args) {
    Filter filter;
    filter.domain = request.caller.domain;
    filter.withRemoved = true;
    filter.limit = std::clamp<std::int64_t>(numberOf(args, "limit", kMostOnWire), 1, kMostOnWire);
    json::object answer;
    try {
        json::array events;
        for (const auto& entry : parts.recorder().store().list(filter).entries) {
            events.emplace_back(wireEntry(entry));
        }
        answer["events"] = std::move(events);
    } catch (const Error&) {
        answer["error"] = 2;
    }
    return answer;
}

json::value list(const Parts& parts, const Request& request, const json::object& args) {
    Filter filter;
    filter.domain = request.caller.domain;
    filter.text = textOf(args, "text");
    filter.userId = textOf(args, "user");
    filter.deviceId = textOf(args, "nodeid");
    filter.kind = textOf(args, "kind");
    filter.fromMs = numberOf(args, "fromMs", 0);
    filter.untilMs = numberOf(args, "untilMs", 0);
    filter.offset = numberOf(args, "offset", 0);
    filter.limit = numberOf(args, "limit", 50);
    auto& recorder = parts.recorder();
    const auto page = recorder.store().list(filter);
    json::array entries, live, kinds;
    for (const auto& entry : page.entries) entries.emplace_back(pageEntry(entry));
    for (const auto& entry : recorder.live(filter.domain)) {
        if (filter.fits(entry)) live.emplace_back(pageEntry(entry));
    }
    for (const auto& kind : recorder.policy()->kinds) kinds.emplace_back(kind);
    return json::object{{"recordings", std::move(entries)}, {"total", page.total},
                        {"bytes", page.bytes},              {"live", std::move(live)},
                        {"recorded", std::move(kinds)},     {"mayRemove", mayRemove(request.caller)}};
}

json::value search(const Parts& parts, const Request& request, const json::object& args) {
    json::array hits;
    const auto found = parts.recorder().store().search(request.caller.domain, textOf(args, "id"),
                                                       textOf(args, "text"), numberOf(args, "limit", 100));
    for (const auto& hit : found.hits) {
        parts.noteReading(request.caller, hit.entry);
        hits.push_back({{"id", hit.entry.id},
                        {"deviceName", hit.entry.deviceName},
                        {"userName", hit.entry.userName},
                        {"startMs", hit.entry.startMs},
                        {"atMs", std::max<std::int64_t>(0, hit.timeMs - hit.entry.startMs)},
                        {"line", hit.line}});
    }
    return json::object{{"hits", std::move(hits)}, {"more", found.isMore}};
}

json::value check(const Parts& parts, const Request& request, const json::object& args) {
    auto& recorder = parts.recorder();
    const auto entry = presentEntry(recorder.store(), request.caller, textOf(args, "id"));
    const auto now = hashOf(recorder.pathOf(entry));
    return json::object{{"unchanged", now == entry.sha256}, {"sha256", now}};
}

json::value remove(const Parts& parts, const Request& request, const json::object& args) {
    if (!mayRemove(request.caller)) {
        throw Error(ErrorCode::Forbidden, "only administrators remove recordings");
    }
    auto& recorder = parts.recorder();
    const auto entry = presentEntry(recorder.store(), request.caller, textOf(args, "id"));
    recorder.remove(entry, "removed by " + (request.caller.userName.empty() ? "the local administrator"
                                                                            : request.caller.userName));
    return json::object{};
}

void declareReading(Registrar& reg, const Parts& parts) {
    const auto text = Schema::string().format(Format::Line).range(0, 200);
    reg.command(spec("recording.list", "Recordings, newest first.",
                     Schema::object()
                         .prop("text", text, "In the names of device, group, user or guest.")
                         .prop("user", text, "Only this user's.")
                         .prop("nodeid", text, "Only with this device.")
                         .prop("kind", Schema::oneOf({"", "terminal", "desktop", "files"}), "Only such sessions.")
                         .prop("fromMs", Schema::integer().range(0, 1LL << 47).unit("ms"), "Ended then or later.")
                         .prop("untilMs", Schema::integer().range(0, 1LL << 47).unit("ms"), "Began before.")
                         .prop("offset", Schema::integer().range(0, 10'000'000).byDefault(0), "How many to leave out.")
                         .prop("limit", Schema::integer().range(1, kMostOnPage).byDefault(50), "How many at most."),
                     Schema::object()
                         .prop("recordings", Schema::array(entrySchema()), "This page of them.")
                         .prop("total", Schema::integer(), "How many there are.")
                         .prop("bytes", Schema::integer().unit("bytes"), "Their size together.")
                         .prop("live", Schema::array(entrySchema()), "Sessions that are recorded now and fit, on every page.")
                         .prop("recorded", Schema::array(Schema::string()), "Kinds of sessions that are recorded.")
                         .prop("mayRemove", Schema::boolean(), "Whether the caller may remove any.")
                         .required({"recordings", "total", "bytes", "live", "recorded", "mayRemove"})),
                SimpleCommandHandler([parts](const Request& request, const json::object& args) {
                    return list(parts, request, args);
                }));
    reg.command(spec("recording.search", "Lines that terminals printed in recorded sessions.",
                     Schema::object()
                         .prop("text", Schema::string().format(Format::Line).range(2, 200), "In any case.")
                         .prop("id", id(), "Only in this recording.")
                         .prop("limit", Schema::integer().range(1, kMostOnPage).byDefault(100), "How many at most.")
                         .required({"text"}),
                     Schema::object()
                         .prop("hits",
                               Schema::array(Schema::object()
                                                 .prop("id", Schema::string(), "The recording.")
                                                 .prop("deviceName", Schema::string(), "Its device.")
                                                 .prop("userName", Schema::string(), "Its user.")
                                                 .prop("startMs", Schema::integer().unit("ms"), "Since 1970.")
                                                 .prop("atMs", Schema::integer().unit("ms"), "Since it began.")
                                                 .prop("line", Schema::string(), "Where the text is.")),
                               "Of the newest recordings first.")
                         .prop("more", Schema::boolean(), "There are more than were asked for.")
                         .required({"hits", "more"})),
                SimpleCommandHandler([parts](const Request& request, const json::object& args) {
                    return search(parts, request, args);
                }));
}

void declareWire(Registrar& reg, const Parts& parts) {
    auto wire = spec("recordings", "Recorded sessions, newest first.",
                     Schema::object()
                         .prop("limit", Schema::any(), "How many at most, if it is a number.")
                         .allowUnknown(),
                     Schema::object()
                         .prop("events", Schema::array(Schema::object().allowUnknown()), "The recordings.")
                         .prop("error", Schema::integer(), "2: the list can't be read now.")
                         .allowUnknown());
    wire.shape = ReplyShape::Wire;
    wire.wire.echoesTag = true;
    reg.command(std::move(wire), SimpleCommandHandler([parts](const Request& request, const json::object& args) {
                    return wireList(parts, request, args);
                }));
}

}  // namespace

Entry presentEntry(Store& store, const Caller& caller, const std::string& id) {
    auto entry = store.byId(caller.domain, id);
    if (!entry || entry->state == "removed") throw Error(ErrorCode::NotFound, "no such recording", "/id");
    return *std::move(entry);
}

bool mayRemove(const Caller& caller) noexcept {
    return caller.isLocalAdmin || caller.siteRights == site_right::kAdmin;
}

void declareCommands(Registrar& reg, const Parts& parts) {
    declareWire(reg, parts);
    declareReading(reg, parts);
    const auto one = Schema::object().prop("id", id(), "The recording.").required({"id"});
    auto opening = spec("recording.open", "What a player needs; noted in the audit trail.", one, entrySchema());
    opening.audited = true;
    reg.command(std::move(opening), SimpleCommandHandler([parts](const Request& request, const json::object& args) {
                    const auto entry = presentEntry(parts.recorder().store(), request.caller, textOf(args, "id"));
                    parts.recorder().makeHelp(entry);
                    return pageEntry(entry);
                }));
    auto checking = spec("recording.check", "Whether a file is still what was recorded.", one,
                         Schema::object()
                             .prop("unchanged", Schema::boolean(), "Its hash is that of the finished recording.")
                             .prop("sha256", Schema::string(), "Its hash now.")
                             .required({"unchanged", "sha256"}));
    checking.timeout = Seconds(600);
    reg.command(std::move(checking), SimpleCommandHandler([parts](const Request& request, const json::object& args) {
                    return check(parts, request, args);
                }));
    auto removing = spec("recording.remove", "Removes a recording; its entry stays in the wire's list.", one,
                         Schema::object());
    removing.audited = true;
    reg.command(std::move(removing), SimpleCommandHandler([parts](const Request& request, const json::object& args) {
                    return remove(parts, request, args);
                }));
}

}  // namespace recording
