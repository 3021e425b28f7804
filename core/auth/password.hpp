/// How passwords are stored and checked. Both functions take about 50 ms of CPU and 19 MiB: worker
/// pool.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace trellis::auth {

/// Longer ones are refused before any work is done (control-protocol.md section 3.1: 256
/// characters).
inline constexpr std::size_t kMaxPasswordBytes = 1024;

/// argon2id (RFC 9106), parameters in password.cpp, as the encoded string `$argon2id$v=19$...`.
/// Throws InvalidArgument over the limit.
std::string hashPassword(std::string_view password);

struct PasswordCheck {
    bool isRight = false;
    bool needsUpgrade = false; ///< right, but stored in an older form: store hashPassword() again
};

/// Checks against what is stored: argon2id, or MeshCentral's PBKDF2 (see fromMeshCentral). An empty
/// or unknown form takes as long as argon2id and is never right.
PasswordCheck checkPassword(std::string_view stored, std::string_view password);

/// The stored form of MeshCentral's `salt` and `hash` members (control-protocol.md section 1.13):
/// PBKDF2, HMAC-SHA-384, 12000 rounds, 128 bytes, the salt's base64 text being the salt.
/// Throws InvalidArgument if they are not that.
std::string fromMeshCentral(std::string_view saltBase64, std::string_view hashBase64);

} // namespace trellis::auth
