/// Slows down who tries links that are none.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>

#include <trellis/sdk/guarded.hpp>

namespace sharing {

/// Counts failures by address, IPv6 by its /64. Any thread.
class Throttle {
public:
    using Clock = std::chrono::steady_clock;
    static constexpr unsigned kMaxFailures = 20;
    static constexpr std::chrono::minutes kWindow{10};
    static constexpr std::size_t kMaxAddresses = 10'000;

    explicit Throttle(std::function<Clock::time_point()> now = &Clock::now) : now_(std::move(now)) {}

    bool isBlocked(const std::string& address) const;
    void failed(const std::string& address);

private:
    struct Count {
        Clock::time_point since;
        unsigned failures = 0;
    };
    std::function<Clock::time_point()> now_;
    trellis::sdk::Guarded<std::map<std::string, Count>> counts_;
};

}  // namespace sharing
