// Actions of the wire that need a part which is not here: answered, because meshctrl has no timeout
// and would wait for ever (control-protocol 11, 53). A part that brings one takes its line out.
#include "core/api/commands/people.hpp"

namespace trellis::api {

namespace {

struct Refusal {
    const char* action;
    const char* summary;
    const char* text;
    /// Without `responseid` the wire says it in a pop-up (control-protocol 3.1).
    bool isShown = false;
};

constexpr Refusal kRefusals[] = {
    {"inviteAgent", "Would invite by e-mail; this server sends none.", "Unsupported feature"},
    {"serverupdate", "Would update the server; its package does that.", "Unsupported feature"},
    {"meshToolInfo", "Would tell of MeshCentral's own tools; none are offered.",
     "Unsupported feature"},
    {"serverBackup", "Would set up Google Drive; backups go to a folder.", "Unsupported feature"},
    {"traceinfo", "Would trace parts of the server; its log does that.", "Unsupported feature"},
    {"sendmqttmsg", "Would send over MQTT.", "MQTT not supported on this server"},
    {"emailuser", "Would write to a user by e-mail.", "Email server not enabled", true},
    {"smsuser", "Would write to a user's telephone.", "SMS gateway not enabled", true},
    {"msguser", "Would write to a user's messenger.", "Messaging server not enabled", true},
    {"getmqttlogin", "Would give a login for MQTT.", "MQTT not supported on this server"},
};

/// What is wrong with the request is said before that there is no web relay (control-protocol 3.7).
void refuseWebRelay(CommandSet& set, const WireCall& call) {
    const auto id = textOf(call.args(), "nodeid");
    if (!deviceTarget(set.context, call.request(), id)) {
        const bool isForeign = whyNoDevice(set.context, call.request(), id) == Absence::Foreign;
        throw Error(ErrorCode::NotFound, isForeign ? "Invalid domain" : "Invalid node id", "/nodeid");
    }
    throw Error(ErrorCode::Unavailable, "WebRelay Disabled");
}

WireSpec webRelaySpec() {
    WireSpec spec;
    spec.command.name = "webrelay";
    spec.command.summary = "Would open a device's web page; there is no web relay.";
    spec.command.args = wireArgs()
                            .prop("nodeid", lineText(8, 128), "The device.")
                            .prop("port", Schema::integer().range(1, 65535), "Port on the device.")
                            .prop("appid", Schema::integer().range(1, 2), "1 HTTP, 2 HTTPS.")
                            .required({"nodeid", "port", "appid"});
    spec.fieldTexts = {{"nodeid", "Invalid node id"},
                       {"port", "Invalid port value"},
                       {"appid", "Invalid port value"}};
    return spec;
}

} // namespace

void addUnsupportedCommands(CommandSet& set) {
    set.wire(webRelaySpec(), [&set](const WireCall& call) { refuseWebRelay(set, call); });
    for (const auto& refusal : kRefusals) {
        WireSpec spec;
        spec.command.name = refusal.action;
        spec.command.summary = refusal.summary;
        spec.command.args = wireArgs();
        set.wire(std::move(spec), [&set, &refusal](const WireCall& call) {
            if (refusal.isShown && !call.wantsReply())
                showPopUp(set, call.request(), {"", 0, refusal.text});
            throw Error(ErrorCode::Unavailable, refusal.text);
        });
    }
}

} // namespace trellis::api
