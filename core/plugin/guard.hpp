/// The exception barrier around every call into a plugin, and the door that closes when it stops.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <trellis/sdk/error.hpp>
#include <trellis/sdk/log.hpp>

#include "core/plugin/journal.hpp"

namespace trellis::plugin {

/// One per instance, shared by everything that may call it. Any thread.
class Guard {
public:
    struct Settings {
        std::string id;
        std::shared_ptr<Journal> journal;  ///< null: nothing is recorded
        std::size_t faultLimit = 5;
        std::chrono::milliseconds faultWindow{60'000};
        std::function<std::chrono::steady_clock::time_point()> now;
        /// Called once, when `faultLimit` faults fell into `faultWindow`; must not block.
        std::function<void(const std::string& sentence)> onTooMany;
    };
    explicit Guard(Settings settings);

    /// For work that nobody waits for (events, timers, posts): whatever it throws is a fault.
    /// Returns true if it ran to its end.
    template <class F> bool contain(std::string_view where, F&& work) noexcept {
        const Entry entry(*this, Entry::Kind::Call);
        if (!entry.isIn()) return false;
        return runContained(where, std::forward<F>(work));
    }
    /// The same, also while the plugin is being stopped: for telling its objects that they end.
    template <class F> bool teardown(std::string_view where, F&& work) noexcept {
        const Entry entry(*this, Entry::Kind::Teardown);
        if (!entry.isIn()) return false;
        return runContained(where, std::forward<F>(work));
    }
    /// For work that has a caller. Throws sdk::Error only: the plugin's own as it is; Internal with
    /// the trace id for any other exception, which is a fault; Unavailable when it is stopped.
    template <class F>
    auto request(std::string_view where, const std::string& traceId, F&& work) -> decltype(work()) {
        const Entry entry(*this, Entry::Kind::Call);
        if (!entry.isIn()) throwStopped();
        try {
            return std::forward<F>(work)();
        } catch (const sdk::Error&) {
            throw;
        } catch (...) {
            throwInternal(where, traceId, std::current_exception());
        }
    }

    /// Counts one fault and writes it to the log.
    void fault(std::string_view where, const std::string& what,
               const std::string& traceId = {}) noexcept;
    std::size_t faults() const noexcept { return total_; }

    /// From now on calls don't get in, teardown() does. Then nothing does.
    void closeForCalls() noexcept { door_ = Door::Teardown; }
    void close() noexcept;
    /// Waits until nobody is inside; false at the deadline.
    bool drain(std::chrono::steady_clock::time_point deadline);

    const std::string& id() const noexcept { return settings_.id; }
    std::uint32_t journalNumber() const noexcept { return number_; }
    /// Whether the calling thread runs code of a plugin, directly or further up its stack.
    static bool isInsideAny() noexcept { return innermost_ != nullptr; }

private:
    enum class Door : std::uint8_t { Open = 1, Teardown, Closed };

    class Entry {
    public:
        enum class Kind : std::uint8_t { Call = 1, Teardown };
        Entry(Guard& guard, Kind kind) noexcept;
        ~Entry();
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;
        bool isIn() const noexcept { return isIn_; }

    private:
        friend class Guard;
        Guard& guard_;
        const Entry* outer_;
        bool isIn_;
        JournalScope scope_;
    };
    static thread_local const Entry* innermost_;

    template <class F> bool runContained(std::string_view where, F&& work) noexcept {
        try {
            std::forward<F>(work)();
            return true;
        } catch (...) {
            containFault(where, std::current_exception());
            return false;
        }
    }
    bool enter(Entry::Kind kind) noexcept;
    void leave() noexcept;
    void containFault(std::string_view where, const std::exception_ptr& error) noexcept;
    [[noreturn]] void throwStopped() const;
    [[noreturn]] void throwInternal(std::string_view where, const std::string& traceId,
                                    const std::exception_ptr& error);
    bool isOneTooMany();

    const Settings settings_;
    const std::uint32_t number_;
    sdk::Counter& metric_;
    std::atomic<Door> door_{Door::Open};
    std::atomic<std::size_t> inside_{0};
    std::atomic<std::size_t> total_{0};
    std::mutex mutex_;
    std::condition_variable empty_;
    std::deque<std::chrono::steady_clock::time_point> recent_;
    bool isReported_ = false;
};

}  // namespace trellis::plugin
