/// How a loop that carries bulk data leaves its processor to those who wait for it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>

namespace trellis::wire {

/// A loop that always has work keeps its processor until the kernel's next look (4 ms at 250 Hz), on a machine
/// with few of them in front of everybody whose message is a matter of microseconds. So it sleeps shortly after
/// each millisecond of bulk data, at the cost of at most a tenth of its throughput. A loop that carries little
/// sleeps once for each 64 KiB at most. One thread only.
class BulkRest {
public:
    using Clock = std::chrono::steady_clock;
    static constexpr std::size_t kBytes = 64 * 1024; ///< so many since it slept last are bulk
    static constexpr std::chrono::microseconds kEvery{1000};
    static constexpr std::chrono::microseconds kLength{50}; ///< and up to 50 us of the kernel's timer slack

    void carried(std::size_t bytes) noexcept { bytes_ += bytes; }

    /// Between two rounds of the loop: sleeps if it is time.
    void restIfDue() {
        if (bytes_ < kBytes || Clock::now() - restedAt_ < kEvery)
            return;
        std::this_thread::sleep_for(kLength);
        bytes_ = 0;
        restedAt_ = Clock::now();
        ++count_;
    }

    std::uint64_t count() const noexcept { return count_; } ///< of rests so far

private:
    std::size_t bytes_ = 0;
    Clock::time_point restedAt_ = Clock::now();
    std::uint64_t count_ = 0;
};

} // namespace trellis::wire
