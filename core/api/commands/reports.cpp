// Reports from the event log (control-protocol 3.12).
#include <algorithm>

#include "core/api/commands/report.hpp"
#include "core/api/commands/support.hpp"

namespace trellis::api {

namespace {

enum class ReportType : std::int64_t { Sessions = 1, Traffic, Logins, Database };

constexpr std::size_t kPage = 10'000;
constexpr std::size_t kMostEvents = 100'000;

bool managesUsers(const sdk::Caller& caller) {
    return caller.isLocalAdmin || allows(caller.siteRights, sdk::site_right::kManageUsers);
}

/// Own data for everybody; for user managers that of their groups, and traffic and logins of all.
model::EventFilter filterFor(CommandSet& set, const sdk::Request& request, ReportType type) {
    model::EventFilter filter;
    filter.domain = request.caller.domain;
    const auto actor = actorOf(set.context, request);
    if (!managesUsers(request.caller)) {
        filter.userId = request.caller.userId;
        return filter;
    }
    if (!actor || type != ReportType::Sessions)
        return filter;
    filter.targets.push_back(actor->id);
    for (const auto& group : set.context.directory.groups(request.caller.domain))
        if (set.context.access.group(request.caller, group->id).isVisible)
            filter.targets.push_back(group->id);
    return filter;
}

/// Oldest first. Throws when there are too many to hold: a shorter time is an answer, a cut list is
/// a wrong one.
std::vector<model::Event> eventsOf(CommandSet& set, model::EventFilter filter) {
    std::vector<model::Event> all;
    filter.limit = kPage;
    for (;;) {
        auto page = set.context.events.query(filter);
        const bool isLast = page.size() < kPage;
        if (!page.empty())
            filter.beforeNumber = page.back().number;
        std::move(page.begin(), page.end(), std::back_inserter(all));
        if (isLast)
            break;
        if (all.size() >= kMostEvents)
            throw Error(ErrorCode::InvalidArgument, "Too many events: choose a shorter time");
    }
    std::reverse(all.begin(), all.end());
    return all;
}

json::object databaseReport(CommandSet& set) {
    json::array entries;
    set.context.directory.database().read([&](store::Session& session) {
        for (const auto* table :
             {"users", "user_groups", "device_groups", "devices", "events", "power_events"}) {
            session.query("SELECT CAST(COUNT(*) AS BIGINT) FROM " + std::string(table), {},
                          [&](const store::Row& row) {
                              if (row.integer(0) > 0)
                                  entries.push_back(json::object{
                                      {"record", table}, {"recordcount", row.integer(0)}});
                          });
        }
    });
    return {{"columns",
             json::array{json::object{{"id", "record"}, {"title", "Record"}, {"format", "records"}},
                         json::object{{"id", "recordcount"},
                                      {"title", "Count"},
                                      {"align", "center"},
                                      {"sumBy", true}}}},
            {"groups", {{"0", {{"entries", std::move(entries)}}}}}};
}

/// It counts the records of all tenants.
bool mayCountAll(const sdk::Caller& caller) {
    return caller.isLocalAdmin ||
           auth::RightsDecider::judgeSite(caller.siteRights, caller.domain, sdk::site_right::kAdmin, 0);
}

std::vector<model::Event> reported(CommandSet& set, const WireCall& call, ReportType type) {
    const auto& args = call.args();
    auto filter = filterFor(set, call.request(), type);
    filter.sinceMs = numberOf(args, "start") * 1000;
    filter.untilMs = numberOf(args, "end") * 1000 + 1000; // the whole of the last second
    if (type != ReportType::Logins) {
        filter.action = "relaylog";
        return eventsOf(set, filter);
    }
    filter.action = "login";
    auto events = eventsOf(set, filter);
    filter.action = "authfail";
    auto failures = eventsOf(set, filter);
    std::move(failures.begin(), failures.end(), std::back_inserter(events));
    std::stable_sort(events.begin(), events.end(),
                     [](const auto& a, const auto& b) { return a.timeMs < b.timeMs; });
    return events;
}

ReportWish wishFrom(CommandSet& set, const WireCall& call) {
    const auto& args = call.args();
    ReportWish wish;
    wish.by = static_cast<ReportBy>(numberOf(args, "groupBy"));
    wish.wantsTraffic = flagOf(args, "showTraffic");
    if (const auto group = maybeText(args, "devGroup")) {
        const auto target = groupTarget(set.context, call.request(), *group);
        if (!target)
            throw Error(ErrorCode::NotFound, "Invalid device group", "/devGroup");
        wish.groupId = target->id;
    }
    return wish;
}

void report(CommandSet& set, const WireCall& call) {
    const auto& args = call.args();
    const auto type = static_cast<ReportType>(numberOf(args, "type"));
    if (numberOf(args, "start") >= numberOf(args, "end"))
        throw Error(ErrorCode::InvalidArgument, "Invalid time", "/start");
    const auto wish = wishFrom(set, call);
    switch (type) {
    case ReportType::Sessions:
        call.send({{"data", sessionsReport(reported(set, call, type), wish)}});
        break;
    case ReportType::Traffic:
        call.send({{"data", trafficReport(reported(set, call, type), wish)}});
        break;
    case ReportType::Logins:
        if (wish.by == ReportBy::Device)
            throw Error(ErrorCode::InvalidArgument, "Invalid grouping", "/groupBy");
        call.send({{"data", loginsReport(reported(set, call, type), wish)}});
        break;
    case ReportType::Database:
        if (!mayCountAll(call.request().caller)) {
            // With an empty table, which meshctrl reads without looking for a reason.
            return call.send({{"result", "Access denied"},
                              {"data", {{"columns", json::array()}, {"groups", json::object()}}}});
        }
        call.send({{"data", databaseReport(set)}});
        break;
    }
}

} // namespace

void addReportCommands(CommandSet& set) {
    constexpr std::int64_t kLastSecond = 99'999'999'999;
    WireSpec spec;
    spec.command.name = "report";
    spec.command.summary = "Sessions, traffic, logins or the size of the database, as a table.";
    spec.command.args =
        wireArgs()
            .prop("type", Schema::integer().range(1, 4),
                  "1 sessions, 2 traffic, 3 logins, 4 database.")
            .prop("groupBy", Schema::integer().range(1, 3), "1 user, 2 device, 3 day (UTC).")
            .prop("start", Schema::integer().range(0, kLastSecond).unit("s"), "From, since 1970.")
            .prop("end", Schema::integer().range(0, kLastSecond).unit("s"), "Until, since 1970.")
            .prop("devGroup", idText().nullable(), "Only this device group.")
            .prop("showTraffic", Schema::boolean().nullable(), "With bytes of each session.")
            .required({"type", "groupBy", "start", "end"});
    spec.responseId = ResponseId::Left;
    spec.fieldTexts = {{"type", "Invalid type"},
                       {"groupBy", "Invalid grouping"},
                       {"start", "Invalid time"},
                       {"end", "Invalid time"},
                       {"devGroup", "Invalid device group"}};
    set.wire(std::move(spec), [&set](const WireCall& call) { report(set, call); });
}

} // namespace trellis::api
