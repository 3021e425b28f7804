// Everything that is known of devices, in one text (control-protocol 3.6, getDeviceDetails).
#include <boost/json/serialize.hpp>

#include "core/api/commands/details_csv.hpp"
#include "core/api/commands/support.hpp"
#include "core/model/wire_documents.hpp"

namespace trellis::api {

namespace {

json::object lastConnectOf(const model::Device& device, bool isConnected) {
    return {{"time", std::max(device.lastConnectMs, device.lastSeenMs)},
            {"cause", isConnected ? 1 : 0},
            {"connectType", 1},
            {"addr", device.lastAddress}};
}

DeviceDetails detailsOf(CommandSet& set, const sdk::Request& request, const model::Device& device) {
    DeviceDetails details;
    auto node = model::deviceDocument(device, set.context.directory);
    if (const auto group = set.context.directory.group(device.groupId))
        node["groupname"] = group->name;
    details["node"] = std::move(node);
    const auto rights = set.context.access.device(request.caller, device.id).rights;
    if (allows(rights, sdk::device_right::kDeviceDetails)) {
        auto system =
            parsedObject(set.context.sideDocuments.get(device.id, model::SideKind::Hardware));
        if (!system.empty() && !system.contains("hardware"))
            system = json::object{{"hardware", std::move(system)}};
        if (!system.empty())
            details["sys"] = std::move(system);
        auto network =
            parsedObject(set.context.sideDocuments.get(device.id, model::SideKind::Network));
        details["net"] = network.empty() ? json::value(nullptr) : json::value(std::move(network));
    }
    if (device.lastConnectMs != 0)
        details["lastConnect"] =
            lastConnectOf(device, set.context.directory.presence(device.id).isConnected());
    return details;
}

std::vector<model::DevicePtr> wantedDevices(CommandSet& set, const WireCall& call) {
    if (!call.args().contains("nodeids"))
        return visibleDevices(set.context, call.request());
    std::vector<model::DevicePtr> wanted;
    for (const auto& id : textsOf(call.args(), "nodeids")) {
        const auto target = deviceTarget(set.context, call.request(), id);
        if (auto device = target ? set.context.directory.device(target->id) : nullptr)
            wanted.push_back(std::move(device));
    }
    return wanted;
}

std::string serialized(const std::vector<DeviceDetails>& devices, const std::string& type) {
    if (type == "csv")
        return detailsCsv(devices);
    return json::serialize(json::array(devices.begin(), devices.end()));
}

void deviceDetails(CommandSet& set, const WireCall& call) {
    const auto type = textOf(call.args(), "type");
    // The text travels as one message, and a connection that owes more than queueBytes is closed.
    const auto most = set.context.config.limits.queueBytes / 2;
    std::vector<DeviceDetails> devices;
    std::size_t size = 0;
    for (const auto& device : wantedDevices(set, call)) {
        devices.push_back(detailsOf(set, call.request(), *device));
        size += json::serialize(devices.back()).size();
        if (size > most) {
            // As data, since meshctrl asks without a responseid and would wait for ever.
            call.send({{"data", "Too many devices for one answer: name some of them"},
                       {"type", type}});
            return;
        }
    }
    call.send({{"data", serialized(devices, type)}, {"type", type}});
}

} // namespace

void addDeviceDetailCommands(CommandSet& set) {
    WireSpec details;
    details.command.name = "getDeviceDetails";
    details.command.summary = "All that is known of devices, as CSV or JSON text.";
    details.command.args = wireArgs()
                               .prop("type", Schema::oneOf({"csv", "json"}), "Form of the text.")
                               .prop("nodeids", idList(), "Only these devices.")
                               .required({"type"});
    details.fieldTexts = {{"type", "Invalid type"}, {"nodeids", "Invalid nodeids"}};
    set.wire(std::move(details), [&set](const WireCall& call) { deviceDetails(set, call); });
}

} // namespace trellis::api
