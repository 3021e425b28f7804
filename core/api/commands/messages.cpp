// Messages to agents: `msg` and `toast` (control-protocol 3.7).
#include "core/api/commands/to_agent.hpp"

#include "core/telemetry/log.hpp"

namespace trellis::api {

namespace {

using namespace sdk::device_right;

struct Need {
    std::uint32_t right = kRemoteControl;
    std::uint32_t forbidden = 0;
};

/// What a type of message needs. Most do something on the device, so a view-only user may not.
Need needOf(const std::string& type) {
    if (type == "console")
        return {kRemoteControl | kAgentConsole, 0};
    if (type == "messagebox" || type == "alertbox" || type == "openUrl")
        return {kRemoteControl, 0};
    return {kRemoteControl, kViewOnly};
}

bool forwardTunnel(CommandSet& set, const WireCall& call, const Target& target) {
    auto options = call.args();
    for (const auto* name : {"nodeid", "type", "value"})
        options.erase(name);
    try {
        set.context.tunnels.open(call.request().caller, target.id, 0, textOf(call.args(), "value"),
                                 options);
        return true;
    } catch (const Error& error) {
        // The wire has one text for every reason.
        telemetry::log("api").info(
            "tunnel refused",
            {{"device", target.id}, {"user", call.request().caller.userId}, {"why", error.what()}});
        return false;
    }
}

bool forward(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    const auto target = deviceTarget(set.context, request, textOf(call.args(), "nodeid"));
    if (!target)
        return false;
    const auto type = textOf(call.args(), "type");
    if (type == "tunnel")
        return forwardTunnel(set, call, *target);
    const auto need = needOf(type);
    if (!allows(target->access.rights, need.right, need.forbidden))
        return false;
    auto message = call.args();
    message["action"] = "msg";
    return set.context.devices.send(target->id,
                                    onBehalfOf(set, request, *target, std::move(message)));
}

/// Answered exactly once, with and without the right, whether or not an answer was asked for.
void sendMessage(CommandSet& set, const WireCall& call) {
    const bool isSent = forward(set, call);
    if (call.wantsReply())
        call.sendTagged({{"result", isSent ? "OK" : "Unable to route"}});
}

void toast(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    const auto& args = call.args();
    bool isAnyAllowed = false;
    for (const auto& id : textsOf(args, "nodeids")) {
        const auto target = deviceTarget(set.context, request, id);
        if (!target || !allows(target->access.rights, kChatNotify)) {
            call.result("Access Denied");
            continue;
        }
        isAnyAllowed = true;
        set.context.devices.send(
            target->id, onBehalfOf(set, request, *target,
                                   {{"action", "toast"},
                                    {"title", maybeText(args, "title").value_or("Trellis")},
                                    {"msg", textOf(args, "msg")}}));
    }
    if (isAnyAllowed)
        call.result("ok");
}

} // namespace

void addMessageCommands(CommandSet& set) {
    WireSpec message;
    message.command.name = "msg";
    message.command.summary = "Sends a message to a device's agent.";
    message.command.args = wireArgs()
                               .prop("nodeid", idText(), "The device.")
                               .prop("type", lineText(1, 64), "Kind of message.")
                               .prop("value", longText(0, 65536), "Its content.")
                               .required({"nodeid", "type"});
    message.deniedText = "Unable to route";
    message.fieldTexts = {
        {"nodeid", "Unable to route"}, {"type", "Unable to route"}, {"value", "Unable to route"}};
    set.wire(std::move(message), [&set](const WireCall& call) { sendMessage(set, call); });

    WireSpec notice;
    notice.command.name = "toast";
    notice.command.summary = "Shows a notification on devices.";
    notice.command.args = wireArgs()
                              .prop("nodeids", idList(), "The devices.")
                              .prop("title", lineText(1, 512), "Its title.")
                              .prop("msg", longText(1, 4096), "Its text.")
                              .required({"nodeids", "msg"});
    notice.fieldTexts = {
        {"nodeids", "Invalid nodeids"}, {"msg", "Invalid message"}, {"title", "Invalid message"}};
    set.wire(std::move(notice), [&set](const WireCall& call) { toast(set, call); });
}

} // namespace trellis::api
