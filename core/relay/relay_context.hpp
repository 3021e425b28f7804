/// What the ends of tunnels share. Internal to core/relay.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/relay/own_viewers.hpp"
#include "core/relay/relay_channel.hpp"
#include "core/relay/tunnel_ledger.hpp"
#include "core/relay/waiting_room.hpp"
#include "core/telemetry/metrics.hpp"

namespace trellis::relay {

class RelayEnd;
class Tunnel;

struct RelayMetrics {
    explicit RelayMetrics(telemetry::Metrics& metrics);
    sdk::Counter& opened;
    sdk::Counter& refused;
    sdk::Counter& unpaired;
    sdk::Counter& cut;
    sdk::Counter& bytes;
    sdk::Counter& leftOut; ///< frames of handlers for an end that does not keep up
};

/// The running tunnels. Any thread.
class TunnelSet {
public:
    void add(const std::shared_ptr<Tunnel>& tunnel);
    void remove(const Tunnel* tunnel);
    std::vector<std::shared_ptr<Tunnel>> all() const;
    std::size_t size() const;

private:
    mutable std::mutex mutex_; // guards tunnels_
    std::unordered_map<const Tunnel*, std::shared_ptr<Tunnel>> tunnels_;
};

struct RelayContext {
    explicit RelayContext(RelayServices from);

    /// The caller's rights on the device now, if they allow this kind; nothing otherwise. With
    /// `guest`: what the guest has of them (sdk/guest.hpp).
    std::optional<std::uint32_t> rightsFor(const TunnelKind& kind, const std::string& userId,
                                           const std::string& deviceId,
                                           const GuestTerms* guest = nullptr) const;
    /// Whether a session that began with the rights `then` may go on: its kind is still allowed, and no
    /// restriction came since, which its far end was told nothing of (view only, limited input).
    bool mayGoOn(const TunnelKind& kind, const std::string& userId, const std::string& deviceId,
                 std::uint32_t then, const GuestTerms* guest = nullptr) const;
    /// Asks `tunnel.allow`. Blocks.
    bool isAllowed(const sdk::Caller& caller, const std::string& deviceId, std::uint16_t protocol,
                   std::uint32_t rights, const GuestTerms* guest = nullptr) const;
    /// What the paths of a device's tenant begin with.
    std::string prefixOf(const std::string& deviceId) const;
    /// Above this many queued bytes the other end is no longer read. A piece that was read already comes
    /// on top (64 KiB), so it is less than the configured bound.
    std::size_t highWater() const noexcept;

    RelayServices services;
    sdk::Log& log;
    RelayMetrics metrics;
    TunnelRegistry registry;
    TunnelLedger ledger;
    WaitingRoom<RelayEnd> room;
    TunnelSet tunnels;
    OwnViewers ownViewers;
};

} // namespace trellis::relay
