// What user managers tell users and see of their logins (control-protocol 3.1).
#include <algorithm>

#include "core/api/active_call.hpp"
#include "core/api/commands/people.hpp"
#include "core/api/control/connection.hpp"
#include "core/model/ids.hpp"
#include "core/model/wire_documents.hpp"

namespace trellis::api {

namespace {

constexpr const char* kDenied = "Permission denied";
constexpr std::size_t kMostLogins = 500;

sdk::Requirement managers() {
    return {sdk::Scope::Site, sdk::site_right::kManageUsers, 0, ""};
}

json::object notice(const sdk::Request& request, const json::object& args, int icon) {
    json::object message{{"action", "msg"},
                         {"type", "notify"},
                         {"domain", request.caller.domain},
                         {"value", textOf(args, "msg")},
                         {"title", request.caller.userName},
                         {"icon", icon},
                         {"id", newTraceId()}};
    if (const auto seconds = maybeNumber(args, "maxtime"))
        message["maxtime"] = *seconds;
    return message;
}

void broadcast(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    const auto& args = call.args();
    const auto actor = actorOf(set.context, request);
    std::string only;
    if (const auto given = maybeText(args, "userid")) {
        const auto id = model::completeId(
            model::IdKind::User, request.caller.domain,
            given->find('/') == std::string::npos ? model::lowerName(*given) : *given);
        if (!id || model::domainOf(*id) != request.caller.domain)
            throw Error(ErrorCode::InvalidArgument, kDenied, "/userid");
        only = *id;
    }
    const auto target = maybeText(args, "target");
    auto message = notice(request, args, 0);
    message["tag"] = "broadcast";
    for (const auto& [id, count] : set.hub.counts(request.caller.domain)) {
        const auto user = set.context.directory.user(id);
        const bool isMeant = user && (only.empty() || id == only) &&
                             (!target || user->links.contains(*target)) &&
                             maySeeUser(request.caller, actor, *user);
        if (isMeant)
            set.hub.toUser(id, message);
    }
    call.result("ok");
}

/// Pages open it with a click: nothing but a page of this server or of the web.
bool isLink(const std::string& url) {
    const bool isOwnPage = url.starts_with('/') && !url.starts_with("//");
    return isOwnPage || url.starts_with("https://") || url.starts_with("http://");
}

void notifyUser(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    const auto& args = call.args();
    const auto id = textOf(args, "userid");
    const auto user =
        model::parseId(model::IdKind::User, id) ? set.context.directory.user(id) : nullptr;
    if (!user || !maySeeUser(request.caller, actorOf(set.context, request), *user))
        throw Error(ErrorCode::NotFound, kDenied, "/userid");
    const auto url = maybeText(args, "url");
    if (url && !isLink(*url))
        throw Error(ErrorCode::InvalidArgument, "Invalid url", "/url");
    auto message = notice(request, args, 8);
    message["userid"] = request.caller.userId;
    message["username"] = request.caller.userName;
    if (url)
        message["url"] = *url;
    if (const auto number = maybeNumber(args, "msgid")) {
        message["msgid"] = *number;
        message["value"] = "Chat Request, Click here to accept."; // control-protocol 3.1
    }
    set.hub.toUser(user->id, message);
    call.result("ok");
}

json::object loginEntry(const model::Event& event) {
    json::object entry{{"t", model::isoTime(event.timeMs)}};
    const std::pair<const char*, const char*> members[] = {
        {"m", "msgid"}, {"a", "msgArgs"}, {"tn", "tokenName"}};
    for (const auto& [name, member] : members)
        if (const auto* value = event.extra.if_contains(member))
            entry[name] = *value;
    return entry;
}

void previousLogins(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    const auto given = maybeText(call.args(), "userid");
    const auto id = given.value_or(request.caller.userId);
    const auto user =
        model::parseId(model::IdKind::User, id) ? set.context.directory.user(id) : nullptr;
    const bool isOwn = id == request.caller.userId;
    const bool isManager = hasSiteRight(request.caller, sdk::site_right::kManageUsers);
    const bool maySee =
        user &&
        (isOwn || (isManager && maySeeUser(request.caller, actorOf(set.context, request), *user)));
    if (!maySee)
        throw Error(ErrorCode::Forbidden, "Access denied", "/userid");
    std::vector<model::Event> logins;
    for (const auto* action : {"login", "authfail"}) {
        model::EventFilter filter;
        filter.domain = user->domain;
        filter.userId = user->id;
        filter.action = action;
        filter.limit = kMostLogins;
        auto some = set.context.events.query(filter);
        std::move(some.begin(), some.end(), std::back_inserter(logins));
    }
    std::sort(logins.begin(), logins.end(),
              [](const auto& a, const auto& b) { return a.number > b.number; });
    logins.resize(std::min(logins.size(), kMostLogins));
    json::array entries;
    for (const auto& login : logins)
        entries.emplace_back(loginEntry(login));
    json::object answer{{"events", std::move(entries)}};
    if (given)
        answer["userid"] = id;
    call.send(std::move(answer));
}

} // namespace

void addUserMessageCommands(CommandSet& set) {
    const auto seconds = Schema::integer().range(0, 86400);
    WireSpec all;
    all.command.name = "userbroadcast";
    all.command.summary = "Shows a notice on the open pages of all users, or of one.";
    all.command.requires_ = managers();
    all.command.audited = true;
    all.command.args = wireArgs()
                           .prop("msg", longText(1, 512), "What it says.")
                           .prop("maxtime", seconds, "Seconds after which it goes.")
                           .prop("userid", idText(), "Only this user, by id or name.")
                           .prop("target", idText(), "Only users with a direct link to this id.")
                           .required({"msg"});
    all.fieldTexts = {{"msg", "Message is too long"}, {"userid", kDenied}};
    all.deniedText = kDenied;
    set.wire(std::move(all), [&set](const WireCall& call) { broadcast(set, call); });

    WireSpec one;
    one.command.name = "notifyuser";
    one.command.summary = "Shows a notice on the open pages of a user.";
    one.command.requires_ = managers();
    one.command.audited = true;
    one.command.args = wireArgs()
                           .prop("userid", idText(), "The user, by full id.")
                           .prop("msg", longText(1, 4096), "What it says.")
                           .prop("url", lineText(1, 4096),
                                 "A page to open: http, https, or a path of this server.")
                           .prop("maxtime", seconds, "Seconds after which it goes.")
                           .prop("msgid", Schema::integer().range(11, 11), "11: it asks to chat.")
                           .required({"userid", "msg"});
    one.deniedText = kDenied;
    set.wire(std::move(one), [&set](const WireCall& call) { notifyUser(set, call); });

    WireSpec logins;
    logins.command.name = "previousLogins";
    logins.command.summary = "Lists when somebody signed in or failed to, newest first.";
    logins.command.args = wireArgs().prop("userid", idText(), "The user; the caller himself.");
    logins.responseId = ResponseId::Left;
    set.wire(std::move(logins), [&set](const WireCall& call) { previousLogins(set, call); });
}

} // namespace trellis::api
