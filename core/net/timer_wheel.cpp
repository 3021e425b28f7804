#include "core/net/timer_wheel.hpp"

#include <algorithm>

#include "core/net/loop_impl.hpp"

namespace trellis::net {

TimerWheel::~TimerWheel() {
    const auto drop = [](Timer*& slot) {
        while (slot)
            unlink(*slot);
    };
    for (auto& slot : near_)
        drop(slot);
    for (auto& level : far_)
        for (auto& slot : level)
            drop(slot);
}

std::uint64_t TimerWheel::tickOf(Clock::time_point time) const noexcept {
    return time <= start_ ? 0 : static_cast<std::uint64_t>((time - start_) / kTick);
}

void TimerWheel::arm(Timer& timer, Clock::time_point due, Task onExpire) {
    unlink(timer);
    timer.onExpire_ = std::make_shared<const Task>(std::move(onExpire));
    add(timer, due);
}

void TimerWheel::add(Timer& timer, Clock::time_point due) {
    // Rounded up, so that a timer is never early.
    timer.dueTick_ = std::max(tickOf(due + kTick - Clock::duration(1)), current_ + 1);
    timer.wheel_ = this;
    ++count_;
    place(timer);
}

void TimerWheel::place(Timer& timer) noexcept {
    const auto due = std::min(timer.dueTick_, current_ + kSpan - 1);
    const auto distance = due - current_;
    Timer** slot = nullptr;
    if (distance < near_.size()) {
        slot = &near_[due % near_.size()];
    } else {
        unsigned level = 0;
        unsigned shift = kBits0;
        while (distance >= 1ull << (shift + kBits)) {
            ++level;
            shift += kBits;
        }
        slot = &far_[level][(due >> shift) % (1u << kBits)];
    }
    timer.previousNext_ = slot;
    timer.next_ = *slot;
    if (timer.next_)
        timer.next_->previousNext_ = &timer.next_;
    *slot = &timer;
}

void TimerWheel::unlink(Timer& timer) noexcept {
    if (!timer.previousNext_)
        return;
    *timer.previousNext_ = timer.next_;
    if (timer.next_)
        timer.next_->previousNext_ = timer.previousNext_;
    timer.next_ = nullptr;
    timer.previousNext_ = nullptr;
    --timer.wheel_->count_;
}

void TimerWheel::cascade() {
    unsigned shift = kBits0;
    for (auto& level : far_) {
        auto& slot = level[(current_ >> shift) % level.size()];
        Timer* list = slot;
        slot = nullptr;
        while (list) {
            Timer& timer = *list;
            list = timer.next_;
            place(timer);
        }
        shift += kBits;
        if ((current_ >> (shift - kBits)) % level.size() != 0)
            return;
    }
}

void TimerWheel::runSlot(Timer*& slot) {
    while (slot) {
        Timer& timer = *slot;
        unlink(timer);
        if (timer.dueTick_ > current_) { // was beyond the wheel's span
            ++count_;
            place(timer);
            continue;
        }
        const auto callback = timer.onExpire_; // the timer may not survive its callback
        runGuarded(*callback);
        afterCallback();
    }
}

void TimerWheel::advance(Clock::time_point now) {
    const auto target = tickOf(now);
    while (current_ < target) {
        if (count_ == 0) {
            current_ = target;
            return;
        }
        ++current_;
        if (current_ % near_.size() == 0)
            cascade();
        runSlot(near_[current_ % near_.size()]);
    }
}

Millis TimerWheel::idleTime(Clock::time_point now, Millis longest) const noexcept {
    if (count_ == 0)
        return longest;
    // Only level 0 is looked at: at its end the wheel has to turn anyway.
    auto tick = current_ + 1;
    while (tick % near_.size() != 0 && !near_[tick % near_.size()])
        ++tick;
    const auto due = start_ + kTick * static_cast<std::int64_t>(tick);
    if (due <= now)
        return Millis(0);
    return std::min(longest, std::chrono::ceil<Millis>(due - now));
}

void Timer::arm(Loop& loop, Millis delay, Task onExpire) {
    loop.impl().wheel.arm(*this, Clock::now() + delay, std::move(onExpire));
}

void Timer::rearm(Loop& loop, Millis delay) {
    cancel();
    loop.impl().wheel.add(*this, Clock::now() + delay);
}

void Timer::cancel() noexcept {
    TimerWheel::unlink(*this);
}

} // namespace trellis::net
