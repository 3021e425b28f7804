// The device list (control-protocol 3.6).
#include "core/api/commands/support.hpp"
#include "core/model/ids.hpp"
#include "core/model/wire_documents.hpp"

namespace trellis::api {

namespace {

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
    for (const auto& device : visibleDevices(set.context, request)) {
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
}

} // namespace trellis::api
