/// Turns with a deadline: at most `places` holders at once.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace trellis::store {

class Turn {
public:
    explicit Turn(std::size_t places) : free_(places) {}

    /// False if none came free within `patience`.
    bool take(std::chrono::milliseconds patience) {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, patience, [&] { return free_ > 0; }))
            return false;
        --free_;
        return true;
    }
    void give() noexcept {
        {
            const std::lock_guard lock(mutex_);
            ++free_;
        }
        changed_.notify_one();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t free_;
};

/// Gives back what was taken.
class TurnGuard {
public:
    explicit TurnGuard(Turn& turn) : turn_(turn) {}
    ~TurnGuard() { turn_.give(); }
    TurnGuard(const TurnGuard&) = delete;
    TurnGuard& operator=(const TurnGuard&) = delete;

private:
    Turn& turn_;
};

} // namespace trellis::store
