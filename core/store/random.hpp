/// Random bytes and the text forms that carry them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace trellis::store {

/// `count` bytes from OpenSSL's generator. Throws sdk::Error Unavailable if it has none.
std::string randomBytes(std::size_t count);

/// Standard base64 (RFC 4648 section 4) with padding.
std::string base64(std::string_view bytes);
/// RFC 4648 section 5 without padding.
std::string base64Url(std::string_view bytes);
/// Strict: no white space, correct padding, zero trailing bits.
std::optional<std::string> fromBase64(std::string_view text);
std::optional<std::string> fromBase64Url(std::string_view text);
std::string hex(std::string_view bytes);
std::optional<std::string> fromHex(std::string_view text);

/// SHA-256 as 64 hex digits; what is stored in place of a bearer secret.
std::string sha256Hex(std::string_view bytes);
/// HMAC-SHA-256 (RFC 2104), 32 bytes.
std::string hmacSha256(std::string_view key, std::string_view bytes);

/// Takes the same time whatever the contents; lengths are not secret.
bool equalInConstantTime(std::string_view a, std::string_view b) noexcept;
/// Overwrites and empties.
void wipe(std::string& secret) noexcept;

} // namespace trellis::store
