/// Where the first end of a tunnel waits for the second.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace trellis::relay {

/// Exactly two ends for an id, then the id is taken until release(). Any thread.
template <class End> class WaitingRoom {
public:
    explicit WaitingRoom(std::size_t limit) : limit_(limit) {}

    enum class Outcome : std::uint8_t {
        Waits = 1, ///< first
        Paired,    ///< second; `partner` is the first
        Taken,     ///< third, or the id is in use by a running tunnel
        Full,
    };
    struct Entered {
        Outcome outcome = Outcome::Full;
        std::shared_ptr<End> partner;
    };
    Entered enter(const std::string& id, const std::shared_ptr<End>& end) {
        const std::scoped_lock lock(mutex_);
        const auto found = places_.find(id);
        if (found == places_.end()) {
            if (places_.size() >= limit_) return {Outcome::Full, nullptr};
            places_.emplace(id, Place{end, false});
            return {Outcome::Waits, nullptr};
        }
        auto& place = found->second;
        if (place.isPaired) return {Outcome::Taken, nullptr};
        place.isPaired = true;
        return {Outcome::Paired, std::exchange(place.first, nullptr)};
    }
    /// The first end gives up; does nothing once it is paired.
    void leave(const std::string& id, const End* end) {
        const std::scoped_lock lock(mutex_);
        const auto found = places_.find(id);
        if (found != places_.end() && found->second.first.get() == end) places_.erase(found);
    }
    /// The tunnel is over, its id is free again.
    void release(std::string_view id) {
        const std::scoped_lock lock(mutex_);
        const auto found = places_.find(id);
        if (found != places_.end() && found->second.isPaired) places_.erase(found);
    }
    std::size_t size() const {
        const std::scoped_lock lock(mutex_);
        return places_.size();
    }

private:
    struct Place {
        std::shared_ptr<End> first; // until it is paired
        bool isPaired = false;
    };
    const std::size_t limit_;
    mutable std::mutex mutex_; // guards places_
    std::map<std::string, Place, std::less<>> places_;
};

} // namespace trellis::relay
