#include "agent/base/loop.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace trellis::device {
namespace {
constexpr int kEventsPerRound = 32;

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}
}  // namespace

Mailbox::Mailbox() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!event_) fail("eventfd");
}

void Mailbox::post(std::function<void()> work) {
    const std::lock_guard lock(mutex_);
    if (!isOpen_) return;
    work_.push_back(std::move(work));
    const std::uint64_t one = 1;
    // Fails only when the counter is full, and then the loop is awake anyway.
    [[maybe_unused]] const auto written = ::write(event_.get(), &one, sizeof one);
}

std::vector<std::function<void()>> Mailbox::take() {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(event_.get(), &count, sizeof count);
    const std::lock_guard lock(mutex_);
    return std::exchange(work_, {});
}

void Mailbox::close() {
    const std::lock_guard lock(mutex_);
    isOpen_ = false;
    work_.clear();
}

Loop::Loop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), mailbox_(std::make_shared<Mailbox>()) {
    if (!epoll_) fail("epoll_create1");
    watch(mailbox_->event_.get(), EPOLLIN, [this](std::uint32_t) {
        for (auto& work : mailbox_->take()) work();
    });
}

Loop::~Loop() {
    mailbox_->close();
    // What they own may call unwatch() or cancel() when it goes, so it goes while the members stand.
    const auto watches = std::exchange(watches_, {});
    const auto timers = std::exchange(timers_, {});
    const auto posted = std::exchange(posted_, {});
}

void Loop::watch(int fd, std::uint32_t events, IoHandler handler) {
    const auto entry = std::make_shared<Watch>(Watch{++serial_, events, std::move(handler)});
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
    watches_[fd] = entry;
}

void Loop::modify(int fd, std::uint32_t events) {
    const auto found = watches_.find(fd);
    if (found == watches_.end() || found->second->events == events) return;
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) != 0) fail("epoll_ctl");
    found->second->events = events;
}

void Loop::unwatch(int fd) noexcept {
    const auto found = watches_.find(fd);
    if (found == watches_.end()) return;
    const auto entry = std::move(found->second);  // its end may come back here
    watches_.erase(found);
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

Loop::TimerId Loop::after(Milliseconds delay, std::function<void()> work) {
    const auto id = ++serial_;
    const auto when = Clock::now() + std::max(delay, Milliseconds(0));
    timers_.emplace(std::pair(when, id), std::move(work));
    timerTimes_.emplace(id, when);
    return id;
}

void Loop::cancel(TimerId id) noexcept {
    const auto found = timerTimes_.find(id);
    if (found == timerTimes_.end()) return;
    timers_.erase({found->second, id});
    timerTimes_.erase(found);
}

void Loop::post(std::function<void()> work) { posted_.push_back(std::move(work)); }

int Loop::waitTime(Milliseconds longest) const {
    if (!posted_.empty()) return 0;
    auto wait = longest;
    if (!timers_.empty()) {
        const auto left = timers_.begin()->first.first - Clock::now();
        // Rounded up: waking a fraction early would spin until the time has come.
        wait = std::min(wait, std::chrono::ceil<Milliseconds>(left));
    }
    return static_cast<int>(std::clamp<std::int64_t>(wait.count(), 0, 3600'000));
}

void Loop::runTimers() {
    const auto now = Clock::now();
    // Timers set by these timers wait for the next round, so that they can't starve the descriptors.
    const auto last = serial_;
    while (!timers_.empty()) {
        const auto first = timers_.begin();
        if (first->first.first > now || first->first.second > last) return;
        const auto work = std::move(first->second);
        timerTimes_.erase(first->first.second);
        timers_.erase(first);
        work();
    }
}

void Loop::runPosted() {
    const auto work = std::exchange(posted_, {});
    for (const auto& each : work) each();
}

void Loop::runOnce(Milliseconds longest) {
    std::array<epoll_event, kEventsPerRound> events{};
    const auto count =
        ::epoll_wait(epoll_.get(), events.data(), kEventsPerRound, waitTime(longest));
    if (count < 0 && errno != EINTR) fail("epoll_wait");
    // Serials tell a descriptor number that was closed and reused within this round from the old one.
    const auto newest = serial_;
    for (int i = 0; i < count; ++i) {
        const auto& event = events[static_cast<std::size_t>(i)];
        const auto found = watches_.find(event.data.fd);
        if (found == watches_.end() || found->second->serial > newest) continue;
        const auto entry = found->second;  // keeps the handler alive while it unwatches itself
        entry->handler(event.events);
    }
    runTimers();
    runPosted();
    bulkRest_.restIfDue();
}

void Loop::run() {
    isRunning_ = true;
    while (isRunning_) runOnce(Milliseconds(3600'000));
}

void Timer::start(Milliseconds delay, std::function<void()> work) {
    stop();
    id_ = loop_.after(delay, [this, work = std::move(work)] {
        id_ = 0;
        work();
    });
}

void Timer::stop() noexcept {
    if (id_ != 0) loop_.cancel(std::exchange(id_, 0));
}

}  // namespace trellis::device
