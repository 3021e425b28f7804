#include "core/api/event_catalog.hpp"

namespace trellis::api {

namespace {

constexpr EventInfo kEvents[] = {
    {"addnode", "node", true, "A device was added, by hand or by its agent.", "node"},
    {"agentlog", "node", true, "An agent wrote a line to the log.", ""},
    {"changenode", "node", true,
     "A device was changed. What an agent changes is told, and not stored.", "node"},
    {"devicesessions", "node", false, "Who is connected to a device.", "sessions"},
    {"manual", "node", true, "Somebody wrote an event by hand (setDeviceEvent).", ""},
    {"nodeconnect", "", false, "A device came, went, or its power changed.", "conn, pwr, ct"},
    {"nodemeshchange", "node", true, "A device went to another group.",
     "node, oldMeshId, newMeshId"},
    {"removenode", "node", true, "A device was removed.", ""},
    {"runcommands", "node", true, "A command was run on a device.", "cmds, cmdType, runAsUser"},
    {"uninstallagent", "node", true, "An agent was told to remove itself.", ""},

    {"createmesh", "mesh", true, "A device group was made; msgArgs has its name.", "mtype, mesh"},
    {"deletemesh", "mesh", true, "A device group was removed.", "name, mtype"},
    {"meshchange", "mesh", true, "A device group or the rights on it were changed.",
     "name, mtype, desc, flags, consent, links, invite, expireDevs"},

    {"createusergroup", "ugrp", true, "A user group was made.", "ugrpid, name, desc, links"},
    {"deleteusergroup", "ugrp", true, "A user group was removed.", "ugrpid"},
    {"usergroupchange", "ugrp", true, "A user group was changed.",
     "ugrpid, name, desc, flags, consent, links"},

    {"accountchange", "user", true,
     "An account was changed. What its owner's pages follow is told to him, and not stored.",
     "account"},
    {"accountcreate", "user", true, "An account was made.", "account"},
    {"accountremove", "user", true, "An account was removed.", ""},
    {"apiTokenAdded", "user", true, "An API token was made.", "apiToken"},
    {"apiTokenRemoved", "user", true, "An API token was removed.", "apiToken"},
    {"authfail", "", true, "Somebody failed to sign in.", "ip, userAgent"},
    {"endsession", "user", true, "Another viewer ended a user's desktop session.", "xuserid"},
    {"login", "user", true, "Somebody signed in.", "ip, userAgent, twoFactorType, tokenName"},
    {"loginTokenAdded", "user", true, "A login token was made.", "newToken"},
    {"loginTokenChanged", "user", false, "Login tokens were removed.", "loginTokens, removed"},
    {"userWebState", "", false, "A page of the user keeps its state.", "state"},
    {"wssessioncount", "", false, "A user's control connections changed in number.", "count"},

    {"servertimelinestats", "", false, "The server's numbers of the last five minutes.", "data"},

    {"relaylog", "relay", true, "A session with a device began or ended.",
     "protocol, bytesin, bytesout"},
};

} // namespace

std::span<const EventInfo> eventCatalog() {
    return kEvents;
}

std::string eventReference() {
    std::string out =
        "# Events\n\n"
        "Written from core/api/event_catalog.cpp; don't edit. Control connections get them as "
        "`{\"action\":\"event\",\n\"event\":{...}}`, the event stream (`GET /api/v1/events`) as the "
        "object alone, and webhooks those that are\nstored, named `event.<action>`. Every event has "
        "`action`, `time` (ISO 8601, UTC) and `domain`, and where it\nfits `etype`, `userid` and "
        "`username` (who caused it), `nodeid`, `meshid`, `msg` (English), `msgid` and `msgArgs`\n(to "
        "translate it), and `token` (the name of the API token that was used). Who may see an event "
        "is decided when\nit is sent. Plugins add events of their own.\n\n"
        "| action | etype | Stored | When | Other members |\n|---|---|---|---|---|\n";
    for (const auto& event : kEvents)
        out += std::string("| `") + event.action + "` | " + event.etype + " | " +
               (event.isStored ? "yes" : "no") + " | " + event.when + " | " + event.members + " |\n";
    out += "\nBesides these, webhooks and plugins hear the topics of the bus: `device.connected`, "
           "`device.disconnected`,\n`device.changed`, `device.removed`, `tunnel.opened`, "
           "`tunnel.closed`, `plugin.stateChanged` and those that\nplugins publish.\n";
    return out;
}

} // namespace trellis::api
