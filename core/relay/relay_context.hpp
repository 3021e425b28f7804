/// What the ends of tunnels share. Internal to core/relay.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

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

    /// The caller's rights on the device now, if they allow this kind; nothing otherwise.
    std::optional<std::uint32_t> rightsFor(const TunnelKind& kind, const std::string& userId,
                                           const std::string& deviceId) const;
    /// Asks `tunnel.allow`. Blocks.
    bool isAllowed(const sdk::Caller& caller, const std::string& deviceId, std::uint16_t protocol,
                   std::uint32_t rights) const;
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
};

} // namespace trellis::relay
