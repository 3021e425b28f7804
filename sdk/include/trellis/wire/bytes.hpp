/// Byte ranges and big-endian integers; every integer of the agent protocol is in network order.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace trellis::wire {

using ByteView = std::span<const std::byte>;
using Bytes = std::vector<std::byte>;

inline ByteView bytesOf(std::string_view text) noexcept {
    return std::as_bytes(std::span<const char>(text.data(), text.size()));
}
inline std::string_view textOf(ByteView bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline const unsigned char* octets(ByteView bytes) noexcept {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

/// The first two or four bytes. The caller has checked the size.
constexpr std::uint16_t readU16(ByteView from) noexcept {
    return static_cast<std::uint16_t>((std::to_integer<unsigned>(from[0]) << 8U) |
                                      std::to_integer<unsigned>(from[1]));
}
constexpr std::uint32_t readU32(ByteView from) noexcept {
    return (std::uint32_t{readU16(from)} << 16U) | readU16(from.subspan(2));
}

inline void append(Bytes& to, ByteView bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }
inline void append(Bytes& to, std::string_view text) { append(to, bytesOf(text)); }
inline void appendU16(Bytes& to, std::uint16_t value) {
    to.push_back(static_cast<std::byte>(value >> 8U));
    to.push_back(static_cast<std::byte>(value & 0xFFU));
}
inline void appendU32(Bytes& to, std::uint32_t value) {
    appendU16(to, static_cast<std::uint16_t>(value >> 16U));
    appendU16(to, static_cast<std::uint16_t>(value & 0xFFFFU));
}

/// Why a message was not taken.
enum class ParseError : std::uint8_t {
    None = 0,
    Truncated,   ///< shorter than its fixed part or than a length inside it says
    WrongSize,   ///< the message has one legal size and this is not it
    Oversized,   ///< above a limit of protocol.hpp
    WrongCommand,
    BadValue,    ///< a field outside its range, for example a host name with a NUL
};
std::string_view describe(ParseError error) noexcept;

/// A parsed value, or the reason why there is none.
template <class T> struct Parsed {
    std::optional<T> value;
    ParseError error = ParseError::None;

    Parsed(T taken) : value(std::move(taken)) {}  // NOLINT(google-explicit-constructor)
    Parsed(ParseError reason) : error(reason) {}  // NOLINT(google-explicit-constructor)
    explicit operator bool() const noexcept { return value.has_value(); }
    const T& operator*() const noexcept { return *value; }
    const T* operator->() const noexcept { return &*value; }
};

}  // namespace trellis::wire
