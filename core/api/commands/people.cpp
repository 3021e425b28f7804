#include "core/api/commands/people.hpp"

#include "core/api/active_call.hpp"
#include "core/auth/account_service.hpp"
#include "core/model/ids.hpp"
#include "core/model/wire_documents.hpp"

namespace trellis::api {

namespace {

constexpr std::uint32_t kGiving = ~(model::site::kNegative);

bool sharesRealm(const model::User& one, const model::User& other) {
    for (const auto& realm : one.realms)
        for (const auto& theirs : other.realms)
            if (realm == theirs)
                return true;
    return false;
}

} // namespace

bool isFull(const sdk::Caller& caller) {
    return caller.isLocalAdmin || caller.siteRights == sdk::site_right::kAdmin;
}

bool hasSiteRight(const sdk::Caller& caller, std::uint32_t right) {
    return caller.isLocalAdmin || allows(caller.siteRights, right);
}

bool maySeeUser(const sdk::Caller& caller, const model::UserPtr& actor,
                const model::User& subject) {
    if (subject.domain != caller.domain)
        return false;
    if (caller.isLocalAdmin || (actor && actor->isFullAdmin()))
        return true;
    return actor && (actor->realms.empty() || sharesRealm(*actor, subject));
}

bool mayManageUser(const sdk::Caller& caller, const model::UserPtr& actor,
                   const model::User& subject) {
    if (!maySeeUser(caller, actor, subject))
        return false;
    if (caller.isLocalAdmin || (actor && actor->isFullAdmin()))
        return true;
    return (subject.siteRights & kGiving & ~actor->siteRights) == 0;
}

model::UserPtr managedUser(CommandSet& set, const sdk::Request& request, const json::object& args) {
    std::string given;
    for (const auto* name : {"userid", "username", "id"})
        if (given.empty())
            given = textOf(args, name);
    const auto id =
        model::completeId(model::IdKind::User, request.caller.domain,
                          given.find('/') == std::string::npos ? model::lowerName(given) : given);
    if (!id && given.find('/') == std::string::npos)
        throw Error(ErrorCode::InvalidArgument, "Invalid userid", "/userid");
    // Accounts of other tenants are as good as none, and so is what another kind of id names.
    const bool isOwnTenant = id && model::domainOf(*id) == request.caller.domain;
    auto user = isOwnTenant ? set.context.directory.user(*id) : nullptr;
    if (!user)
        throw Error(ErrorCode::NotFound, "User does not exists", "/userid");
    if (!mayManageUser(request.caller, actorOf(set.context, request), *user))
        throw Error(ErrorCode::Forbidden, "Permission denied", "/userid");
    return user;
}

void rethrowForWire(const Error& error) {
    std::string text = error.what();
    if (error.code() == ErrorCode::InvalidArgument) {
        if (error.field() == "/username")
            text = "Invalid username";
        if (error.field() == "/pass")
            text = "Invalid password";
        if (error.field() == "/email")
            text = "Invalid email";
        if (error.field() == "/siteadmin")
            text = "Invalid site permissions";
    }
    throw Error(error.code(), text, error.field());
}

model::Event userChangeEvent(CommandSet& set, const sdk::Request& request,
                             const std::string& userId, int messageId, json::array messageArgs,
                             std::string text) {
    auto event = eventOf(request, "user", "accountchange", messageId, std::move(messageArgs),
                         std::move(text));
    event.targets = {userId};
    if (const auto user = set.context.directory.user(userId)) {
        const auto managers = auth::managersOf(*user);
        event.targets.insert(event.targets.end(), managers.begin(), managers.end());
        event.extra["account"] = model::userDocument(*user);
    }
    return event;
}

void announceUser(CommandSet& set, const sdk::Request& request, const std::string& userId,
                  int messageId, json::array messageArgs, std::string text) {
    set.context.events.record(
        userChangeEvent(set, request, userId, messageId, std::move(messageArgs), std::move(text)));
}

void announceUserGroup(CommandSet& set, const sdk::Request& request, const model::UserGroup& group,
                       std::string_view action, int messageId, json::array messageArgs,
                       std::string text, const std::vector<std::string>& users) {
    auto event =
        eventOf(request, "ugrp", action, messageId, std::move(messageArgs), std::move(text));
    event.targets = {group.id, "server-usergroups"};
    event.targets.insert(event.targets.end(), users.begin(), users.end());
    if (action == "createusergroup") { // control-protocol 2.5: under these names
        event.extra["msgArgv"] = json::array{group.name};
        event.extra["ugrpdomain"] = group.domain;
    }
    event.extra["ugrpid"] = group.id;
    event.extra["name"] = group.name;
    event.extra["desc"] = group.desc;
    if (group.consent != 0)
        event.extra["consent"] = group.consent;
    if (group.flags != 0)
        event.extra["flags"] = group.flags;
    set.context.events.record(std::move(event));
}

void describeGroup(CommandSet& set, const model::Group& group, model::Event& event) {
    event.groupId = group.id;
    event.extra["meshid"] = group.id;
    const auto now = set.context.directory.group(group.id);
    const auto document = model::groupDocument(now ? *now : group, set.context.directory);
    for (const auto* name : {"name", "mtype", "desc", "flags", "consent", "links", "invite",
                             "expireDevs", "relayid"}) {
        if (const auto* value = document.if_contains(name))
            event.extra[name] = *value;
    }
}

void showPopUp(CommandSet& set, const sdk::Request& request, PopUp popUp) {
    json::object message{{"action", "msg"},
                         {"type", "notify"},
                         {"id", newTraceId()},
                         {"value", popUp.value},
                         {"userid", request.caller.userId},
                         {"username", request.caller.userName}};
    if (popUp.titleId != 0) {
        message["title"] = popUp.title;
        message["titleid"] = popUp.titleId;
        message["tag"] = "ServerNotify";
    }
    if (popUp.messageId != 0) {
        message["msgid"] = popUp.messageId;
        message["args"] = std::move(popUp.args);
    }
    set.hub.toSession(request.caller.sessionId, message);
}

} // namespace trellis::api
