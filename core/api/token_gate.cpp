#include "core/api/token_gate.hpp"

#include <algorithm>
#include <span>

namespace trellis::api {

namespace {

bool isIn(std::span<const std::string_view> names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// What makes ways in, or belongs to the person rather than to his scripts. Commands that manage
/// accounts refuse every kind of token themselves.
constexpr std::string_view kNever[] = {
    "account.webstate", "authcookie",       "changeemail",      "changelang",  "changemeshnotify",
    "changepassword",   "changeusernotify", "createLoginToken", "getcookie",   "getmqttlogin",
    "interuser",        "intersession",     "loginTokens",      "logincookie", "previousLogins",
    "server.loginkey",  "serverconsole",    "tokens.create",    "tokens.list", "tokens.remove",
    "tunnel.open", // the relay asks for a session or a cookie, and a token makes neither
    "updateUserImage",  "userWebState",     "webrelay",
};

/// Commands of the core that change nothing.
constexpr std::string_view kReading[] = {
    "device.list", "device.page", "deviceMeshShares", "deviceShares", "events", "files",
    "getDeviceDetails", "getNotes", "getnetworkinfo", "getsysinfo", "group.list", "lastconnect",
    "lastconnects", "meshes", "nodes", "plugin.list", "powertimeline", "report", "rights.explain",
    "server.commands", "server.state", "server.status", "servererrors", "serverstats",
    "servertimelinestats", "trafficstats", "user.list", "usergroups", "users", "wssessioncount",
};

/// Commands that name no device or group in their requirement, and keep to those that the access
/// check shows. A token limited to groups may call these and commands with such a requirement; of
/// any other it is not known what they look at.
constexpr std::string_view kKeepsToGroups[] = {
    "agentdisconnect",
    "changeDeviceMesh",
    "editmesh",
    "getDeviceDetails",
    "getNotes",
    "getnetworkinfo",
    "getsysinfo",
    "lastconnect",
    "lastconnects",
    "meshes",
    "msg",
    "nodes",
    "poweraction",
    "powertimeline",
    "removedevices",
    "runcommands",
    "server.commands",
    "setDeviceEvent",
    "setNotes",
    "toast",
    "uploadagentcore",
    "wakedevices",
    "addlocaldevice",
    "addamtdevice",
};

bool keepsToGroups(const sdk::CommandSpec& command) {
    const auto scope = command.requires_.scope;
    if (scope == sdk::Scope::Device || scope == sdk::Scope::Group)
        return true;
    return isIn(kKeepsToGroups, command.name);
}

} // namespace

bool isReadOnly(const sdk::CommandSpec& command) {
    if (isIn(kReading, command.name))
        return true;
    const auto dot = command.name.rfind('.');
    if (command.audited || dot == std::string::npos)
        return false;
    const auto verb = std::string_view(command.name).substr(dot + 1);
    return verb == "list" || verb == "get" || verb == "show" || verb == "status";
}

std::optional<std::string> tokenRefusal(const auth::ApiTokens& tokens, const sdk::Caller& caller,
                                        const sdk::CommandSpec& command) {
    if (!auth::ApiTokens::isTokenSession(caller.sessionId))
        return std::nullopt;
    const auto token = tokens.ofSession(caller.sessionId);
    if (!token)
        return "the API token was removed or has expired";
    if (isIn(kNever, command.name))
        return command.name + " is not for API tokens";
    if (!token->scope.covers(command.name))
        return "the API token's scope doesn't cover " + command.name;
    if (token->scope.readOnly && !isReadOnly(command))
        return "the API token is for reading, and " + command.name + " may change something";
    if (!token->scope.groups.empty() && !keepsToGroups(command))
        return "the API token is limited to device groups, and " + command.name + " is not";
    return std::nullopt;
}

Access TokenAccess::within(const sdk::Caller& caller, Access access) const {
    if (!auth::ApiTokens::isTokenSession(caller.sessionId))
        return access;
    const auto token = tokens_.ofSession(caller.sessionId);
    return token && token->scope.hasGroup(access.groupId) ? access : Access();
}

Access TokenAccess::device(const sdk::Caller& caller, const std::string& deviceId) const {
    return within(caller, inner_.device(caller, deviceId));
}

Access TokenAccess::group(const sdk::Caller& caller, const std::string& groupId) const {
    return within(caller, inner_.group(caller, groupId));
}

} // namespace trellis::api
