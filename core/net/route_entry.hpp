/// One registered route; for core/net only.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

#include "core/net/router.hpp"

namespace trellis::net {

/// Path of a route, taken apart.
struct RoutePattern {
    enum class Kind : std::uint8_t { Literal = 1, Name, Rest };
    struct Segment {
        Kind kind = Kind::Literal;
        std::string text; ///< the literal (decoded), or the parameter's name
    };
    std::vector<Segment> segments;

    /// Throws sdk::Error{InvalidArgument} saying what is wrong with `path`.
    static RoutePattern parse(const std::string& path);
    bool matches(const std::vector<std::string>& path) const noexcept;
    void collect(const std::vector<std::string>& path, Query& params) const;
    /// Orders by what wins: smaller is more specific.
    std::string rank() const;
};

struct Registration::Entry {
    RouteSpec spec; ///< of an upgrade route only path and runOn count
    RoutePattern pattern;
    bool isUpgrade = false;
    HttpHandler onRequest;
    UpgradeHandler onUpgrade;
    std::weak_ptr<void> table; ///< the Router::Table it is in

    /// True if a call may start; leave() must follow.
    bool enter() noexcept;
    void leave() noexcept;

    std::mutex mutex; // guards calls, isWithdrawn
    std::condition_variable idle;
    std::size_t calls = 0;
    bool isWithdrawn = false;
};

/// A running call of an entry's handler.
class RouteCall {
public:
    explicit RouteCall(Registration::Entry& entry) : entry_(entry), isIn_(entry.enter()) {}
    ~RouteCall() {
        if (isIn_)
            entry_.leave();
    }
    RouteCall(const RouteCall&) = delete;
    RouteCall& operator=(const RouteCall&) = delete;
    explicit operator bool() const noexcept { return isIn_; }

private:
    Registration::Entry& entry_;
    bool isIn_;
};

} // namespace trellis::net
