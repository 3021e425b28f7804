// Administration of users (control-protocol 3.1).
#include <algorithm>

#include "core/api/commands/people.hpp"
#include "core/model/ids.hpp"
#include "core/model/wire_documents.hpp"
#include "core/store/random.hpp"

namespace trellis::api {

namespace {

constexpr const char* kDenied = "Permission denied";
sdk::Requirement managers() {
    return {sdk::Scope::Site, sdk::site_right::kManageUsers, 0, ""};
}

void listUsers(CommandSet& set, const WireCall& call) {
    const auto& caller = call.request().caller;
    const auto actor = actorOf(set.context, call.request());
    json::array users;
    for (const auto& user : set.context.directory.users(caller.domain)) {
        if (maySeeUser(caller, actor, *user))
            users.emplace_back(model::userDocument(*user));
    }
    call.sendTagged({{"users", std::move(users)}});
}

void countSessions(CommandSet& set, const WireCall& call) {
    const auto& caller = call.request().caller;
    const auto actor = actorOf(set.context, call.request());
    json::object counts;
    if (hasSiteRight(caller, sdk::site_right::kManageUsers)) {
        for (const auto& [id, count] : set.hub.counts(caller.domain)) {
            const auto user = set.context.directory.user(id);
            if (user && maySeeUser(caller, actor, *user))
                counts[id] = count;
        }
    }
    call.sendTagged({{"wssessions", std::move(counts)}});
}

auth::NewAccount accountFrom(const sdk::Request& request, const json::object& args) {
    auth::NewAccount account;
    account.domain = request.caller.domain;
    account.name = textOf(args, "username");
    account.password = flagOf(args, "randomPassword") ? store::base64Url(store::randomBytes(15))
                                                      : textOf(args, "pass");
    account.email = textOf(args, "email");
    account.isEmailVerified = flagOf(args, "emailVerified");
    account.realName = textOf(args, "realname");
    account.consent = static_cast<std::uint32_t>(numberOf(args, "consent"));
    account.mustChangePassword = flagOf(args, "resetNextLogin");
    if (const auto* rights = args.if_contains("siteadmin"))
        account.siteRights = bitsOf(*rights);
    return account;
}

/// control-protocol 3.1: digits, space, `-`, `.`, perhaps a `+` in front, at least 10 characters.
void checkPhone(const json::object& args) {
    const auto phone = textOf(args, "phone");
    if (phone.empty())
        return;
    const auto rest = phone.substr(phone.front() == '+' ? 1 : 0);
    if (phone.size() < 10 || rest.find_first_not_of("0123456789 -.") != std::string::npos)
        throw Error(ErrorCode::InvalidArgument, "Invalid phone number", "/phone");
}

/// The caller's own tenant; a full administrator of the default one, whose server it is, may make
/// accounts in others, so that they get their first.
std::string domainFor(CommandSet& set, const sdk::Request& request, const json::object& args) {
    const auto wanted = maybeText(args, "domain");
    if (!wanted || *wanted == request.caller.domain)
        return request.caller.domain;
    const bool isServerAdmin = request.caller.domain.empty() && isFull(request.caller);
    if (!isServerAdmin || !set.context.config.domains.contains(*wanted))
        throw Error(ErrorCode::InvalidArgument, "Invalid domain", "/domain");
    return *wanted;
}

void addUser(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    const auto& args = call.args();
    if (request.caller.byLoginToken)
        throw Error(ErrorCode::Forbidden, kDenied);
    const auto domain = domainFor(set, request, args);
    checkPhone(args);
    if (args.contains("email") && textOf(args, "email").empty())
        throw Error(ErrorCode::InvalidArgument, "Invalid email", "/email");
    auto account = accountFrom(request, args);
    account.domain = domain;
    if (account.password.empty())
        throw Error(ErrorCode::InvalidArgument, "Invalid password", "/pass");
    if (set.context.directory.userByName(domain, account.name))
        throw Error(ErrorCode::Conflict, "User already exists", "/username");
    const auto actor = actorOf(set.context, request);
    const bool mayGive = request.caller.isLocalAdmin ||
                         (actor && auth::mayGiveSiteRights(*actor, 0, account.siteRights, true));
    if (!mayGive)
        throw Error(ErrorCode::Forbidden, "Invalid site permissions", "/siteadmin");
    try {
        const auto user = set.context.accounts.create(account, actor);
        const auto phone = maybeText(args, "phone");
        const bool inherits = actor && !actor->realms.empty();
        if (phone || inherits) {
            set.context.accounts.edit(
                user->id,
                [&](model::User& one) {
                    if (phone)
                        one.phone = *phone;
                    if (inherits)
                        one.realms = actor->realms;
                },
                actor);
        }
    } catch (const Error& error) {
        rethrowForWire(error);
    }
    call.result("ok");
}

std::vector<std::string> realmsFrom(const json::object& args) {
    auto realms = textsOf(args, "groups");
    for (auto& realm : realms)
        realm = model::lowerName(realm);
    std::sort(realms.begin(), realms.end());
    realms.erase(std::unique(realms.begin(), realms.end()), realms.end());
    return realms;
}

/// Nobody frees himself: who is bound to realms leaves all realms as they are, and rights that were
/// taken from somebody are given back by others alone.
void checkOwnLimits(const sdk::Request& request, const model::UserPtr& actor,
                    const model::User& user, const json::object& args) {
    if (isFull(request.caller))
        return;
    const bool isOwn = actor && actor->id == user.id;
    const bool isBound = actor && !actor->realms.empty();
    if (isBound && args.contains("groups") && realmsFrom(args) != user.realms)
        throw Error(ErrorCode::Forbidden, kDenied, "/groups");
    const auto* removed = args.if_contains("removeRights");
    if (isOwn && removed && bitsOf(*removed) != user.removeRights)
        throw Error(ErrorCode::Forbidden, kDenied, "/removeRights");
}

void applyUserFields(model::User& user, const json::object& args) {
    if (const auto email = maybeText(args, "email")) {
        if (*email != user.email)
            user.isEmailVerified = false;
        user.email = *email;
    }
    if (args.contains("emailVerified"))
        user.isEmailVerified = flagOf(args, "emailVerified");
    if (const auto name = maybeText(args, "realname"))
        user.realName = *name;
    if (const auto phone = maybeText(args, "phone"))
        user.phone = *phone;
    if (const auto consent = maybeNumber(args, "consent"))
        user.consent = static_cast<std::uint32_t>(*consent);
    if (const auto flags = maybeNumber(args, "flags"))
        user.flags = static_cast<std::uint32_t>(*flags);
    if (const auto* rights = args.if_contains("removeRights"))
        user.removeRights = bitsOf(*rights);
    if (const auto quota = maybeNumber(args, "quota"))
        user.extra["quota"] = *quota;
    if (const auto handle = maybeText(args, "msghandle")) {
        user.extra.erase("msghandle");
        if (!handle->empty())
            user.extra["msghandle"] = *handle;
    }
    if (args.contains("groups"))
        user.realms = realmsFrom(args);
}

void editUser(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    const auto& args = call.args();
    if (request.caller.byLoginToken)
        throw Error(ErrorCode::Forbidden, kDenied);
    const auto user = managedUser(set, request, args);
    const auto actor = actorOf(set.context, request);
    checkPhone(args);
    checkOwnLimits(request, actor, *user, args);
    const auto* given = args.if_contains("siteadmin");
    const auto rights = given ? bitsOf(*given) : user->siteRights;
    if (rights != user->siteRights) {
        const bool isOwn = actor && actor->id == user->id;
        const bool mayGive =
            request.caller.isLocalAdmin ||
            (!isOwn && actor && auth::mayGiveSiteRights(*actor, user->siteRights, rights, false));
        if (!mayGive)
            throw Error(ErrorCode::Forbidden, kDenied, "/siteadmin");
    }
    try {
        set.context.accounts.edit(
            user->id, [&](model::User& one) { applyUserFields(one, args); }, actor);
        if (flagOf(args, "resetNextLogin")) {
            set.context.directory.updateUser(user->id,
                                             [](model::User& one) { one.passwordChangedS = -1; });
        }
        if (rights != user->siteRights)
            set.context.accounts.setSiteRights(user->id, rights, actor);
    } catch (const Error& error) {
        rethrowForWire(error);
    }
    call.result("ok");
}

void announceLeavingGroup(CommandSet& set, const sdk::Request& request, const model::User& user,
                          const model::Group& group) {
    auto event = eventOf(request, "mesh", "meshchange", 72, {user.name, group.name},
                         "Removed user " + user.name + " from device group " + group.name);
    describeGroup(set, group, event);
    set.context.events.record(std::move(event));
}

void announceLeavingDevice(CommandSet& set, const sdk::Request& request,
                           const model::Device& device) {
    auto event = eventOf(request, "node", "changenode", 61, {device.name},
                         "Changed user device rights for " + device.name);
    event.deviceId = device.id;
    event.groupId = device.groupId;
    set.context.events.record(std::move(event));
}

/// What the user was linked to lost one who had rights there.
void announceLeaving(CommandSet& set, const sdk::Request& request, const model::User& user) {
    auto& directory = set.context.directory;
    for (const auto& [id, rights] : user.links) {
        if (const auto group = directory.group(id))
            announceLeavingGroup(set, request, user, *group);
        else if (const auto device = directory.device(id))
            announceLeavingDevice(set, request, *device);
        else if (const auto people = directory.userGroup(id))
            announceUserGroup(set, request, *people, "usergroupchange", 62,
                              {user.name, people->name},
                              "Removed user " + user.name + " from user group " + people->name);
    }
}

void deleteUser(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    if (request.caller.byLoginToken)
        throw Error(ErrorCode::Forbidden, kDenied);
    const auto user = managedUser(set, request, call.args());
    const auto actor = actorOf(set.context, request);
    // control-protocol 3.1: an administrator is removed only by one with all rights.
    if (!isFull(request.caller) && (user->siteRights & ~model::site::kNegative) != 0)
        throw Error(ErrorCode::Forbidden, kDenied, "/userid");
    set.context.accounts.remove(user->id, actor);
    announceLeaving(set, request, *user);
    call.result("ok");
}

/// The telephone is one, too: codes go there.
void forgetFactors(CommandSet& set, const sdk::Request& request, const model::User& user) {
    const auto actor = actorOf(set.context, request);
    set.context.factors.clear(user.id, actor);
    set.context.accounts.edit(
        user.id, [](model::User& one) { one.phone.clear(); }, actor);
}

void changeUserPassword(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    if (request.caller.byLoginToken)
        throw Error(ErrorCode::Forbidden, kDenied);
    const auto user = managedUser(set, request, call.args());
    const auto password = textOf(call.args(), "pass");
    try {
        const bool mustChange = flagOf(call.args(), "resetNextLogin");
        if (!password.empty())
            set.context.accounts.setPassword(user->id, password, actorOf(set.context, request), {},
                                             mustChange);
        else if (mustChange)
            set.context.directory.updateUser(user->id,
                                             [](model::User& one) { one.passwordChangedS = -1; });
        if (flagOf(call.args(), "removeMultiFactor"))
            forgetFactors(set, request, *user);
    } catch (const Error& error) {
        rethrowForWire(error);
    }
    call.result("ok");
}

Schema addUserArgs() {
    return wireArgs()
        .prop("username", lineText(1, 256), "Login name.")
        .prop("pass", Schema::string().range(1, 256).secret(), "Password.")
        .prop("randomPassword", Schema::boolean(), "Make up a password nobody knows.")
        .prop("email", lineText(0, 1024), "Mail address.")
        .prop("emailVerified", Schema::boolean(), "The address needs no check.")
        .prop("resetNextLogin", Schema::boolean(),
              "A new password is asked for at the first login.")
        .prop("siteadmin", rightBits(), "Site rights, control-protocol 4.1.")
        .prop("realname", lineText(1, 256), "Real name.")
        .prop("phone", lineText(0, 64), "Telephone number.")
        .prop("consent", Schema::integer().range(0, 127), "Consent flags, control-protocol 4.3.")
        .prop("domain", lineText(0, 64), 
              "Tenant; the caller's own. Full administrators of the default one may name another.")
        .required({"username"});
}

Schema editUserArgs() {
    return wireArgs()
        .prop("userid", idText(), "The account, by id or name.")
        .prop("username", idText(), "The same.")
        .prop("id", idText(), "The same.")
        .prop("email", lineText(0, 1024), "Mail address, empty to remove.")
        .prop("emailVerified", Schema::boolean(), "The address has been checked.")
        .prop("realname", lineText(0, 256), "Real name, empty to remove.")
        .prop("phone", lineText(0, 64), "Telephone number, empty to remove.")
        .prop("msghandle", lineText(0, 1024), "Address for messages, empty to remove.")
        .prop("siteadmin", rightBits(), "Site rights, control-protocol 4.1.")
        .prop("groups", Schema::array(lineText(1, 64)).range(0, 100), "Realms.")
        .prop("quota", Schema::integer().range(0, 1LL << 50), "Bytes of server files.")
        .prop("consent", Schema::integer().range(0, 127), "Consent flags, control-protocol 4.3.")
        .prop("flags", Schema::integer().range(0, 255), "Account flags, control-protocol 4.4.")
        .prop("removeRights", rightBits(), "Rights taken from the user everywhere.")
        .prop("resetNextLogin", Schema::boolean(),
              "A new password is asked for at the next login.");
}

WireSpec spec(const char* name, const char* summary, Schema args) {
    auto wire = wireSpec(name, summary, std::move(args));
    wire.command.requires_ = managers();
    wire.deniedText = kDenied;
    return wire;
}

WireSpec addUserSpec() {
    auto wire = spec("adduser", "Makes an account.", addUserArgs());
    wire.command.audited = true;
    wire.fieldTexts = {{"username", "Invalid username"},
                       {"pass", "Invalid password"},
                       {"email", "Invalid email"},
                       {"domain", "Invalid domain"},
                       {"siteadmin", "Invalid site permissions"}};
    wire.messageIds = {{"Permission denied", 1},   {"Invalid username", 2},
                       {"Invalid password", 3},    {"Invalid email", 4},
                       {"Invalid domain", 5},      {"Invalid site permissions", 6},
                       {"User already exists", 7}, {"Invalid arguments", 9}};
    return wire;
}

} // namespace

void addUserCommands(CommandSet& set) {
    auto list = spec("users", "Lists the accounts.", wireArgs());
    list.responseId = ResponseId::Left;
    list.deniedText = "Access denied";
    set.wire(std::move(list), [&set](const WireCall& call) { listUsers(set, call); });

    auto count = spec("wssessioncount", "Counts the control connections of each user.", wireArgs());
    count.responseId = ResponseId::Left;
    count.command.requires_ = {};
    set.wire(std::move(count), [&set](const WireCall& call) { countSessions(set, call); });

    set.wire(addUserSpec(), [&set](const WireCall& call) { addUser(set, call); });

    auto edit = spec("edituser", "Changes an account.", editUserArgs());
    edit.command.audited = true;
    edit.fieldTexts = {
        {"userid", "Invalid userid"}, {"username", "Invalid userid"}, {"id", "Invalid userid"}};
    set.wire(std::move(edit), [&set](const WireCall& call) { editUser(set, call); });

    auto remove = spec(
        "deleteuser", "Removes an account and its links.",
        wireArgs().prop("userid", idText(), "The account, by id or name.").required({"userid"}));
    remove.command.audited = true;
    remove.fieldTexts = {{"userid", "Invalid userid"}};
    set.wire(std::move(remove), [&set](const WireCall& call) { deleteUser(set, call); });

    auto password = spec("changeuserpass", "Sets the password of an account.",
                         wireArgs()
                             .prop("userid", idText(), "The account.")
                             .prop("pass", Schema::string().range(0, 256).secret(),
                                   "New password, empty to keep it.")
                             .prop("hint", lineText(0, 256), "Ignored.")
                             .prop("removeMultiFactor", Schema::boolean(), "Forget second factors.")
                             .prop("resetNextLogin", Schema::boolean(), "Ask for a new one.")
                             .required({"userid", "pass"}));
    password.command.audited = true;
    password.fieldTexts = {{"userid", "Invalid userid"}, {"pass", "Invalid password"}};
    set.wire(std::move(password), [&set](const WireCall& call) { changeUserPassword(set, call); });
}

} // namespace trellis::api
