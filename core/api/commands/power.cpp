// Power and Wake-on-LAN (control-protocol 3.7).
#include <algorithm>

#include "core/api/commands/to_agent.hpp"
#include "core/model/ids.hpp"

namespace trellis::api {

namespace {

using namespace sdk::device_right;

/// How many agents are asked to wake one device. Those nearest to it are asked first; a fleet's worth
/// of broadcasts would help nobody.
constexpr std::size_t kMostWakers = 200;
constexpr std::size_t kMostMacs = 64;

// ---- poweraction --------------------------------------------------------------------------------

enum class PowerKind : std::uint8_t { Agent = 1, Amt, Signal };

PowerKind kindOf(std::int64_t type) {
    if (type >= 400)
        return PowerKind::Signal;
    return type >= 300 ? PowerKind::Amt : PowerKind::Agent;
}

/// The range tests of the original never refuse (control-protocol 11, 30); here they do.
bool isPowerAction(std::int64_t type) {
    return (type >= 2 && type <= 4) || type == 302 || type == 308 || (type >= 310 && type <= 316) ||
           type == 400 || type == 401;
}

/// Of most actions it is what the command declares.
bool mayDo(const WireCall& call, std::int64_t type, const Access& access) {
    if (type == 302)
        return allows(access.rights, kWake);
    if (kindOf(type) == PowerKind::Signal)
        return allows(access.rights, kRemoteControl);
    return meets(call, access);
}

json::object messageFor(std::int64_t type, const json::object& args) {
    if (kindOf(type) != PowerKind::Signal)
        return {{"action", "poweraction"}, {"actiontype", type}};
    const auto* word = type == 400 ? "flash " : "vibrate ";
    return {{"action", "msg"},
            {"type", "console"},
            {"value", word + std::to_string(numberOf(args, "time"))}};
}

/// The original says "ok" before it looks; here the word means that the order has gone out.
std::string powerOne(CommandSet& set, const WireCall& call, const std::string& given) {
    const auto& request = call.request();
    const auto type = numberOf(call.args(), "actiontype");
    const auto target = deviceTarget(set.context, request, given);
    if (!target || !mayDo(call, type, target->access))
        return "Access denied";
    if (kindOf(type) == PowerKind::Amt)
        return "Unsupported feature";
    const bool isSent = set.context.devices.send(
        target->id, onBehalfOf(set, request, *target, messageFor(type, call.args())));
    return isSent ? "ok" : "Agent not connected";
}

void powerAction(CommandSet& set, const WireCall& call) {
    const auto& args = call.args();
    const auto type = numberOf(args, "actiontype");
    if (!isPowerAction(type))
        throw Error(ErrorCode::InvalidArgument, "Invalid action type", "/actiontype");
    if (kindOf(type) == PowerKind::Signal && !args.contains("time"))
        throw Error(ErrorCode::InvalidArgument, "Invalid time", "/time");
    for (const auto& id : textsOf(args, "nodeids"))
        call.result(powerOne(set, call, id));
}

// ---- wakedevices --------------------------------------------------------------------------------

void addMac(std::vector<std::string>& macs, const json::value& entry) {
    const auto* object = entry.if_object();
    const auto* mac = object ? object->if_contains("mac") : nullptr;
    if (!mac || !mac->is_string())
        return;
    std::string text(mac->get_string());
    const bool isShaped = text.size() >= 12 && text.size() <= 17 &&
                          text.find_first_not_of("0123456789abcdefABCDEF:-") == std::string::npos;
    if (!isShaped || text == "00:00:00:00:00:00" || macs.size() >= kMostMacs)
        return;
    if (std::find(macs.begin(), macs.end(), text) == macs.end())
        macs.push_back(std::move(text));
}

/// `netif2` is {interface: [{mac, ...}]}, the old `netif` is [{mac, ...}] (control-protocol 5.5).
std::vector<std::string> macsFrom(const json::object& network) {
    std::vector<std::string> macs;
    if (const auto* list = network.if_contains("netif"); list && list->is_array())
        for (const auto& entry : list->get_array())
            addMac(macs, entry);
    if (const auto* all = network.if_contains("netif2"); all && all->is_object())
        for (const auto& member : all->get_object())
            if (const auto* list = member.value().if_array())
                for (const auto& entry : *list)
                    addMac(macs, entry);
    return macs;
}

std::string hostOf(const std::string& address) {
    return address.substr(0, address.rfind(':'));
}

/// 0: seen from the same address, so probably on the same network; 1: same group; 2: any other.
int distance(const model::Device& a, const model::Device& b) {
    if (!a.lastAddress.empty() && hostOf(a.lastAddress) == hostOf(b.lastAddress))
        return 0;
    return a.groupId == b.groupId ? 1 : 2;
}

/// Connected agents that the caller may use for it, the nearest first.
std::vector<model::DevicePtr> wakersOf(CommandSet& set, const sdk::Request& request,
                                       const model::Device& sleeper) {
    std::vector<model::DevicePtr> wakers;
    for (const auto& device : visibleDevices(set.context, request)) {
        if ((set.context.directory.presence(device->id).connection & model::connection::kAgent) == 0)
            continue;
        if (allows(set.context.access.device(request.caller, device->id).rights, kWake))
            wakers.push_back(device);
    }
    std::stable_sort(wakers.begin(), wakers.end(), [&](const auto& a, const auto& b) {
        return distance(*a, sleeper) < distance(*b, sleeper);
    });
    if (wakers.size() > kMostWakers)
        wakers.resize(kMostWakers);
    return wakers;
}

std::string wakeOne(CommandSet& set, const WireCall& call, const std::string& given) {
    const auto& request = call.request();
    const auto full = model::completeId(model::IdKind::Device, request.caller.domain, given);
    if (!full)
        return "Invalid nodeid";
    if (model::domainOf(*full) != request.caller.domain)
        return "Invalid domain";
    const auto target = deviceTarget(set.context, request, *full);
    const auto device = target ? set.context.directory.device(target->id) : nullptr;
    if (!device || !meets(call, target->access))
        return "Invalid nodeid";
    const auto stored = set.context.sideDocuments.get(device->id, model::SideKind::Network);
    if (!stored)
        return "No network information for this device";
    const auto macs = macsFrom(parsedObject(stored));
    if (macs.empty())
        return "No known MAC addresses for this device";
    const json::object message{{"action", "wakeonlan"}, {"macs", json::array(macs.begin(), macs.end())}};
    std::size_t used = 0;
    for (const auto& waker : wakersOf(set, request, *device))
        used += set.context.devices.send(waker->id, message) ? 1 : 0;
    return "Used " + std::to_string(used) + " device(s) to send wake packets";
}

void wakeDevices(CommandSet& set, const WireCall& call) {
    const auto ids = textsOf(call.args(), "nodeids");
    for (const auto& id : ids) {
        const auto result = wakeOne(set, call, id);
        // One word for each of several, whatever came of it (control-protocol 11, 32).
        call.result(ids.size() == 1 ? result : "ok");
    }
}

} // namespace

void addPowerCommands(CommandSet& set) {
    WireSpec power;
    power.command.name = "poweraction";
    power.command.summary = "Switches devices off, restarts them or puts them to sleep.";
    power.command.audited = true;
    power.command.args =
        wireArgs()
            .prop("nodeids", idList(), "The devices.")
            .prop("actiontype", Schema::integer().range(2, 401),
                  "2 off, 3 reset, 4 sleep, 302 to 316 Intel AMT, 400 flash, 401 vibrate.")
            .prop("time", Schema::integer().range(1, 30000).unit("ms"), "For 400 and 401.")
            .required({"nodeids", "actiontype"});
    power.each = {{sdk::Scope::Device, kResetOff, 0, ""}};
    power.fieldTexts = {{"nodeids", "Invalid nodeids"},
                        {"actiontype", "Invalid action type"},
                        {"time", "Invalid time"}};
    set.wire(std::move(power), [&set](const WireCall& call) { powerAction(set, call); });

    WireSpec wake;
    wake.command.name = "wakedevices";
    wake.command.summary = "Has connected agents wake devices on their networks (Wake-on-LAN).";
    wake.command.audited = true;
    wake.command.args = wireArgs().prop("nodeids", idList(), "The devices.").required({"nodeids"});
    wake.each = {{sdk::Scope::Device, kWake, 0, ""}};
    wake.fieldTexts = {{"nodeids", "Invalid nodeid"}};
    set.wire(std::move(wake), [&set](const WireCall& call) { wakeDevices(set, call); });
}

} // namespace trellis::api
