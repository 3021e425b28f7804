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
    bool isLast = false; ///< of attempt(): this one was let through, the next one will not be
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
    /// Blocked or not, counting nothing. An empty account or address is not looked at.
    ThrottleAnswer check(std::string_view account, std::string_view address) const;
    /// For a guess: counts it as failed beforehand, unless it is blocked, so that many guesses at
    /// once get no further than one after the other. Then one of withdraw() and succeeded(), or
    /// nothing.
    ThrottleAnswer attempt(std::string_view account, std::string_view address);
    /// It was no wrong guess (a second factor is still missing).
    void withdraw(std::string_view account, std::string_view address);
    /// Forgets the account's failures and this attempt, but not the address's other failures: one
    /// good account must not launder guesses at others. From then on this address is known to the
    /// account, and a stranger's guesses can't lock its owner out there.
    void succeeded(std::string_view account, std::string_view address);
    /// A failure that was not announced by attempt().
    void failed(std::string_view account, std::string_view address);
    std::size_t entryCount() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace trellis::auth
