/// What went over the server's connections since it started. Any thread.
#pragma once

#include <atomic>
#include <cstdint>

namespace trellis::telemetry {

struct Traffic {
    std::atomic<std::uint64_t> requests{0};   ///< HTTP, those for WebSockets not counted
    std::atomic<std::uint64_t> webSockets{0}; ///< upgrades asked for
    std::atomic<std::uint64_t> bytesIn{0};    ///< inside of TLS
    std::atomic<std::uint64_t> bytesOut{0};
    std::atomic<std::uint64_t> agentIn{0};    ///< messages of agents' control connections
    std::atomic<std::uint64_t> agentOut{0};
};

inline Traffic& traffic() noexcept {
    static Traffic all;
    return all;
}

} // namespace trellis::telemetry
