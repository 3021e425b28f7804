/// The agent's only loop: descriptors (epoll), timers and work handed over from helper threads.
/// Everything but Mailbox belongs to the thread that calls run().
#pragma once

#include "agent/base/fd.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include <trellis/wire/bulk_rest.hpp>

namespace trellis::device {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

/// Where helper threads leave results; it outlives the loop, so that a late helper finds something.
class Mailbox {
public:
    Mailbox();
    /// Any thread. Ignored once the loop has gone.
    void post(std::function<void()> work);

private:
    friend class Loop;
    std::vector<std::function<void()>> take();
    void close();

    std::mutex mutex_;  // guards work_ and isOpen_
    std::vector<std::function<void()>> work_;
    bool isOpen_ = true;
    Fd event_;
};

class Loop {
public:
    /// Gets the EPOLL* bits that are set.
    using IoHandler = std::function<void(std::uint32_t)>;
    /// 0 is never a timer.
    using TimerId = std::uint64_t;

    /// Throws std::system_error if the kernel refuses a descriptor.
    Loop();
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    /// Level-triggered. `fd` stays the caller's, who calls unwatch() before closing it.
    /// Throws std::system_error if the descriptor can't be watched.
    void watch(int fd, std::uint32_t events, IoHandler handler);
    void modify(int fd, std::uint32_t events);
    void unwatch(int fd) noexcept;

    TimerId after(Milliseconds delay, std::function<void()> work);
    void cancel(TimerId id) noexcept;
    /// Runs `work` in the next round, from an empty stack.
    void post(std::function<void()> work);
    std::shared_ptr<Mailbox> mailbox() const { return mailbox_; }

    /// Until stop(). An exception from a handler leaves run().
    void run();
    /// One round; waits at most `longest`. For tests and nested waits.
    void runOnce(Milliseconds longest);
    void stop() noexcept { isRunning_ = false; }

    /// Bytes that went through a connection; after many of them the loop leaves its processor for a moment.
    void carried(std::size_t bytes) noexcept { bulkRest_.carried(bytes); }
    const wire::BulkRest& bulkRest() const noexcept { return bulkRest_; }

private:
    struct Watch {
        std::uint64_t serial;
        std::uint32_t events;
        IoHandler handler;
    };
    int waitTime(Milliseconds longest) const;
    void runTimers();
    void runPosted();

    Fd epoll_;
    std::uint64_t serial_ = 0;
    std::unordered_map<int, std::shared_ptr<Watch>> watches_;
    std::map<std::pair<Clock::time_point, TimerId>, std::function<void()>> timers_;
    std::unordered_map<TimerId, Clock::time_point> timerTimes_;
    std::vector<std::function<void()>> posted_;
    std::shared_ptr<Mailbox> mailbox_;
    wire::BulkRest bulkRest_;
    bool isRunning_ = false;
};

/// A timer that is cancelled with its owner.
class Timer {
public:
    explicit Timer(Loop& loop) : loop_(loop) {}
    ~Timer() { stop(); }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    /// Replaces what was planned before.
    void start(Milliseconds delay, std::function<void()> work);
    void stop() noexcept;
    bool isActive() const noexcept { return id_ != 0; }

private:
    Loop& loop_;
    Loop::TimerId id_ = 0;
};

}  // namespace trellis::device
