#include "core/app/plugin_ports/ports.hpp"

namespace trellis::app {

std::string AgentsPort::ownerOfMessage(const std::string& action) const {
    return agents_.messages().ownerOf(action);
}

plugin::Registration AgentsPort::addMessage(const std::string& owner, sdk::AgentMessageSpec spec,
                                            sdk::AgentMessageHandler handler) {
    return std::make_shared<agent::AgentMessages::Registration>(agents_.messages().add(
        std::move(spec),
        [h = std::move(handler)](const agent::MessageSender& sender,
                                 const sdk::json::object& message) { h(sender.deviceId, message); },
        owner));
}

plugin::Registration AgentsPort::addScript(const std::string& owner, std::string text) {
    return std::make_shared<agent::ScriptAssembler::Part>(
        agents_.script().addPart(owner, std::move(text)));
}

bool AgentsPort::send(const std::string& deviceId, const sdk::json::object& message) {
    return agents_.hub().send(deviceId, message);
}

std::optional<sdk::DeviceInfo> AgentsPort::device(const std::string& deviceId) {
    const auto device = directory_.device(deviceId);
    if (!device) return std::nullopt;
    sdk::DeviceInfo info;
    info.id = device->id;
    info.groupId = device->groupId;
    info.name = device->name;
    info.address = device->lastAddress;
    info.osDescription = device->osDesc;
    info.isOnline = directory_.presence(deviceId).isConnected();
    return info;
}

}  // namespace trellis::app
