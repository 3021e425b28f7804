// Commands for the server's console and for scripts: accounts, groups and the server itself.
#include "core/api/commands/ownership.hpp"
#include "core/api/commands/support.hpp"
#include "core/model/ids.hpp"

namespace trellis::api {

namespace {

bool isFull(const sdk::Caller& caller) {
    return caller.isLocalAdmin || caller.siteRights == sdk::site_right::kAdmin;
}

sdk::CommandSpec spec(const char* name, const char* summary, Schema args, Schema result,
                      std::uint32_t siteRight) {
    sdk::CommandSpec command;
    command.name = name;
    command.summary = summary;
    command.args = std::move(args);
    command.result = std::move(result);
    command.requires_ = {sdk::Scope::Site, siteRight, 0, ""};
    return command;
}

/// The service names the wire's fields; these commands have their own.
[[noreturn]] void rethrowNamed(const Error& error) {
    std::string field = error.field();
    if (field == "/username")
        field = "/name";
    if (field == "/pass")
        field = "/password";
    throw Error(error.code(), error.what(), field);
}

json::value addAccount(CommandSet& set, const sdk::Request& request, const json::object& args) {
    const bool isAdmin = flagOf(args, "siteAdmin");
    if (isAdmin && !isFull(request.caller))
        throw Error(ErrorCode::Forbidden, "only a site administrator can make another",
                    "/siteAdmin");
    auth::NewAccount account;
    account.domain = request.caller.domain;
    account.name = textOf(args, "name");
    account.password = textOf(args, "password");
    account.email = textOf(args, "email");
    account.siteRights = isAdmin ? model::site::kFullAdmin : 0;
    try {
        const auto user = set.context.accounts.create(account, actorOf(set.context, request));
        if (isAdmin)
            adoptOwnerlessGroups(set.context.directory, *user);
        return json::value{{"id", user->id}};
    } catch (const Error& error) {
        rethrowNamed(error);
    }
}

model::UserPtr accountNamed(CommandSet& set, const sdk::Request& request,
                            const json::object& args) {
    const auto user = set.context.directory.userByName(request.caller.domain, textOf(args, "name"));
    if (!user)
        throw Error(ErrorCode::NotFound, "no such account", "/name");
    if (user->isFullAdmin() && !isFull(request.caller))
        throw Error(ErrorCode::Forbidden, "only a site administrator can do that", "/name");
    return user;
}

json::value listAccounts(CommandSet& set, const sdk::Request& request) {
    json::array users;
    for (const auto& user : set.context.directory.users(request.caller.domain)) {
        users.emplace_back(json::object{{"id", user->id},
                                        {"name", user->name},
                                        {"email", user->email},
                                        {"siteAdmin", user->isFullAdmin()},
                                        {"locked", user->isLocked()}});
    }
    return json::object{{"users", std::move(users)}};
}

void addAccounts(CommandSet& set) {
    using namespace sdk::site_right;
    const auto name = lineText(1, 256);
    const auto secret = Schema::string().range(1, 256).secret();
    auto add =
        spec("user.add", "Makes an account.",
             Schema::object()
                 .prop("name", name, "Login name.")
                 .prop("password", secret, "Password.")
                 .prop("email", lineText(0, 1024), "Mail address.")
                 .prop("siteAdmin", Schema::boolean().byDefault(false), "All site rights.")
                 .required({"name", "password"}),
             Schema::object().prop("id", Schema::string(), "The account's id."), kManageUsers);
    add.audited = true;
    set.named(std::move(add), [&set](const sdk::Request& request, const json::object& args) {
        if (request.caller.byLoginToken)
            throw Error(ErrorCode::Forbidden, "a login token may not manage accounts");
        return addAccount(set, request, args);
    });
    set.named(spec("user.list", "Lists the accounts.", Schema::object(),
                   Schema::object().prop("users", Schema::array(Schema::any()), "The accounts."),
                   kManageUsers),
              [&set](const sdk::Request& request, const json::object&) {
                  return listAccounts(set, request);
              });
    auto remove = spec("user.remove", "Removes an account.",
                       Schema::object().prop("name", name, "Login name.").required({"name"}),
                       Schema::object(), kManageUsers);
    remove.audited = true;
    set.named(std::move(remove), [&set](const sdk::Request& request, const json::object& args) {
        if (request.caller.byLoginToken)
            throw Error(ErrorCode::Forbidden, "a login token may not manage accounts");
        const auto user = accountNamed(set, request, args);
        set.context.accounts.remove(user->id, actorOf(set.context, request));
        return json::value(json::object());
    });
    auto password = spec("user.password", "Sets an account's password and ends its sessions.",
                         Schema::object()
                             .prop("name", name, "Login name.")
                             .prop("password", secret, "The new password.")
                             .required({"name", "password"}),
                         Schema::object(), kManageUsers);
    password.audited = true;
    set.named(std::move(password), [&set](const sdk::Request& request, const json::object& args) {
        if (request.caller.byLoginToken)
            throw Error(ErrorCode::Forbidden, "a login token may not manage accounts");
        const auto user = accountNamed(set, request, args);
        try {
            set.context.accounts.setPassword(user->id, textOf(args, "password"),
                                             actorOf(set.context, request));
        } catch (const Error& error) {
            rethrowNamed(error);
        }
        return json::value(json::object());
    });
}

json::value addGroup(CommandSet& set, const sdk::Request& request, const json::object& args) {
    const auto& caller = request.caller;
    if (!isFull(caller) && (caller.siteRights & sdk::site_right::kNoNewGroups) != 0)
        throw Error(ErrorCode::Forbidden, "you may not make groups");
    model::Group group;
    group.domain = caller.domain;
    group.name = textOf(args, "name");
    auto owner = actorOf(set.context, request);
    for (const auto& user : set.context.directory.users(caller.domain))
        if (!owner && user->isFullAdmin())
            owner = user;
    const auto made = set.context.directory.addGroup(std::move(group), owner);
    auto event = eventOf(request, "mesh", "createmesh", 76, {made->name},
                         "Device group created: " + made->name);
    event.groupId = made->id;
    event.extra["mtype"] = made->type;
    set.context.events.record(std::move(event));
    return json::value{{"id", made->id}};
}

json::value listGroups(CommandSet& set, const sdk::Request& request) {
    json::array groups;
    for (const auto& group : set.context.directory.groups(request.caller.domain)) {
        if (!set.context.access.group(request.caller, group->id).isVisible)
            continue;
        groups.emplace_back(
            json::object{{"id", group->id},
                         {"name", group->name},
                         {"devices", set.context.directory.devicesOf(group->id).size()}});
    }
    return json::object{{"groups", std::move(groups)}};
}

void addGroups(CommandSet& set) {
    auto add = spec("group.add", "Makes a device group.",
                    Schema::object().prop("name", lineText(1, 128), "Its name.").required({"name"}),
                    Schema::object().prop("id", Schema::string(), "The group's id."), 0);
    add.audited = true;
    set.named(std::move(add), [&set](const sdk::Request& request, const json::object& args) {
        return addGroup(set, request, args);
    });
    set.named(spec("group.list", "Lists the device groups that the caller sees.", Schema::object(),
                   Schema::object().prop("groups", Schema::array(Schema::any()), "The groups."), 0),
              [&set](const sdk::Request& request, const json::object&) {
                  return listGroups(set, request);
              });
}

json::value status(CommandSet& set, const sdk::Request& request) {
    const auto& directory = set.context.directory;
    const auto facts = set.context.server.facts();
    return json::value{{"version", facts.version},
                       {"name", facts.name},
                       {"port", facts.port},
                       {"devices", directory.deviceCount()},
                       {"devicesOnline", directory.connectedCount()},
                       {"users", directory.userCount(request.caller.domain)},
                       {"controlConnections", set.hub.size()},
                       {"workQueued", set.context.pool.queued()}};
}

} // namespace

void addServerCommands(CommandSet& set) {
    addAccounts(set);
    addGroups(set);
    set.named(
        spec("server.status", "Figures of the running server.", Schema::object(),
             Schema::object().allowUnknown(), sdk::site_right::kAdmin),
        [&set](const sdk::Request& request, const json::object&) { return status(set, request); });
    auto key = spec("server.loginkey",
                    "The key of `meshctrl --loginkey`; on the server's own console only.",
                    Schema::object(), Schema::object().prop("key", Schema::string(), "160 digits."),
                    sdk::site_right::kAdmin);
    key.audited = true;
    set.named(std::move(key), [&set](const sdk::Request& request, const json::object&) {
        if (!request.caller.isLocalAdmin)
            throw Error(ErrorCode::Forbidden, "only on the server's own console");
        return json::value{{"key", set.context.urlTokens.loginKeyHex()}};
    });
}

} // namespace trellis::api
