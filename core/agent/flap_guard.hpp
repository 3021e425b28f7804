/// Devices that come and go too fast (agent-protocol.md section 3.5, step 7).
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "core/agent/negotiation.hpp"

namespace trellis::agent {

/// Any thread. Remembers at most kMaxDevices; beyond that the one lost longest ago is forgotten.
class FlapGuard {
public:
    using Clock = std::chrono::steady_clock;
    static constexpr std::chrono::seconds kWindow{30};
    static constexpr std::size_t kMaxDevices = 20000;
    static constexpr std::size_t kClearAbove = 4;
    static constexpr std::size_t kSilenceAbove = 6;

    explicit FlapGuard(std::function<Clock::time_point()> now = &Clock::now);
    void lost(std::string_view deviceId);
    Throttle judge(std::string_view deviceId);

private:
    void forgetOld(Clock::time_point now);

    std::function<Clock::time_point()> now_;
    std::mutex mutex_; // guards all below
    std::deque<std::pair<Clock::time_point, std::string>> order_;
    std::map<std::string, std::size_t, std::less<>> counts_; // of the entries in order_
};

} // namespace trellis::agent
