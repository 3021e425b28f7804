/// I/O loops: one thread, one epoll and one timer wheel each.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace trellis::net {

using Clock = std::chrono::steady_clock;
using Millis = std::chrono::milliseconds;
using Task = std::function<void()>;

/// Runs a task somewhere where blocking is allowed (the worker pool). Must not run it inline.
/// Throws sdk::Error{Unavailable} when its queue is full.
using Executor = std::function<void(Task)>;

class Loop;
class TimerWheel;
struct LoopImpl;

/// What epoll reports for a descriptor. Edge-triggered: read and write until EAGAIN.
class IoHandler {
public:
    virtual ~IoHandler() = default;
    virtual void onEvents(std::uint32_t epollEvents) = 0;
};

/// A deadline on a loop. Arm, re-arm and cancel are O(1), so one per connection is cheap.
/// Loop thread only. Resolution 10 ms, never early. The destructor cancels.
class Timer {
public:
    Timer() = default;
    ~Timer() { cancel(); }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    /// Calls `onExpire` once after `delay`; replaces what was armed before.
    void arm(Loop& loop, Millis delay, Task onExpire);
    /// Arms again with the callback given before; arm() must have been called once.
    void rearm(Loop& loop, Millis delay);
    void cancel() noexcept;
    bool isArmed() const noexcept { return previousNext_ != nullptr; }

private:
    friend class TimerWheel;
    Timer** previousNext_ = nullptr; // where the pointer to this node is kept; null if not armed
    Timer* next_ = nullptr;
    TimerWheel* wheel_ = nullptr;
    std::uint64_t dueTick_ = 0;
    std::shared_ptr<const Task> onExpire_;
};

/// One I/O thread. Made by Loops and kept alive by everything that lives on it.
class Loop {
public:
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;
    ~Loop();

    /// Runs `task` on this loop's thread, in order of posting. Any thread. Returns false (and drops
    /// the task) once the loop has stopped. Exceptions out of a task are logged and swallowed.
    bool post(Task task);
    bool isCurrent() const noexcept;          ///< is this its thread? Any thread.
    static Loop* current() noexcept;          ///< the loop of the calling thread, or null
    const std::string& name() const noexcept; ///< also the thread's name

    // Loop thread only, from here on.
    Clock::time_point now() const noexcept; ///< time at the start of this round
    void watch(int fd, std::uint32_t epollEvents, IoHandler& handler); ///< throws on failure
    void unwatch(int fd, IoHandler& handler) noexcept;
    /// Runs after the current event or task, before the loop waits again; may be called from there.
    void defer(Task task);

    LoopImpl& impl() noexcept { return *impl_; } ///< for core/net itself

private:
    friend class Loops;
    explicit Loop(std::string name);
    std::unique_ptr<LoopImpl> impl_;
};

/// All I/O loops of the server. Connections may move between the loops of one group only.
class Loops {
public:
    /// `count` 0: one per core. Threads are named "<name>-0", "<name>-1", ... and block all
    /// signals. `quick` more, "<name>-quick-0" ..., take no part in next().
    explicit Loops(std::size_t count = 0, std::string name = "io", std::size_t quick = 0);
    ~Loops(); ///< stop()
    Loops(const Loops&) = delete;
    Loops& operator=(const Loops&) = delete;

    Loop& next() noexcept; ///< round robin. Any thread.
    /// Round robin of the quick ones, where connections go (moveTo) whose short messages must not wait
    /// behind somebody's bulk data; next() if there are none. Where the system allows it (setpriority(2):
    /// CAP_SYS_NICE, or RLIMIT_NICE of 30) they are also first to get a processor; and the other loops leave
    /// theirs for a moment after each millisecond of bulk data (trellis/wire/bulk_rest.hpp). Any thread.
    Loop& quick() noexcept;
    Loop& at(std::size_t index) noexcept;
    std::size_t size() const noexcept; ///< without the quick ones
    /// Closes every connection (onClose runs), drops waiting tasks and timers, joins. Not from a
    /// loop.
    void stop() noexcept;
    /// Keeps the loops' memory (not their threads) alive; what is held by every connection.
    std::shared_ptr<void> keepAlive() const noexcept;

private:
    struct Group;
    std::shared_ptr<Group> group_;
};

} // namespace trellis::net
