// Looking after agents, and what is kept about devices (control-protocol 3.6, 3.7, 3.9).
#include "core/api/commands/to_agent.hpp"
#include "core/net/http_message.hpp"

namespace trellis::api {

namespace {

using namespace sdk::device_right;

/// Right 16 on the device, or all site rights: these touch the agent, not the person's data.
bool mayCare(const WireCall& call, const Target& target) {
    const auto& caller = call.request().caller;
    return caller.isLocalAdmin || caller.siteRights == sdk::site_right::kAdmin ||
           meets(call, target.access);
}

void disconnectAgent(CommandSet& set, const WireCall& call) {
    const auto target = deviceTarget(set.context, call.request(), textOf(call.args(), "nodeid"));
    if (!target || !mayCare(call, *target))
        throw Error(ErrorCode::Forbidden, "Access denied", "/nodeid");
    set.context.devices.disconnect(target->id, "an administrator ended the connection");
    call.result("ok");
}

/// The script is the server's own; `default` has the agent connect anew, upon which it is given the
/// present one if it runs another. There are no other scripts to give.
void renewScript(CommandSet& set, const WireCall& call) {
    const bool isDefault = textOf(call.args(), "type") == "default";
    for (const auto& id : textsOf(call.args(), "nodeids")) {
        const auto target = deviceTarget(set.context, call.request(), id);
        if (!target || !mayCare(call, *target)) {
            call.result("Access denied");
        } else if (!isDefault) {
            call.result("Unsupported feature");
        } else {
            set.context.devices.disconnect(target->id, "the script is renewed");
            call.result("ok");
        }
    }
}

/// The device stays in the list, offline, with its history; `removedevices` takes it out.
void uninstallAgents(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    for (const auto& id : textsOf(call.args(), "nodeids")) {
        const auto target = deviceTarget(set.context, request, id);
        const auto device = target ? set.context.directory.device(target->id) : nullptr;
        if (!device || !allows(target->access.rights, kUninstall)) {
            call.result("Access denied");
            continue;
        }
        if (!set.context.devices.send(
                target->id, onBehalfOf(set, request, *target, {{"action", "uninstallagent"}}))) {
            call.result("Agent not connected");
            continue;
        }
        auto event = eventOf(request, "node", "uninstallagent", 0, {},
                             "Removing the agent of " + device->name);
        event.deviceId = device->id;
        event.groupId = device->groupId;
        set.context.events.record(std::move(event));
        call.result("ok");
    }
}

void noteEvent(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    const auto target = deviceTarget(set.context, request, textOf(call.args(), "nodeid"));
    const auto device = target ? set.context.directory.device(target->id) : nullptr;
    if (!device || target->access.rights == 0)
        throw Error(ErrorCode::Forbidden, "Access denied", "/nodeid");
    const auto text = net::percentDecode(textOf(call.args(), "msg"));
    if (!text)
        throw Error(ErrorCode::InvalidArgument, "Invalid message", "/msg");
    auto event = eventOf(request, "node", "manual", 0, {}, *text);
    event.deviceId = device->id;
    event.groupId = device->groupId;
    // What somebody wrote, and not a note about something else that is saved: it is there when he is told.
    set.context.events.record(std::move(event), model::Durability::Now);
    call.result("ok");
}

void addAgentCommands(CommandSet& set) {
    WireSpec cut;
    cut.command.name = "agentdisconnect";
    cut.command.summary = "Ends the connection of a device's agent; it connects again.";
    cut.command.audited = true;
    cut.command.args = wireArgs()
                           .prop("nodeid", idText(), "The device.")
                           .prop("disconnectMode", Schema::integer().range(1, 2), "Not told apart.")
                           .required({"nodeid"});
    cut.each = {{sdk::Scope::Device, kAgentConsole, 0, ""}};
    cut.fieldTexts = {{"nodeid", "Invalid nodeid"}};
    set.wire(std::move(cut), [&set](const WireCall& call) { disconnectAgent(set, call); });

    WireSpec renew;
    renew.command.name = "uploadagentcore";
    renew.command.summary = "Gives agents the server's script anew; answers once for each.";
    renew.command.audited = true;
    renew.command.args =
        wireArgs()
            .prop("nodeids", idList(), "The devices.")
            .prop("type", Schema::oneOf({"default", "clear", "recovery", "tiny", "custom"}),
                  "Which script; only `default` is there.")
            .required({"nodeids", "type"});
    renew.each = {{sdk::Scope::Device, kAgentConsole, 0, ""}};
    renew.fieldTexts = {{"nodeids", "Invalid nodeids"}, {"type", "Invalid type"}};
    set.wire(std::move(renew), [&set](const WireCall& call) { renewScript(set, call); });

    WireSpec removal;
    removal.command.name = "uninstallagent";
    removal.command.summary = "Removes agents from their devices; answers once for each.";
    removal.command.audited = true;
    removal.command.args = wireArgs().prop("nodeids", idList(), "The devices.").required({"nodeids"});
    removal.fieldTexts = {{"nodeids", "Invalid nodeids"}};
    set.wire(std::move(removal), [&set](const WireCall& call) { uninstallAgents(set, call); });
}

} // namespace

void addAgentCareCommands(CommandSet& set) {
    addAgentCommands(set);

    WireSpec event;
    event.command.name = "setDeviceEvent";
    event.command.summary = "Adds a line of one's own to a device's events.";
    event.command.audited = true;
    event.command.args = wireArgs()
                             .prop("nodeid", idText(), "The device.")
                             .prop("msg", lineText(1, 4096), "The text, percent-encoded.")
                             .required({"nodeid", "msg"});
    event.each = {{sdk::Scope::Device, 0, 0, ""}};
    event.fieldTexts = {{"nodeid", "Invalid nodeid"}, {"msg", "Invalid message"}};
    set.wire(std::move(event), [&set](const WireCall& call) { noteEvent(set, call); });
}

} // namespace trellis::api
