/// Time-based one-time passwords (RFC 6238 over RFC 4226), as authenticator apps make them:
/// HMAC-SHA-1, 6 digits, steps of 30 seconds. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trellis::twofactor {

inline constexpr std::int64_t kStepSeconds = 30;
/// Steps that the device's clock may be off, either way (control-protocol specification,
/// section 1.8).
inline constexpr std::int64_t kWindow = 2;

/// RFC 4648 section 6, either case; spaces and padding are passed over, as people type it. Nothing
/// for other characters, and for fewer than 10 or more than 128 bytes (RFC 4226 section 4, R6, asks
/// for 16; MeshCentral makes 10).
std::optional<std::string> fromBase32(std::string_view text);
std::string toBase32(std::string_view bytes);

/// Six digits (RFC 4226 section 5.3). Throws std::runtime_error if OpenSSL can't.
std::string hotp(std::string_view key, std::uint64_t counter);

/// What is stored of an authenticator: its secret, and the last step of which a code was accepted.
struct Authenticator {
    std::string base32;
    std::int64_t lastStep = 0;

    static Authenticator parse(std::string_view stored); ///< "<base32>" or "<base32>|<step>"
    std::string text() const;
    /// Accepts a code of the steps around `nowS` (seconds since 1970) that is newer than lastStep,
    /// and moves lastStep there: a code counts once.
    bool accept(std::string_view code, std::int64_t nowS);
};

/// A new secret: 20 random bytes in base32 (32 characters).
std::string newSecret();

} // namespace trellis::twofactor
