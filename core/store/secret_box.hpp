/// Encryption of secrets at rest, with a key that is not in the database.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace trellis::store {

/// AES-256-GCM (NIST SP 800-38D) with a random 96-bit IV per value. Any thread.
class SecretBox {
public:
    static constexpr std::size_t kKeySize = 32;

    /// Reads the key file, or makes it (64 hex digits, mode 0600) if there is none.
    /// Throws Unavailable if it cannot be read or made, Conflict if it is not a key or if others
    /// than its owner may read it.
    static SecretBox fromFile(const std::filesystem::path& path);
    explicit SecretBox(const std::array<unsigned char, kKeySize>& key);
    ~SecretBox();
    SecretBox(const SecretBox&) = default;
    SecretBox& operator=(const SecretBox&) = delete;

    /// "v1:" + base64(IV 12 | tag 16 | ciphertext). `context` (for example the settings key) is
    /// authenticated: a value copied to another place does not open there.
    std::string seal(std::string_view plain, std::string_view context) const;
    /// Throws Conflict when it was changed, cut, or sealed with another key or context.
    std::string open(std::string_view sealed, std::string_view context) const;

private:
    std::array<unsigned char, kKeySize> key_;
};

/// DATA/secret.key
std::filesystem::path secretKeyPath(const std::filesystem::path& dataDirectory);

} // namespace trellis::store
