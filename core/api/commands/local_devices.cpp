// Devices without an agent: records that people make (control-protocol 3.6).
#include "core/api/commands/support.hpp"
#include "core/model/ids.hpp"

namespace trellis::api {

namespace {

constexpr std::uint32_t kAmtGroup = 1;
constexpr std::uint32_t kLocalGroup = 3;

model::GroupPtr groupFor(CommandSet& set, const WireCall& call, std::uint32_t type,
                         const char* wrongType) {
    const auto& request = call.request();
    const auto target = anyGroupByIdOrName(set.context, request, call.args(), "meshname",
                                           "Unknown device group", "Unknown device group");
    const auto group = set.context.directory.group(target.id);
    if (!group)
        throw Error(ErrorCode::NotFound, "Unknown device group", "/meshid");
    if (group->type != type)
        throw Error(ErrorCode::InvalidArgument, wrongType, "/meshid");
    const auto& caller = request.caller;
    const bool isFull = caller.isLocalAdmin || caller.siteRights == sdk::site_right::kAdmin;
    const bool mayAdd = isFull || (caller.siteRights & sdk::site_right::kNoNewDevices) == 0;
    if (!mayAdd || !meets(call, target.access))
        throw Error(ErrorCode::Forbidden, "Permission denied", "/meshid");
    return group;
}

void addRecord(CommandSet& set, const WireCall& call, const model::Group& group,
               model::Device device) {
    device.domain = group.domain;
    device.groupId = group.id;
    device.type = group.type;
    device.name = textOf(call.args(), "devicename");
    device.host = textOf(call.args(), "hostname");
    const auto made = set.context.directory.addDevice(std::move(device));
    auto event = eventOf(call.request(), "node", "addnode", 84, {made->name, group.name},
                         "Added device " + made->name + " to device group " + group.name);
    event.deviceId = made->id;
    event.groupId = group.id;
    set.context.events.record(std::move(event));
    call.send({{"result", "ok"}, {"nodeid", made->id}});
}

void addLocalDevice(CommandSet& set, const WireCall& call) {
    const auto type = numberOf(call.args(), "type");
    if (type != 4 && type != 6 && type != 29)
        throw Error(ErrorCode::InvalidArgument, "Invalid type", "/type");
    const auto group = groupFor(set, call, kLocalGroup, "Local device agentless mesh only allowed");
    model::Device device;
    device.agent.id = static_cast<std::uint32_t>(type); // what system it is, though it has no agent
    addRecord(set, call, *group, std::move(device));
}

/// Number, or the digit as text.
std::int64_t tlsFrom(const json::object& args) {
    const auto text = maybeText(args, "amttls");
    return text ? *text == "1" : numberOf(args, "amttls");
}

void addAmtDevice(CommandSet& set, const WireCall& call) {
    const auto& args = call.args();
    const auto group = groupFor(set, call, kAmtGroup, "Intel AMT agentless mesh only allowed");
    json::object amt{{"user", textOf(args, "amtusername")}, {"tls", tlsFrom(args)}};
    // The password is checked and not kept: members of a record are published, and nothing here
    // speaks to Intel AMT, so it would be a secret without a use.
    for (const auto* name : {"ver", "hash", "realm"})
        if (const auto text = maybeText(args, name))
            amt[name] = *text;
    if (const auto state = maybeNumber(args, "state"))
        amt["state"] = *state;
    model::Device device;
    device.extra["intelamt"] = std::move(amt);
    addRecord(set, call, *group, std::move(device));
}

WireSpec specOf(const char* name, const char* summary) {
    WireSpec spec;
    spec.command.name = name;
    spec.command.summary = summary;
    spec.command.audited = true;
    spec.command.args = wireArgs()
                            .prop("meshid", idText(), "The group.")
                            .prop("devicename", lineText(1, 256), "Its name.")
                            .prop("hostname", lineText(1, 256), "Its host name or address.");
    spec.each = {{sdk::Scope::Group, sdk::device_right::kManageDevices, 0, ""}};
    spec.deniedText = "Permission denied";
    spec.errorAction = "changeDeviceMesh"; // the wire's (control-protocol 11, 25)
    spec.fieldTexts = {{"meshid", "Invalid device group id"},
                       {"devicename", "Invalid devicename"},
                       {"hostname", "Invalid hostname"}};
    return spec;
}

} // namespace

void addLocalDeviceCommands(CommandSet& set) {
    auto local = specOf("addlocaldevice", "Adds a device without an agent to a group.");
    local.command.args
        .prop("type", Schema::integer().range(0, 99), "4 Windows, 6 Linux, 29 macOS.")
        .required({"meshid", "devicename", "hostname", "type"});
    local.fieldTexts["type"] = "Invalid type";
    set.wire(std::move(local), [&set](const WireCall& call) { addLocalDevice(set, call); });

    auto amt = specOf("addamtdevice", "Adds a device with Intel AMT to a group.");
    amt.command.args.prop("amtusername", lineText(0, 16), "User name of Intel AMT.")
        .prop("amtpassword", lineText(0, 16).secret(), "Its password.")
        .prop("amttls", Schema::anyOf({Schema::integer().range(0, 1), Schema::oneOf({"0", "1"})}),
              "1: over TLS.")
        .prop("state", Schema::integer().range(0, 3), "State of activation.")
        .prop("ver", lineText(1, 16), "Version of Intel AMT.")
        .prop("hash", lineText(1, 256), "Hash of the TLS certificate.")
        .prop("realm", lineText(1, 256), "Digest realm.")
        .required({"meshid", "devicename", "hostname", "amtusername", "amtpassword", "amttls"});
    amt.fieldTexts["amtusername"] = "Invalid amtusername";
    amt.fieldTexts["amtpassword"] = "Invalid amtpassword";
    amt.fieldTexts["amttls"] = "Invalid amttls";
    set.wire(std::move(amt), [&set](const WireCall& call) { addAmtDevice(set, call); });
}

} // namespace trellis::api
