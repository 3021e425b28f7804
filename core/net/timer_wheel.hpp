/// Timers of one loop: a hierarchical wheel, so that arming and cancelling cost the same for one
/// connection as for 100,000.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/net/loop.hpp"

namespace trellis::net {

/// Time is counted in ticks of kTick since the wheel was made. Loop thread only.
class TimerWheel {
public:
    static constexpr Millis kTick{10};

    explicit TimerWheel(Clock::time_point start) : start_(start) {}
    ~TimerWheel();
    TimerWheel(const TimerWheel&) = delete;
    TimerWheel& operator=(const TimerWheel&) = delete;

    void arm(Timer& timer, Clock::time_point due, Task onExpire);
    void add(Timer& timer, Clock::time_point due); ///< with the callback it has
    /// Runs every timer due at `now`. Callbacks may arm, cancel and destroy any timer.
    void advance(Clock::time_point now);
    /// How long nothing can become due, at most `longest`.
    Millis idleTime(Clock::time_point now, Millis longest) const noexcept;
    std::size_t size() const noexcept { return count_; }

    static void unlink(Timer& timer) noexcept;

private:
    // Level 0 holds the next 256 ticks one by one; each slot of level n covers 64 times as much as
    // one of the level below. Together 7.7 days, later timers wait in the last slot and move on.
    static constexpr unsigned kBits0 = 8, kBits = 6, kLevels = 4;
    static constexpr std::uint64_t kSpan = 1ull << (kBits0 + (kLevels - 1) * kBits);

    std::uint64_t tickOf(Clock::time_point time) const noexcept;
    void place(Timer& timer) noexcept;
    void cascade();
    void runSlot(Timer*& slot);

    Clock::time_point start_;
    std::uint64_t current_ = 0; // ticks up to and including this one have been run
    std::size_t count_ = 0;
    std::array<Timer*, 1u << kBits0> near_{};
    std::array<std::array<Timer*, 1u << kBits>, kLevels - 1> far_{};
};

} // namespace trellis::net
