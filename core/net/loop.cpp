#include "core/net/loop.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>

#include "core/bus/short_turns.hpp"
#include "core/net/connection_impl.hpp"
#include "core/net/loop_impl.hpp"
#include "core/telemetry/log.hpp"

namespace trellis::net {

namespace {

thread_local Loop* currentLoop = nullptr;
constexpr Millis kLongestWait{60000};
constexpr int kPasses = 4;
constexpr int kQuickNice = -10;

} // namespace

void runGuarded(const Task& task) noexcept {
    try {
        task();
    } catch (const std::exception& e) {
        telemetry::log("net").error("a task on an I/O loop failed", {{"reason", e.what()}});
    } catch (...) {
        telemetry::log("net").error("a task on an I/O loop failed", {{"reason", "unknown"}});
    }
}

void afterCallback() {
    if (currentLoop)
        currentLoop->impl().drain();
}

LoopImpl::LoopImpl(std::string threadName) : name(std::move(threadName)) {
    epollFd = ::epoll_create1(EPOLL_CLOEXEC);
    wakeFd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (epollFd < 0 || wakeFd < 0)
        throw std::system_error(errno, std::generic_category(), "I/O loop");
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = nullptr;
    if (::epoll_ctl(epollFd, EPOLL_CTL_ADD, wakeFd, &event) != 0)
        throw std::system_error(errno, std::generic_category(), "I/O loop");
}

LoopImpl::~LoopImpl() {
    ::close(epollFd);
    ::close(wakeFd);
}

void LoopImpl::run(Loop& self) {
    currentLoop = &self;
    // Signals belong to the main thread; SIGPIPE stays pending here instead of ending the process.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
    if (isQuick) {
        // Linux gives every thread its own; without the right to it all are alike.
        static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kQuickNice));
        bus::askForShortTurns();
    }
    for (;;) {
        {
            const std::lock_guard lock(mutex);
            if (stopping)
                break;
        }
        round();
    }
    runPosted();
    closeAll();
    currentLoop = nullptr;
}

bool LoopImpl::hasWork() const {
    return !readyList.empty() || !handshakes.empty() || !deferred.empty() || !flushList.empty() ||
           !closeList.empty();
}

void LoopImpl::round() {
    ++rounds;
    Millis wait(0);
    if (!hasWork())
        wait = wheel.idleTime(Clock::now(), kLongestWait);
    eventCount = ::epoll_wait(epollFd, events.data(), static_cast<int>(events.size()),
                              static_cast<int>(wait.count()));
    now = Clock::now();
    bool isWoken = false;
    for (eventIndex = 0; eventIndex < eventCount; ++eventIndex) {
        const auto& event = events[static_cast<std::size_t>(eventIndex)];
        if (event.data.ptr == nullptr) {
            isWoken = isWoken || event.events != 0;
            continue;
        }
        static_cast<IoHandler*>(event.data.ptr)->onEvents(event.events);
        drain();
    }
    eventCount = eventIndex = 0;
    wheel.advance(now);
    if (isWoken) {
        std::uint64_t count = 0;
        [[maybe_unused]] const auto got = ::read(wakeFd, &count, sizeof count);
        runPosted();
    }
    runReady();
    runHandshakes();
    drain();
    if (!isQuick)
        bulkRest.restIfDue();
}

void LoopImpl::runPosted() {
    std::vector<Task> tasks;
    {
        const std::lock_guard lock(mutex);
        tasks.swap(posted);
    }
    for (const auto& task : tasks) {
        runGuarded(task);
        drain();
    }
}

void LoopImpl::runReady() {
    std::vector<std::shared_ptr<Connection>> list;
    list.swap(readyList);
    for (const auto& connection : list) {
        connection->impl().onReady();
        drain();
    }
}

void LoopImpl::runHandshakes() {
    const auto count = std::min(handshakes.size(), kHandshakesPerRound);
    for (std::size_t i = 0; i < count; ++i) {
        const auto connection = handshakes[i];
        connection->impl().onHandshakeTurn();
        drain();
    }
    handshakes.erase(handshakes.begin(), handshakes.begin() + static_cast<std::ptrdiff_t>(count));
}

void LoopImpl::drain() {
    if (draining)
        return;
    draining = true;
    // Not to the end: a body that is produced as fast as its client reads would never let go.
    for (int pass = 0; pass < kPasses; ++pass) {
        if (flushList.empty() && closeList.empty() && deferred.empty())
            break;
        std::vector<std::shared_ptr<Connection>> list;
        list.swap(flushList);
        for (const auto& connection : list)
            connection->impl().onFlushTurn();
        list.clear();
        list.swap(closeList);
        for (const auto& connection : list)
            connection->impl().onCloseTurn();
        std::vector<Task> tasks;
        tasks.swap(deferred);
        for (const auto& task : tasks)
            runGuarded(task);
    }
    draining = false;
}

void LoopImpl::closeAll() {
    while (connections) {
        connections->abort("the server stops", CloseReason::Kind::Shutdown);
        drain();
    }
    readyList.clear();
    handshakes.clear();
    while (!flushList.empty() || !closeList.empty() || !deferred.empty())
        drain();
}

void LoopImpl::requestStop() {
    const std::lock_guard lock(mutex);
    stopping = true;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto put = ::write(wakeFd, &one, sizeof one);
}

Loop::Loop(std::string name) : impl_(std::make_unique<LoopImpl>(std::move(name))) {}
Loop::~Loop() = default;

bool Loop::post(Task task) {
    auto& impl = *impl_;
    bool wasEmpty = false;
    {
        const std::lock_guard lock(impl.mutex);
        if (impl.stopping)
            return false;
        wasEmpty = impl.posted.empty();
        impl.posted.push_back(std::move(task));
    }
    if (wasEmpty) {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto put = ::write(impl.wakeFd, &one, sizeof one);
    }
    return true;
}

bool Loop::isCurrent() const noexcept {
    return currentLoop == this;
}

Loop* Loop::current() noexcept {
    return currentLoop;
}

const std::string& Loop::name() const noexcept {
    return impl_->name;
}

Clock::time_point Loop::now() const noexcept {
    return impl_->now;
}

void Loop::watch(int fd, std::uint32_t epollEvents, IoHandler& handler) {
    epoll_event event{};
    event.events = epollEvents;
    event.data.ptr = &handler;
    if (::epoll_ctl(impl_->epollFd, EPOLL_CTL_ADD, fd, &event) != 0)
        throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

void Loop::unwatch(int fd, IoHandler& handler) noexcept {
    ::epoll_ctl(impl_->epollFd, EPOLL_CTL_DEL, fd, nullptr);
    // Events of this round that were not handled yet must not reach it any more.
    for (int i = impl_->eventIndex; i < impl_->eventCount; ++i) {
        auto& event = impl_->events[static_cast<std::size_t>(i)];
        if (event.data.ptr == &handler) {
            event.data.ptr = nullptr;
            event.events = 0;
        }
    }
}

void Loop::defer(Task task) {
    impl_->deferred.push_back(std::move(task));
}

struct Loops::Group {
    std::vector<std::unique_ptr<Loop>> all; ///< the quick ones last
    std::size_t count = 0;                  ///< without the quick ones
    std::atomic<std::size_t> turn{0};
    std::atomic<std::size_t> quickTurn{0};
};

Loops::Loops(std::size_t count, std::string name, std::size_t quick)
    : group_(std::make_shared<Group>()) {
    if (count == 0)
        count = std::max(1u, std::thread::hardware_concurrency());
    group_->count = count;
    const auto add = [this](std::string threadName, bool isQuick) {
        group_->all.push_back(std::unique_ptr<Loop>(new Loop(std::move(threadName))));
        group_->all.back()->impl().isQuick = isQuick;
    };
    for (std::size_t i = 0; i < count; ++i)
        add(name + "-" + std::to_string(i), false);
    for (std::size_t i = 0; i < quick; ++i)
        add(name + "-quick-" + std::to_string(i), true);
    for (const auto& loop : group_->all)
        loop->impl().thread = std::thread([&self = *loop] { self.impl().run(self); });
}

Loops::~Loops() {
    stop();
}

Loop& Loops::next() noexcept {
    return *group_->all[group_->turn.fetch_add(1, std::memory_order_relaxed) % group_->count];
}

Loop& Loops::quick() noexcept {
    const auto quick = group_->all.size() - group_->count;
    if (quick == 0)
        return next();
    const auto turn = group_->quickTurn.fetch_add(1, std::memory_order_relaxed);
    return *group_->all[group_->count + turn % quick];
}

Loop& Loops::at(std::size_t index) noexcept {
    return *group_->all[index];
}

std::size_t Loops::size() const noexcept {
    return group_->count;
}

void Loops::stop() noexcept {
    for (const auto& loop : group_->all)
        loop->impl().requestStop();
    for (const auto& loop : group_->all)
        if (loop->impl().thread.joinable())
            loop->impl().thread.join();
}

std::shared_ptr<void> Loops::keepAlive() const noexcept {
    return group_;
}

} // namespace trellis::net
