// What a viewer asks of a device besides its session: the clipboard, and that another viewer goes
// (control-protocol 3.7).
#include "core/api/commands/people.hpp"
#include "core/api/commands/to_agent.hpp"
#include "core/model/ids.hpp"

namespace trellis::api {

namespace {

using namespace sdk::device_right;

constexpr std::uint16_t kDesktop = 2; // control-protocol 4.4
/// Refusals of endDesktopMultiplex come under this action (control-protocol 11, 25).
constexpr const char* kEndErrors = "changeusernotify";

/// The agent answers with a message of its own; here only whether it was asked.
void forwardClipboard(CommandSet& set, const WireCall& call, const char* type) {
    const auto& request = call.request();
    json::object message{{"action", "msg"}, {"type", type}};
    if (const auto text = maybeText(call.args(), "data"))
        message["data"] = *text;
    const Target target{request.deviceId,
                        set.context.access.device(request.caller, request.deviceId)};
    const bool isSent =
        set.context.devices.send(target.id, onBehalfOf(set, request, target, std::move(message)));
    call.result(isSent ? "OK" : "Unable to route");
}

WireSpec clipboardSpec(const char* name, const char* summary) {
    auto wire = wireSpec(name, summary, wireArgs().prop("nodeid", idText(), "The device."));
    wire.command.args.required({"nodeid"});
    wire.command.requires_ = {sdk::Scope::Device, kRemoteControl, kViewOnly | kNoDesktop, ""};
    wire.deniedText = "Unable to route";
    wire.fieldTexts = {{"nodeid", "Invalid nodeid"}, {"data", "Invalid data"}};
    return wire;
}

model::UserPtr viewerFrom(CommandSet& set, const sdk::Request& request, const json::object& args) {
    const auto given = textOf(args, "xuserid");
    const auto id =
        model::completeId(model::IdKind::User, request.caller.domain,
                          given.find('/') == std::string::npos ? model::lowerName(given) : given);
    if (id && model::domainOf(*id) != request.caller.domain)
        throw Error(ErrorCode::InvalidArgument, "Invalid domain", "/xuserid");
    auto user = id ? set.context.directory.user(*id) : nullptr;
    if (!user)
        throw Error(ErrorCode::NotFound, "User does not exists", "/xuserid");
    return user;
}

/// Ends the desktop sessions that somebody has with a device. Others' sessions end only for who may
/// control the device himself (control-protocol 11, 16).
void endDesktops(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    const auto& args = call.args();
    const auto viewer = viewerFrom(set, request, args);
    const auto target = deviceTarget(set.context, request, textOf(args, "nodeid"));
    const bool isOwn = viewer->id == request.caller.userId;
    if (!target || (!isOwn && !meets(call, target->access)))
        throw Error(ErrorCode::NotFound, "Invalid device identifier", "/nodeid");
    std::size_t ended = 0;
    for (const auto& tunnel : set.context.tunnels.running()) {
        const bool isMeant = tunnel.deviceId == target->id && tunnel.userId == viewer->id &&
                             tunnel.protocol == kDesktop;
        if (isMeant && set.context.tunnels.end(tunnel.id, "ended by another viewer"))
            ++ended;
    }
    if (ended != 0) {
        auto event = eventOf(request, "user", "endsession", 134, {viewer->name},
                             "Forcibly disconnected desktop session of user " + viewer->name);
        event.deviceId = target->id;
        event.targets = {viewer->id};
        event.extra["xuserid"] = viewer->id;
        set.context.events.record(std::move(event));
    }
    call.result("ok");
}

} // namespace

void addViewerCommands(CommandSet& set) {
    set.wire(clipboardSpec("getClip", "Asks a device for what is in its clipboard."),
             [&set](const WireCall& call) { forwardClipboard(set, call, "getclip"); });

    auto put = clipboardSpec("setClip", "Puts a text into a device's clipboard.");
    put.command.args.prop("data", longText(1, 65535), "The text.").required({"data"});
    put.command.audited = true;
    set.wire(std::move(put),
             [&set](const WireCall& call) { forwardClipboard(set, call, "setclip"); });

    auto end = wireSpec("endDesktopMultiplex", "Ends the desktop sessions of a user with a device.",
                        wireArgs()
                            .prop("nodeid", idText(), "The device.")
                            .prop("xuserid", idText(), "The viewer, by id or name.")
                            .prop("guestname", lineText(0, 128), "Ignored.")
                            .required({"nodeid", "xuserid"}));
    end.command.audited = true;
    end.each = {{sdk::Scope::Device, kRemoteControl, kViewOnly, ""}};
    end.errorAction = kEndErrors;
    end.fieldTexts = {{"nodeid", "Invalid device identifier"}, {"xuserid", "User does not exists"}};
    set.wire(std::move(end), [&set](const WireCall& call) { endDesktops(set, call); });
}

} // namespace trellis::api
