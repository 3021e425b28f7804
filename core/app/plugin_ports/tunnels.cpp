#include "core/app/plugin_ports/ports.hpp"

namespace trellis::app {
namespace {

plugin::Registration keep(relay::TunnelRegistry::Registration registration) {
    return std::make_shared<relay::TunnelRegistry::Registration>(std::move(registration));
}

}  // namespace

std::string TunnelsPort::ownerOf(std::uint16_t protocol) const {
    const auto found = registry_.find(protocol);
    return found ? found->owner : std::string();
}

plugin::Registration TunnelsPort::add(const std::string& owner, sdk::TunnelSpec spec,
                                      sdk::TunnelFactory factory) {
    return keep(registry_.add(owner, std::move(spec), std::move(factory)));
}

plugin::Registration TunnelsPort::addEndpoint(const std::string& owner, sdk::TunnelSpec spec,
                                              sdk::EndpointFactory factory) {
    return keep(registry_.addEndpoint(owner, std::move(spec), std::move(factory)));
}

plugin::Registration TunnelsPort::addWatcher(const std::string& owner, sdk::TunnelFactory factory) {
    return keep(registry_.addWatcher(owner, std::move(factory)));
}

plugin::Registration TunnelsPort::addRecorder(
    const std::string& owner, std::function<bool(const sdk::TunnelInfo&)> isRecorded,
    sdk::TunnelFactory factory) {
    return keep(registry_.addRecorder(owner, std::move(isRecorded), std::move(factory)));
}

}  // namespace trellis::app
