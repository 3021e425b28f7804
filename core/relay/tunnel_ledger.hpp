/// Tunnels that were announced and are awaited: which ids, for whom, to which device.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "core/relay/tunnel_registry.hpp"
#include <trellis/sdk/guest.hpp>
#include <trellis/sdk/request.hpp>

namespace trellis::relay {

/// What a guest may have at most, and the secret by which he comes in. Immutable, shared.
struct GuestTerms {
    sdk::GuestTunnel wanted; ///< `ticket` with the plugin's id in front
    std::string secret;      ///< 64 hex digits; the guest's browser shows it, nobody else is told
};
using GuestTermsPtr = std::shared_ptr<const GuestTerms>;

/// One announced tunnel. Immutable, shared.
struct Announced {
    std::string id;
    std::string secret; ///< 64 hex digits; the device shows it, nobody else is told
    GuestTermsPtr guest{}; ///< null: the viewer is the user himself
    bool isOwn = false;    ///< the viewer is a plugin, see own_viewers.hpp
    sdk::Caller caller;
    std::string deviceId;
    std::uint32_t deviceRights = 0;
    std::uint16_t protocol = 0;
    std::shared_ptr<const TunnelKind> kind;
    std::chrono::steady_clock::time_point until;
};
using AnnouncedPtr = std::shared_ptr<const Announced>;

/// Any thread. Entries that nobody came for are dropped at their time.
class TunnelLedger {
public:
    using Clock = std::chrono::steady_clock;
    static constexpr std::size_t kMaxEntries = 10000;
    static constexpr std::size_t kMaxPerUser = 100;
    static constexpr std::size_t kMaxPerGuest = 20; ///< of one ticket

    explicit TunnelLedger(std::function<Clock::time_point()> now = &Clock::now);

    /// Notes a tunnel for `validFor` from now. Throws sdk::Error: {Conflict} if the id is awaited
    /// already, {Unavailable} at a limit.
    AnnouncedPtr announce(Announced entry, std::chrono::milliseconds validFor);
    AnnouncedPtr find(std::string_view id);
    /// find(), and the entry is used up: of several callers one gets it.
    AnnouncedPtr take(std::string_view id);
    /// Forgets those of which `isDoomed` says so; returns how many.
    std::size_t forget(const std::function<bool(const Announced&)>& isDoomed);
    std::size_t size();

    static std::string newId();     ///< 64 hex digits, 256 random bits
    static std::string newSecret(); ///< the same

private:
    void dropExpired();

    std::function<Clock::time_point()> now_;
    std::mutex mutex_; // guards all below
    std::map<std::string, AnnouncedPtr, std::less<>> entries_;
    std::multimap<Clock::time_point, std::string> order_;
};

} // namespace trellis::relay
