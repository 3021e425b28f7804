/// Locks the screen of the session in which this process runs.
#pragma once

#include "agent/base/loop.hpp"
#include "agent/service/child.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace trellis::device::desktop {

/// Tries what this machine has for it, one after the other, until the screen is locked.
class Locker {
public:
    /// "" or a sentence that says why it can't be done.
    using Done = std::function<void(const std::string& problem)>;

    /// `isGrabbed`: does a program hold the keyboard, as every lock does?
    Locker(Loop& loop, std::function<bool()> isGrabbed);
    /// From the loop; `done` is called once, at the latest after kLongestLock. While one attempt runs, another
    /// gets its answer.
    void start(Done done);
    bool isBusy() const noexcept { return !waiting_.empty(); }

private:
    struct Way;
    static const std::vector<Way>& ways();
    void tryNext();
    void look();
    void finish(const std::string& problem);

    Loop& loop_;
    std::function<bool()> isGrabbed_;
    std::vector<Done> waiting_;
    std::size_t next_ = 0;       // way
    bool wasGrabbed_ = false;    // by a menu, or it is locked already: the keyboard tells nothing
    bool isAny_ = false;         // one was there to try
    Clock::time_point until_{};  // the way that is tried has so long
    std::shared_ptr<Child> child_;
    Timer timer_;
};

/// Ours: a dozen ways at most, most of which are not there or fail at once.
inline constexpr Milliseconds kLongestLock{12'000};

}  // namespace trellis::device::desktop
