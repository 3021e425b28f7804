// Messages to agents: `msg` and `toast` (control-protocol 3.7).
#include "core/api/commands/to_agent.hpp"

#include "core/model/text.hpp"
#include "core/telemetry/log.hpp"

namespace trellis::api {

namespace {

using namespace sdk::device_right;

/// Types that have a command of their own, which says what they need.
std::string_view commandOf(std::string_view type) {
    if (type == "getclip")
        return "getClip";
    return type == "setclip" ? "setClip" : "";
}

/// Whether the caller may run `command` on the device: by his rights, and by whoever has a say.
bool mayRun(CommandSet& set, const WireCall& call, const Target& target, std::string_view command) {
    const auto entry = set.context.dispatcher.find(command);
    if (!entry)
        return false;
    const auto& needs = entry->spec->command.requires_;
    if (!allows(target.access.rights, needs.right, needs.forbidden))
        return false;
    auto request = call.request();
    request.deviceId = target.id;
    request.deviceRights = target.access.rights;
    const auto answer =
        set.context.decisions.ask("command.allow", request, {{"command", command}});
    return answer != sdk::Decision::Deny && answer != sdk::Decision::NeedMore;
}

/// What a type of message needs. Most do something on the device, so a view-only user may not: that
/// is what the command declares.
bool maySend(CommandSet& set, const WireCall& call, const std::string& type, const Target& target) {
    const auto& access = target.access;
    if (const auto command = commandOf(type); !command.empty())
        return mayRun(set, call, target, command);
    if (type == "console")
        return allows(access.rights, kRemoteControl | kAgentConsole);
    if (type == "messagebox" || type == "alertbox" || type == "openUrl")
        return allows(access.rights, kRemoteControl);
    return meets(call, access);
}

/// What the wire's agents write about what they show; here the server does, which knows who asked.
void noteShown(CommandSet& set, const sdk::Request& request, const std::string& deviceId,
               int messageId, const std::string& what, json::array words) {
    auto event = eventOf(request, "node", "agentlog", messageId, std::move(words), what);
    event.deviceId = deviceId;
    event.extra["remoteaddr"] = request.caller.address;
    if (const auto device = set.context.directory.device(deviceId))
        event.groupId = device->groupId;
    set.context.events.record(std::move(event));
}

void noteMessage(CommandSet& set, const sdk::Request& request, const std::string& deviceId,
                 const json::object& args) {
    const auto type = textOf(args, "type");
    // The schema of `msg` leaves these to the agent.
    const auto member = [&](const char* name) {
        const auto* value = args.if_contains(name);
        const auto* text = value ? value->if_string() : nullptr;
        return text ? model::cleanText({text->data(), text->size()}, 512) : std::string();
    };
    if (type == "console")
        noteShown(set, request, deviceId, 17, "Processing console command: " + member("value"),
                  {member("value")});
    if (type == "messagebox")
        noteShown(set, request, deviceId, 18,
                  "Displaying message box, title=" + member("title") + ", message=" + member("msg"),
                  {member("title"), member("msg")});
    if (type == "openUrl")
        noteShown(set, request, deviceId, 20, "Opening: " + member("url"), {member("url")});
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
    if (!maySend(set, call, type, *target))
        return false;
    auto message = call.args();
    message["action"] = "msg";
    const bool isSent = set.context.devices.send(
        target->id, onBehalfOf(set, request, *target, std::move(message)));
    if (isSent)
        noteMessage(set, request, target->id, call.args());
    return isSent;
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
        if (!target || !meets(call, target->access)) {
            call.result("Access Denied");
            continue;
        }
        isAnyAllowed = true;
        const auto title = maybeText(args, "title").value_or("Trellis");
        const auto text = textOf(args, "msg");
        const bool isSent = set.context.devices.send(
            target->id, onBehalfOf(set, request, *target,
                                   {{"action", "toast"}, {"title", title}, {"msg", text}}));
        if (isSent)
            noteShown(set, request, target->id, 26,
                      "Displaying toast message, title=" + title + ", message=" +
                          model::cleanText(text, 512),
                      {title, model::cleanText(text, 512)});
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
    message.each = {{sdk::Scope::Device, kRemoteControl, kViewOnly, ""}};
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
    notice.each = {{sdk::Scope::Device, kChatNotify, 0, ""}};
    notice.fieldTexts = {
        {"nodeids", "Invalid nodeids"}, {"msg", "Invalid message"}, {"title", "Invalid message"}};
    set.wire(std::move(notice), [&set](const WireCall& call) { toast(set, call); });
}

} // namespace trellis::api
