/// Shares in the database.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <trellis/sdk/host.hpp>
#include <trellis/sdk/registrar.hpp>

#include "share.hpp"

namespace sharing {

/// Any thread; everything blocks and throws as Host::database() does. Its own tables only.
class ShareStore {
public:
    static constexpr std::size_t kMaxPerDevice = 100;
    static constexpr std::size_t kMaxShares = 10'000;

    explicit ShareStore(trellis::sdk::Host& host) : host_(host) {}
    static trellis::sdk::Migration migration();

    /// Throws Error{Unavailable} at a limit.
    void add(const Share& share);
    std::optional<Share> find(const std::string& publicId);
    /// Oldest first.
    std::vector<Share> ofDevice(const std::string& deviceId);
    std::vector<Share> all();
    /// False if there was none with this id on this device.
    bool remove(const std::string& deviceId, const std::string& publicId);
    void removeDevice(const std::string& deviceId);
    /// Those that ended before `nowMs`; of one device, or with "" of all. Returns how many.
    std::size_t removeExpired(const std::string& deviceId, std::int64_t nowMs);

private:
    trellis::sdk::Host& host_;
};

}  // namespace sharing
