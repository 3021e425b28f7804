/// IP addresses with a port, and address ranges in CIDR notation. Plain values, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct sockaddr;

namespace trellis::net {

/// An IPv4 or IPv6 address and port, or "local" for the peer of an AF_UNIX socket.
/// IPv4-mapped IPv6 addresses (::ffff:a.b.c.d) are stored as IPv4, so one peer has one spelling.
class Address {
public:
    enum class Family : std::uint8_t { None = 0, V4, V6, Local };

    Address() = default;
    static Address local() noexcept;
    static Address fromSockaddr(const sockaddr* address) noexcept;
    /// "1.2.3.4", "::1" or "[::1]", without a port. No name is ever resolved.
    static std::optional<Address> parse(std::string_view text, std::uint16_t port = 0);
    static Address fromBytes(Family family, const std::uint8_t* bytes, std::uint16_t port) noexcept;

    Family family() const noexcept { return family_; }
    std::uint16_t port() const noexcept { return port_; }
    bool isLoopback() const noexcept; ///< 127.0.0.0/8, ::1 or local
    std::string text() const;         ///< without port; "local" for AF_UNIX, "" for None
    std::string textWithPort() const; ///< "1.2.3.4:5", "[::1]:5"
    /// Network order; 4 bytes count for V4, 16 for V6.
    const std::array<std::uint8_t, 16>& bytes() const noexcept { return bytes_; }

    friend bool operator==(const Address&, const Address&) = default;

private:
    std::array<std::uint8_t, 16> bytes_{};
    std::uint16_t port_ = 0;
    Family family_ = Family::None;
};

/// An address range such as 10.0.0.0/8 or fd00::/8; a plain address means all its bits.
class Cidr {
public:
    /// Nothing if `text` isn't a range or has bits set behind the prefix length.
    static std::optional<Cidr> parse(std::string_view text);
    bool contains(const Address& address) const noexcept;

private:
    Address base_;
    unsigned bits_ = 0;
};

/// True if any of `ranges` holds `address`. A local peer is in no range.
bool containsAddress(const std::vector<Cidr>& ranges, const Address& address) noexcept;

} // namespace trellis::net
