#include "core/relay/relay_context.hpp"

#include "core/model/ids.hpp"
#include "core/relay/tunnel.hpp"
#include "core/telemetry/log.hpp"

namespace trellis::relay {

RelayMetrics::RelayMetrics(telemetry::Metrics& metrics)
    : opened(metrics.counter("trellis_relay_tunnels_total", "Tunnels that were paired.")),
      refused(metrics.counter("trellis_relay_refused_total", "Connections that were turned away.")),
      unpaired(metrics.counter("trellis_relay_unpaired_total", "Ends for which nobody came.")),
      cut(metrics.counter("trellis_relay_cut_total",
                          "Tunnels that the server ended: rights, plugins, limits.")),
      bytes(metrics.counter("trellis_relay_bytes_total", "Payload carried, both directions.")),
      leftOut(metrics.counter("trellis_relay_left_out_total",
                              "Frames of plugins that an end was too slow for.")) {}

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

namespace {

bool satisfies(const auth::Rights& rights, const sdk::Requirement& needed) {
    return rights.isVisible && rights.has(needed.right) && !rights.isRestricted(needed.forbidden);
}

/// Never more than the user has, never more than the guest was given; the restrictions of both.
auth::Rights guestRights(const auth::Rights& user, const sdk::GuestTunnel& wanted) {
    namespace right = sdk::device_right;
    constexpr auto kRestrictions = right::kViewOnly | right::kNoTerminal | right::kNoFiles |
                                   right::kNoAmt | right::kLimitedInput | right::kLimitedEvents |
                                   right::kNoDesktop;
    const auto restrictions =
        (wanted.deviceRights | (user.isGroupAdmin() ? 0 : user.bits)) & kRestrictions;
    return {(wanted.deviceRights & user.bits & ~kRestrictions) | restrictions, user.isVisible};
}

} // namespace

std::optional<std::uint32_t> RelayContext::rightsFor(const TunnelKind& kind,
                                                     const std::string& userId,
                                                     const std::string& deviceId,
                                                     const GuestTerms* guest) const {
    const auto user = services.directory.user(userId);
    const auto device = services.directory.device(deviceId);
    if (!user || !device) return std::nullopt;
    const auto& needed = kind.spec.requires_;
    if (guest != nullptr) {
        const auto own = services.rights.rightsOf(*user, *device);
        if (!satisfies(own, guest->wanted.sponsor)) return std::nullopt;
        const auto rights = guestRights(own, guest->wanted);
        return satisfies(rights, needed) ? std::optional(rights.bits) : std::nullopt;
    }
    const auto verdict =
        services.rights.judge(*user, *device, needed.right, needed.forbidden);
    return verdict.isAllowed ? std::optional(verdict.rights.bits) : std::nullopt;
}

bool RelayContext::mayGoOn(const TunnelKind& kind, const std::string& userId,
                           const std::string& deviceId, std::uint32_t then,
                           const GuestTerms* guest) const {
    namespace right = model::right;
    const auto now = rightsFor(kind, userId, deviceId, guest);
    if (!now) return false;
    const auto restrictions = [](std::uint32_t bits) {
        return bits == right::kGroupAdmin ? 0 : bits & right::kRestrictions & ~right::kLimitEvents;
    };
    return (restrictions(*now) & ~restrictions(then)) == 0;
}

bool RelayContext::isAllowed(const sdk::Caller& caller, const std::string& deviceId,
                             std::uint16_t protocol, std::uint32_t rights,
                             const GuestTerms* guest) const {
    if (!services.allow) return true;
    sdk::Request request;
    request.caller = caller;
    request.deviceId = deviceId;
    request.deviceRights = rights;
    if (const auto device = services.directory.device(deviceId)) request.groupId = device->groupId;
    boost::json::object facts{{"nodeid", deviceId}, {"protocol", protocol}};
    if (guest != nullptr) {
        facts["guestname"] = guest->wanted.guestName;
        facts["ticket"] = guest->wanted.ticket;
    }
    const auto decision = services.allow(request, facts);
    return decision == sdk::Decision::Abstain || decision == sdk::Decision::Allow;
}

std::string RelayContext::prefixOf(const std::string& deviceId) const {
    return services.prefixOf ? services.prefixOf(model::domainOf(deviceId)) : std::string();
}

std::size_t RelayContext::highWater() const noexcept {
    constexpr std::size_t kPiece = 64 * 1024;
    const auto bound = services.settings.bufferBytes;
    return bound >= 2 * kPiece ? bound - kPiece : bound / 2;
}

} // namespace trellis::relay
