#include "core/relay/relay_context.hpp"

#include "core/relay/tunnel.hpp"
#include "core/telemetry/log.hpp"

namespace trellis::relay {

RelayMetrics::RelayMetrics(telemetry::Metrics& metrics)
    : opened(metrics.counter("trellis_relay_tunnels_total", "Tunnels that were paired.")),
      refused(metrics.counter("trellis_relay_refused_total", "Connections that were turned away.")),
      unpaired(metrics.counter("trellis_relay_unpaired_total", "Ends for which nobody came.")),
      cut(metrics.counter("trellis_relay_cut_total",
                          "Tunnels that the server ended: rights, plugins, limits.")),
      bytes(metrics.counter("trellis_relay_bytes_total", "Payload carried, both directions.")) {}

void TunnelSet::add(const std::shared_ptr<Tunnel>& tunnel) {
    const std::scoped_lock lock(mutex_);
    tunnels_.emplace(tunnel.get(), tunnel);
}

void TunnelSet::remove(const Tunnel* tunnel) {
    std::shared_ptr<Tunnel> gone; // destroyed after the lock
    const std::scoped_lock lock(mutex_);
    const auto found = tunnels_.find(tunnel);
    if (found == tunnels_.end()) return;
    gone = std::move(found->second);
    tunnels_.erase(found);
}

std::vector<std::shared_ptr<Tunnel>> TunnelSet::all() const {
    std::vector<std::shared_ptr<Tunnel>> out;
    const std::scoped_lock lock(mutex_);
    out.reserve(tunnels_.size());
    for (const auto& [raw, tunnel] : tunnels_) out.push_back(tunnel);
    return out;
}

std::size_t TunnelSet::size() const {
    const std::scoped_lock lock(mutex_);
    return tunnels_.size();
}

RelayContext::RelayContext(RelayServices from)
    : services(std::move(from)), log(telemetry::log("relay")),
      metrics(telemetry::Metrics::instance()), room(services.settings.maxSessions * 2UL + 1000) {}

std::optional<std::uint32_t> RelayContext::rightsFor(const TunnelKind& kind,
                                                     const std::string& userId,
                                                     const std::string& deviceId) const {
    const auto rights = services.rights.rightsOf(userId, deviceId);
    const auto& needed = kind.spec.requires_;
    if (!rights.isVisible || !rights.has(needed.right) || rights.isRestricted(needed.forbidden)) {
        return std::nullopt;
    }
    return rights.bits;
}

bool RelayContext::isAllowed(const sdk::Caller& caller, const std::string& deviceId,
                             std::uint16_t protocol, std::uint32_t rights) const {
    if (!services.allow) return true;
    sdk::Request request;
    request.caller = caller;
    request.deviceId = deviceId;
    request.deviceRights = rights;
    if (const auto device = services.directory.device(deviceId)) request.groupId = device->groupId;
    const auto decision = services.allow(request, {{"nodeid", deviceId}, {"protocol", protocol}});
    return decision == sdk::Decision::Abstain || decision == sdk::Decision::Allow;
}

std::size_t RelayContext::highWater() const noexcept {
    constexpr std::size_t kPiece = 64 * 1024;
    const auto bound = services.settings.bufferBytes;
    return bound >= 2 * kPiece ? bound - kPiece : bound / 2;
}

} // namespace trellis::relay
