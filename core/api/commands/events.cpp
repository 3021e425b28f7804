// The event list (control-protocol 3.6).
#include "core/api/commands/people.hpp"
#include "core/api/control/visibility.hpp"
#include "core/model/ids.hpp"
#include "core/model/wire_documents.hpp"

namespace trellis::api {

namespace {

constexpr std::int64_t kUsualLimit = 1000;
constexpr std::int64_t kMostEvents = 10'000;

json::array documentsOf(const std::vector<model::Event>& events, bool isOfDevice) {
    json::array list;
    list.reserve(events.size());
    for (const auto& event : events) {
        auto document = model::eventDocument(event);
        document.erase("domain");
        if (isOfDevice) {
            document.erase("etype");
            document.erase("nodeid");
        }
        list.emplace_back(std::move(document));
    }
    return list;
}

bool managesUsers(const sdk::Caller& caller) {
    return caller.isLocalAdmin || allows(caller.siteRights, sdk::site_right::kManageUsers);
}

void eventsOfDevice(CommandSet& set, const WireCall& call, model::EventFilter filter) {
    const auto& request = call.request();
    const auto& args = call.args();
    const auto target = deviceTarget(set.context, request, textOf(args, "nodeid"));
    // The list is empty then (control-protocol 10, 13): clients read it without looking for a reason.
    if (!target)
        return call.sendTagged({{"events", json::array()}, {"nodeid", args.at("nodeid")}});
    filter.deviceId = target->id;
    // Whoever sees only his own events elsewhere sees only his own here.
    const bool isLimited = target->access.rights != sdk::device_right::kAdmin &&
                           (target->access.rights & sdk::device_right::kLimitedEvents) != 0;
    if (isLimited)
        filter.userId = request.caller.userId;
    call.sendTagged(
        {{"events", documentsOf(set.context.events.query(filter), true)}, {"nodeid", target->id}});
}

/// Site right 2, and over users of one's own realms only; who is gone has none.
bool mayReadEventsOf(CommandSet& set, const sdk::Request& request, const std::string& userId) {
    if (!managesUsers(request.caller))
        return false;
    const auto actor = actorOf(set.context, request);
    const auto subject = set.context.directory.user(userId);
    if (subject)
        return maySeeUser(request.caller, actor, *subject);
    return isFull(request.caller) || (actor && actor->realms.empty());
}

void eventsOfUser(CommandSet& set, const WireCall& call, model::EventFilter filter,
                  const char* member) {
    const auto& request = call.request();
    const auto given = textOf(call.args(), member);
    const auto id = model::completeId(model::IdKind::User, request.caller.domain, given);
    if (!id || model::domainOf(*id) != request.caller.domain)
        throw Error(ErrorCode::InvalidArgument, "Invalid userid", "/userid");
    const bool isOwn = *id == request.caller.userId;
    if (!isOwn && !mayReadEventsOf(set, request, *id))
        throw Error(ErrorCode::Forbidden, "Access denied", "/userid");
    filter.targets = {*id}; // what he did, and what was done to him: who acts is a target, too
    call.sendTagged(
        {{"events", documentsOf(set.context.events.query(filter), false)}, {member, given}});
}

void eventsOfCaller(CommandSet& set, const WireCall& call, model::EventFilter filter) {
    const auto actor = actorOf(set.context, call.request());
    filter.targets = actor ? eventTargetsOf(*actor, set.context.directory, set.context.rights)
                           : std::vector<std::string>{"*"};
    auto list = documentsOf(set.context.events.query(filter), false);
    for (auto& item : list)
        if (actor)
            item = shownTo(*actor, std::move(item.as_object()), set.context.rights);
    json::object answer{{"events", std::move(list)}};
    if (const auto user = maybeText(call.args(), "user"))
        answer["user"] = *user;
    call.sendTagged(std::move(answer));
}

void listEvents(CommandSet& set, const WireCall& call) {
    const auto& args = call.args();
    model::EventFilter filter;
    filter.domain = call.request().caller.domain;
    filter.limit = static_cast<std::size_t>(
        std::clamp<std::int64_t>(numberOf(args, "limit", kUsualLimit), 1, kMostEvents));
    filter.action = textOf(args, "filter");
    if (args.contains("nodeid"))
        return eventsOfDevice(set, call, filter);
    if (args.contains("userid"))
        return eventsOfUser(set, call, filter, "userid");
    // meshctrl sends `user`, which MeshCentral ignores (control-protocol 11, 41).
    if (args.contains("user") && managesUsers(call.request().caller))
        return eventsOfUser(set, call, filter, "user");
    eventsOfCaller(set, call, filter);
}

} // namespace

void addEventCommands(CommandSet& set) {
    WireSpec list;
    list.command.name = "events";
    list.command.summary = "Lists events, newest first.";
    list.command.args =
        wireArgs()
            .prop("nodeid", idText(), "Only those of a device.")
            .prop("userid", idText(), "Only those caused by a user.")
            .prop("user", idText(), "The same.")
            .prop("limit", Schema::integer().range(1, 1'000'000), "At most so many.")
            .prop("filter",
                  Schema::oneOf({"agentlog", "batchupload", "changenode", "manual", "relaylog",
                                 "removenode", "runcommands"}),
                  "Only those of this action.");
    list.responseId = ResponseId::Left;
    set.wire(std::move(list), [&set](const WireCall& call) { listEvents(set, call); });
}

} // namespace trellis::api
