/// Inside of a Loop; for core/net only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <sys/epoll.h>

#include <trellis/wire/bulk_rest.hpp>

#include "core/net/connection.hpp"
#include "core/net/loop.hpp"
#include "core/net/timer_wheel.hpp"

namespace trellis::net {

/// Runs `task`; an exception is logged and swallowed, so that it costs no loop.
void runGuarded(const Task& task) noexcept;
/// What follows each callback of user code: queued writes go out, closed connections are buried.
void afterCallback();

struct LoopImpl {
    explicit LoopImpl(std::string threadName);
    ~LoopImpl();

    /// Handshakes taken per round. One costs up to 2 ms of RSA, and what is established must not
    /// wait behind a whole storm of them.
    static constexpr std::size_t kHandshakesPerRound = 3;
    static constexpr std::size_t kEventsPerRound = 256;
    static constexpr std::size_t kScratch = 64 * 1024;

    void run(Loop& self);
    void round();
    void requestStop();
    void drain();         // see afterCallback()
    bool hasWork() const; // anything that must not wait for epoll
    void runPosted();
    void runReady();
    void runHandshakes();
    void closeAll();

    std::string name;
    bool isQuick = false; ///< set before the thread starts
    int epollFd = -1;
    int wakeFd = -1;
    std::thread thread;
    Clock::time_point now = Clock::now();
    TimerWheel wheel{now};

    std::mutex mutex; // guards posted, stopping
    std::vector<Task> posted;
    bool stopping = false;

    // Loop thread only, from here on.
    std::array<epoll_event, kEventsPerRound> events{};
    int eventCount = 0;
    int eventIndex = 0;
    std::uint64_t rounds = 0; // since the start; one that turns without work shows here
    wire::BulkRest bulkRest;
    std::vector<Task> deferred;
    std::vector<std::shared_ptr<Connection>> flushList;  // have queued writes
    std::vector<std::shared_ptr<Connection>> closeList;  // ended or moving away
    std::vector<std::shared_ptr<Connection>> readyList;  // have input without a new edge
    std::vector<std::shared_ptr<Connection>> handshakes; // wait for their turn
    Connection* connections = nullptr;                   // intrusive list of all, each self-owning
    std::unique_ptr<std::byte[]> scratch{new std::byte[kScratch]};
    bool draining = false;
};

} // namespace trellis::net
