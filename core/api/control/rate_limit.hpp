/// A token bucket: so many per second, and twice as many at once.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace trellis::api {

/// One thread.
class RateLimit {
public:
    using Time = std::chrono::steady_clock::time_point;
    /// `perSecond` 0: no limit.
    explicit RateLimit(std::uint32_t perSecond) : perSecond_(perSecond), tokens_(2.0 * perSecond) {}

    bool take(Time now) {
        if (perSecond_ == 0)
            return true;
        const std::chrono::duration<double> passed = now - last_;
        if (last_ != Time{})
            tokens_ = std::min(2.0 * perSecond_, tokens_ + passed.count() * perSecond_);
        last_ = now;
        if (tokens_ < 1)
            return false;
        tokens_ -= 1;
        return true;
    }

private:
    std::uint32_t perSecond_;
    double tokens_;
    Time last_{};
};

} // namespace trellis::api
