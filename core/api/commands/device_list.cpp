// The device list (control-protocol 3.6).
#include "core/api/commands/support.hpp"
#include "core/model/ids.hpp"
#include "core/model/wire_documents.hpp"

namespace trellis::api {

namespace {

std::vector<model::DevicePtr> visibleDevices(CommandSet& set, const sdk::Request& request) {
    const auto actor = actorOf(set.context, request);
    if (actor)
        return set.context.rights.visibleDevices(*actor);
    std::vector<model::DevicePtr> all;
    if (!request.caller.isLocalAdmin)
        return all;
    for (const auto& group : set.context.directory.groups(request.caller.domain))
        for (const auto& device : set.context.directory.devicesOf(group->id))
            all.push_back(device);
    return all;
}

/// `nodes` of the wire: group id -> devices, groups without devices left out.
void listDevices(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    const auto& args = call.args();
    std::string groupId;
    if (args.contains("meshid") || args.contains("meshname"))
        groupId = groupByIdOrName(set.context, request, args, "meshname", "Invalid group id").id;
    std::string deviceId;
    if (const auto id = maybeText(args, "id")) {
        const auto full = model::completeId(model::IdKind::Device, request.caller.domain, *id);
        deviceId = full.value_or("node//");
    }
    json::object groups;
    for (const auto& device : visibleDevices(set, request)) {
        if (!groupId.empty() && device->groupId != groupId)
            continue;
        if (!deviceId.empty() && device->id != deviceId)
            continue;
        auto& list = groups[device->groupId];
        if (!list.is_array())
            list = json::array();
        list.get_array().emplace_back(model::deviceListEntry(*device, set.context.directory));
    }
    call.sendTagged({{"nodes", std::move(groups)}});
}

/// device.list: flat and short, for scripts and `trellisctl`.
json::value shortList(CommandSet& set, const sdk::Request& request) {
    json::array devices;
    for (const auto& device : visibleDevices(set, request)) {
        const auto group = set.context.directory.group(device->groupId);
        const auto presence = set.context.directory.presence(device->id);
        devices.emplace_back(json::object{{"id", device->id},
                                          {"name", device->name},
                                          {"groupId", device->groupId},
                                          {"group", group ? group->name : ""},
                                          {"online", presence.isConnected()},
                                          {"os", device->osDesc},
                                          {"address", device->ip}});
    }
    return json::object{{"devices", std::move(devices)}};
}

} // namespace

void addDeviceListCommands(CommandSet& set) {
    WireSpec list;
    list.command.name = "nodes";
    list.command.summary = "Lists the devices that the caller sees, by group.";
    list.command.args = wireArgs()
                            .prop("meshid", idText(), "Only this group.")
                            .prop("meshname", lineText(1, 128), "Only the group of this name.")
                            .prop("id", idText(), "Only this device.");
    list.fieldTexts = {{"meshid", "Invalid group id"}, {"meshname", "Invalid group id"}};
    set.wire(std::move(list), [&set](const WireCall& call) { listDevices(set, call); });

    sdk::CommandSpec brief;
    brief.name = "device.list";
    brief.summary = "Lists the devices that the caller sees.";
    brief.args = Schema::object();
    const auto item = Schema::object()
                          .prop("id", Schema::string(), "Device id.")
                          .prop("name", Schema::string(), "Its name.")
                          .prop("groupId", Schema::string(), "Its group.")
                          .prop("group", Schema::string(), "The group's name.")
                          .prop("online", Schema::boolean(), "Whether it is connected.")
                          .prop("os", Schema::string(), "Operating system.")
                          .prop("address", Schema::string(), "Last address.");
    brief.result = Schema::object().prop("devices", Schema::array(item), "The devices.");
    set.named(std::move(brief), [&set](const sdk::Request& request, const json::object&) {
        return shortList(set, request);
    });
}

} // namespace trellis::api
