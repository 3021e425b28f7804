// What is known of one device: network, hardware, last connection, power (control-protocol 3.6).
#include "core/api/commands/support.hpp"
#include "core/model/ids.hpp"
#include "core/model/wire_documents.hpp"

namespace trellis::api {

namespace {

json::object noInfo(const std::string& given, const char* why) {
    return {{"nodeid", given}, {"noinfo", true}, {"result", why}};
}

/// The full form of what the client asked for, so that it recognises the answer.
std::string shownId(const sdk::Request& request, const std::string& given) {
    return given.find('/') == std::string::npos ? "node/" + request.caller.domain + "/" + given
                                                : given;
}

void networkInfo(CommandSet& set, const WireCall& call) {
    const auto given = textOf(call.args(), "nodeid");
    const auto target = deviceTarget(set.context, call.request(), given);
    if (!target) {
        call.sendTagged(noInfo(shownId(call.request(), given), "Invalid device id"));
        return;
    }
    json::object answer{{"nodeid", target->id}};
    // Without the right the answer is empty but well-formed: clients read its members
    // (control-protocol 11, 33).
    const auto stored = meets(call, target->access)
                            ? set.context.sideDocuments.get(target->id, model::SideKind::Network)
                            : std::nullopt;
    const auto document = parsedObject(stored);
    if (stored)
        answer["updateTime"] = stored->timeMs;
    const auto* netif = document.if_contains("netif");
    const auto* netif2 = document.if_contains("netif2");
    answer["netif"] = netif ? *netif : json::value(nullptr);
    answer["netif2"] = netif2 ? *netif2 : json::value(nullptr);
    call.sendTagged(std::move(answer));
}

void systemInfo(CommandSet& set, const WireCall& call) {
    const auto given = textOf(call.args(), "nodeid");
    const auto target = deviceTarget(set.context, call.request(), given);
    if (!target || !meets(call, target->access)) {
        call.sendTagged(noInfo(shownId(call.request(), given), "Invalid device id"));
        return;
    }
    const auto device = set.context.directory.device(target->id);
    const auto stored = set.context.sideDocuments.get(target->id, model::SideKind::Hardware);
    const bool wantsNode = flagOf(call.args(), "nodeinfo");
    // Of a device without an agent nothing is known: clients show what they have from the list.
    const bool isEmpty = device && !stored && (!wantsNode || device->type != 2);
    if (!device || isEmpty) {
        call.sendTagged(noInfo(target->id, "Invalid device id"));
        return;
    }
    auto answer = parsedObject(stored);
    if (stored && !answer.contains("hardware"))
        answer = json::object{{"hardware", std::move(answer)}};
    for (const auto* name : {"action", "responseid", "tag", "result", "noinfo"})
        answer.erase(name);
    answer["nodeid"] = target->id;
    if (stored)
        answer["time"] = stored->timeMs;
    if (stored && !stored->hash.empty())
        answer["hash"] = stored->hash;
    if (wantsNode) {
        answer["node"] = model::deviceDocument(*device, set.context.directory);
        answer["rights"] = target->access.rights;
    } else if (!stored) {
        answer["noinfo"] = true;
    }
    call.sendTagged(std::move(answer));
}

void lastConnect(CommandSet& set, const WireCall& call) {
    const auto given = textOf(call.args(), "nodeid");
    const auto target = deviceTarget(set.context, call.request(), given);
    const auto device = target ? set.context.directory.device(target->id) : nullptr;
    if (!device) {
        call.sendTagged(noInfo(shownId(call.request(), given), "Invalid device id"));
        return;
    }
    if (device->lastConnectMs == 0) {
        call.sendTagged(noInfo(device->id, "No data"));
        return;
    }
    call.sendTagged({{"nodeid", device->id},
                     {"time", std::max(device->lastConnectMs, device->lastSeenMs)},
                     {"addr", device->lastAddress}});
}

void lastConnects(CommandSet& set, const WireCall& call) {
    json::object times;
    for (const auto& device : visibleDevices(set.context, call.request()))
        if (device->lastConnectMs != 0)
            times[device->id] = std::max(device->lastConnectMs, device->lastSeenMs);
    call.sendTagged({{"lastconnects", std::move(times)}});
}

void powerTimeline(CommandSet& set, const WireCall& call) {
    const auto target = deviceTarget(set.context, call.request(), textOf(call.args(), "nodeid"));
    if (!target)
        throw Error(ErrorCode::NotFound, "Invalid device id", "/nodeid");
    auto line = model::powerTimeline(set.context.power.of(target->id),
                                     set.context.directory.presence(target->id).power,
                                     set.context.directory.nowMs());
    call.sendTagged({{"nodeid", target->id}, {"timeline", std::move(line)}});
}

WireSpec spec(const char* name, const char* summary, Schema args, std::uint32_t right = 0) {
    auto wire = wireSpec(name, summary, std::move(args));
    wire.each = {{sdk::Scope::Device, right, 0, ""}};
    wire.responseId = ResponseId::Left;
    wire.fieldTexts = {{"nodeid", "Invalid device id"}};
    return wire;
}

Schema oneDevice() {
    return wireArgs().prop("nodeid", idText(), "The device.").required({"nodeid"});
}

} // namespace

void addDeviceInfoCommands(CommandSet& set) {
    constexpr auto kDetails = sdk::device_right::kDeviceDetails;
    set.wire(spec("getnetworkinfo", "Network interfaces of a device.", oneDevice(), kDetails),
             [&set](const WireCall& call) { networkInfo(set, call); });
    auto system = oneDevice();
    system.prop("nodeinfo", Schema::boolean(), "Add the device itself and the caller's rights.");
    set.wire(spec("getsysinfo", "Hardware of a device.", system, kDetails),
             [&set](const WireCall& call) { systemInfo(set, call); });
    set.wire(spec("lastconnect", "When and from where a device was last connected.", oneDevice()),
             [&set](const WireCall& call) { lastConnect(set, call); });
    auto times = wireSpec("lastconnects", "Times of the last connection of all visible devices.",
                          wireArgs());
    times.responseId = ResponseId::Left;
    set.wire(std::move(times), [&set](const WireCall& call) { lastConnects(set, call); });
    set.wire(spec("powertimeline", "Power states of a device over time.", oneDevice()),
             [&set](const WireCall& call) { powerTimeline(set, call); });
}

} // namespace trellis::api
