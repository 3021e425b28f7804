/// Devices that need no second factor for a while (control-protocol specification, section 1.8,
/// `cookie=`). Stored are hashes: `[{"h": "<hex of SHA-256>", "e": <seconds>}, ...]`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <trellis/sdk/json.hpp>

namespace trellis::twofactor {

class RememberedDevices {
public:
    static constexpr std::size_t kMost = 10;  ///< then the oldest is forgotten
    static constexpr std::int64_t kDays = 30; ///< what close messages announce (section 1.7)

    /// Whatever is not an entry in `stored`, or has expired, is left out; "" holds none.
    static RememberedDevices parse(std::string_view stored, std::int64_t nowS);

    /// Remembers one more; what it has to show, 64 hex digits of 256 random bits.
    std::string add(std::int64_t nowS);
    bool knows(std::string_view token) const;
    std::string text() const; ///< "" if there are none

private:
    sdk::json::array entries_;
};

} // namespace trellis::twofactor
