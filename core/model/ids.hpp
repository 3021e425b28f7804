/// Names of things on the wire (control-protocol.md section 0, agent-protocol.md section 2.5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trellis::model {

enum class IdKind : std::uint8_t { Device = 1, Group, User, UserGroup };

/// "node", "mesh", "user", "ugrp"
std::string_view prefixOf(IdKind kind) noexcept;

/// `<prefix>/<domain>/<last>`, taken apart. `last` of a device, group or user group is 64
/// characters of [A-Za-z0-9@$]; of a user it is a login name in lower case (see isUserName).
struct Id {
    IdKind kind{};
    std::string domain;
    std::string last;
    std::string text() const;
    bool operator==(const Id&) const = default;
};

inline constexpr std::size_t kMaxUserNameBytes = 256; ///< control-protocol.md section 3.1 `adduser`
inline constexpr std::size_t kMaxDomainBytes = 64;    ///< control-protocol.md section 1.1
inline constexpr std::size_t kLongIdChars = 64;       ///< base64 of 48 bytes
inline constexpr std::size_t kMaxIdBytes = 5 + kMaxDomainBytes + 1 + kMaxUserNameBytes;

/// Strict: no other slash, no white space, exact lengths, known prefix. Nothing if it is not an id.
std::optional<Id> parseId(std::string_view text);
/// The same, and of this kind.
std::optional<Id> parseId(IdKind kind, std::string_view text);
/// Also takes the last part alone and completes it with `domain` (control-protocol.md section 0,
/// short ids). Returns the full text.
std::optional<std::string> completeId(IdKind kind, std::string_view domain, std::string_view text);
/// The domain of an id that is known to be valid ("" otherwise).
std::string_view domainOf(std::string_view id) noexcept;

/// [a-z0-9_.-]{0,64}, not starting with `_`; "" is the default domain.
bool isDomain(std::string_view text) noexcept;
/// A login name: 1..256 bytes of UTF-8 without control characters, space, `"`, `,`, `/`, and not
/// starting with `~` (control-protocol.md section 3.1).
bool isUserName(std::string_view name) noexcept;
/// The lower-case form that identifies the user; ASCII and Unicode letters, and
/// of invalid UTF-8 the ASCII ones.
std::string lowerName(std::string_view name);

/// `bytes` in base64 with `+` as `@` and `/` as `$`, with padding if the size needs it.
std::string base64At(std::string_view bytes);
/// Strict inverse. Nothing for other characters or wrong padding.
std::optional<std::string> fromBase64At(std::string_view text);

/// A device's id from the SHA-384 (48 bytes) of its agent's public key. Throws InvalidArgument.
std::string deviceIdFromKeyHash(std::string_view domain, std::string_view sha384);
/// A new id from 48 random bytes.
std::string newId(IdKind kind, std::string_view domain);
/// `user/<domain>/<lower-case name>`. Throws InvalidArgument if the name or domain is not valid.
std::string userId(std::string_view domain, std::string_view name);

} // namespace trellis::model
