/// How many commands each caller of the REST door may run.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

#include "core/api/control/rate_limit.hpp"

namespace trellis::api {

/// A token bucket (RateLimit) for each caller. At most kMaxCallers are remembered, the one that called
/// longest ago goes first: it had its bucket full again. Any thread.
class CallRates {
public:
    static constexpr std::size_t kMaxCallers = 10'000;
    using Time = RateLimit::Time;
    /// `perSecond` 0: no limit.
    explicit CallRates(std::uint32_t perSecond) : perSecond_(perSecond) {}

    /// 0 when `caller` may, else how long to wait.
    std::chrono::seconds take(const std::string& caller, Time now);
    std::size_t size() const;

private:
    struct Entry {
        std::string caller;
        RateLimit limit;
    };
    const std::uint32_t perSecond_;
    mutable std::mutex mutex_; ///< guards what follows
    std::list<Entry> recent_;  ///< the latest first
    std::unordered_map<std::string, std::list<Entry>::iterator> byCaller_;
};

} // namespace trellis::api
