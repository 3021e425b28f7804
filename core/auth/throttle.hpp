/// Slows down guessing, per account and per address, on every door (control-protocol.md
/// section 1.12).
#pragma once

#include "core/store/clock.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace trellis::auth {

struct ThrottleOptions {
    std::chrono::minutes window{10}; ///< `maxinvalidlogin.time`
    std::size_t perAddress = 10;     ///< `maxinvalidlogin.count`
    std::size_t perAccount =
        20; ///< over all addresses; higher, so that a stranger cannot easily lock one out
    std::chrono::minutes coolOff{0}; ///< 0: until old failures leave the window
    std::size_t maxEntries =
        50'000; ///< per table; when full, the entry that failed longest ago goes
};

struct ThrottleAnswer {
    bool isBlocked = false;
    std::chrono::seconds retryAfter{0};
};

/// "203.0.113.*" for IPv4 (/24, as MeshCentral), the /64 for IPv6 (one customer has at least that),
/// IPv4-mapped addresses as IPv4. Loopback is not grouped. Text that is no address is used as it
/// is, cut to 64 bytes.
std::string addressKey(std::string_view address);

/// Any thread, never blocks on anything but its own lock.
class Throttle {
public:
    explicit Throttle(ThrottleOptions options, store::Clock clock = store::systemClock());
    ~Throttle();
    /// Ask before looking at the secret. An empty account or address is not looked at.
    ThrottleAnswer check(std::string_view account, std::string_view address) const;
    void failed(std::string_view account, std::string_view address);
    /// Forgets the account's failures, and not the address's: one good account must not launder
    /// guesses.
    void succeeded(std::string_view account);
    std::size_t entryCount() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace trellis::auth
