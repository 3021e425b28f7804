/// Bytes and sessions since the server started (control-protocol 3.11, `trafficstats`).
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include <boost/json/object.hpp>
#include <trellis/sdk/event.hpp>
#include <trellis/sdk/guarded.hpp>

#include "core/bus/event_bus.hpp"
#include "core/bus/strand.hpp"
#include "core/bus/worker_pool.hpp"

namespace trellis::api {

/// Any thread.
class TrafficCounts {
public:
    using Numbers = std::map<std::string, std::uint64_t>;
    using ByProtocol = std::map<std::uint16_t, std::uint64_t>;
    struct State {
        Numbers numbers;                                 ///< httpIn...
        std::map<std::string, ByProtocol> relays;        ///< relayCount, relayIn, relayOut
        std::int64_t timeMs = 0;
    };

    TrafficCounts(bus::EventBus& bus, bus::WorkerPool& pool);
    ~TrafficCounts();
    TrafficCounts(const TrafficCounts&) = delete;
    TrafficCounts& operator=(const TrafficCounts&) = delete;

    /// `timeMs` is left 0. Sessions count when they end.
    State now() const;

private:
    std::shared_ptr<bus::Strand> strand_;
    sdk::Guarded<std::map<std::string, ByProtocol>> relays_;
    bus::SubscriptionPtr closed_;
};

boost::json::object trafficDocument(const TrafficCounts::State& state);
/// `after` less `before`.
TrafficCounts::State difference(const TrafficCounts::State& before, const TrafficCounts::State& after);

} // namespace trellis::api
