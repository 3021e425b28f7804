/// What the plugin does with shares, for technicians and for guests.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <trellis/sdk/directory.hpp>
#include <trellis/sdk/host.hpp>

#include "share.hpp"
#include "share_store.hpp"

namespace sharing {

/// Any thread; blocks on the database. Who may call is decided by the callers, by rights.
class Shares {
public:
    using ClockMs = std::function<std::int64_t()>;
    Shares(trellis::sdk::Host& host, const trellis::sdk::DeviceDirectory& directory, ClockMs nowMs)
        : host_(host), directory_(directory), store_(host), nowMs_(std::move(nowMs)) {}

    /// Gives it an id, stores it and tells.
    void create(Share& share, const trellis::sdk::Caller& caller, const std::string& groupId);
    /// The document that was removed; ends the guests' sessions at once.
    std::optional<Share> revoke(const trellis::sdk::Caller& caller, const std::string& deviceId,
                                const std::string& groupId, const std::string& publicId);
    /// Those of a device, after dropping what is over.
    std::vector<Share> ofDevice(const std::string& deviceId);
    std::vector<Share> ofGroup(const std::string& groupId);
    void deviceRemoved(const std::string& deviceId);
    void dropExpired();

    std::string linkOf(const Share& share);

    /// The share of a guest's link. `isOver`: the link was good and its time has passed.
    struct Found {
        std::optional<Share> share;
        bool isOver = false;
    };
    Found byLink(const std::string& link);
    /// Whether the user in whose name it is may still share that.
    bool isBacked(const Share& share);
    /// Ends sessions whose share is gone, over or no longer backed.
    void cutStale();

    std::int64_t nowMs() const { return nowMs_(); }

private:
    void tellUpdate(const Share& share, const std::string& groupId);
    void tellAdded(const Share& share, const trellis::sdk::Caller& caller, const std::string& groupId);

    trellis::sdk::Host& host_;
    const trellis::sdk::DeviceDirectory& directory_;
    ShareStore store_;
    ClockMs nowMs_;
};

}  // namespace sharing
