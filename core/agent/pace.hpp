/// How fast one agent may send JSON messages, so that a broken or hostile one can't flood the people who
/// watch it. It is not read for a while rather than cut: nothing is lost.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace trellis::agent {

/// Two buckets, one of messages and one of bytes. Not for several threads.
class Pace {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr double kMessagesPerSecond = 100;
    static constexpr double kMessageBurst = 300;
    static constexpr double kBytesPerSecond = 512 * 1024;
    static constexpr double kByteBurst = 4 * 1024 * 1024;

    /// Counts one message; the time for which no more should be read, 0 in the ordinary case.
    std::chrono::milliseconds take(Time now, std::size_t bytes) {
        if (last_ != Time{}) {
            const double seconds = std::chrono::duration<double>(now - last_).count();
            messages_ = std::min(kMessageBurst, messages_ + seconds * kMessagesPerSecond);
            bytes_ = std::min(kByteBurst, bytes_ + seconds * kBytesPerSecond);
        }
        last_ = now;
        messages_ -= 1;
        bytes_ -= static_cast<double>(bytes);
        const double wait = std::max({0.0, -messages_ / kMessagesPerSecond, -bytes_ / kBytesPerSecond});
        return std::chrono::milliseconds(static_cast<std::int64_t>(wait * 1000));
    }

private:
    Time last_{};
    double messages_ = kMessageBurst;
    double bytes_ = kByteBurst;
};

} // namespace trellis::agent
