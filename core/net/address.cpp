#include "core/net/address.hpp"

#include <arpa/inet.h>
#include <charconv>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>

namespace trellis::net {

namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

} // namespace

Address Address::local() noexcept {
    Address address;
    address.family_ = Family::Local;
    return address;
}

Address Address::fromBytes(Family family, const std::uint8_t* bytes, std::uint16_t port) noexcept {
    Address address;
    address.family_ = family;
    address.port_ = port;
    if (family == Family::V4) {
        std::memcpy(address.bytes_.data(), bytes, 4);
    } else if (family == Family::V6) {
        // RFC 4291 section 2.5.5.2
        if (std::memcmp(bytes, kMappedPrefix.data(), kMappedPrefix.size()) == 0)
            return fromBytes(Family::V4, bytes + kMappedPrefix.size(), port);
        std::memcpy(address.bytes_.data(), bytes, 16);
    }
    return address;
}

Address Address::fromSockaddr(const sockaddr* address) noexcept {
    if (address->sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, address, sizeof v4);
        return fromBytes(Family::V4, reinterpret_cast<const std::uint8_t*>(&v4.sin_addr),
                         ntohs(v4.sin_port));
    }
    if (address->sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, address, sizeof v6);
        return fromBytes(Family::V6, v6.sin6_addr.s6_addr, ntohs(v6.sin6_port));
    }
    return address->sa_family == AF_UNIX ? local() : Address();
}

std::optional<Address> Address::parse(std::string_view text, std::uint16_t port) {
    if (text.size() > 2 && text.front() == '[' && text.back() == ']')
        text = text.substr(1, text.size() - 2);
    const std::string copy(text);
    std::array<std::uint8_t, 16> bytes{};
    if (inet_pton(AF_INET, copy.c_str(), bytes.data()) == 1)
        return fromBytes(Family::V4, bytes.data(), port);
    if (inet_pton(AF_INET6, copy.c_str(), bytes.data()) == 1)
        return fromBytes(Family::V6, bytes.data(), port);
    return std::nullopt;
}

bool Address::isLoopback() const noexcept {
    if (family_ == Family::Local)
        return true;
    if (family_ == Family::V4)
        return bytes_[0] == 127;
    if (family_ != Family::V6)
        return false;
    for (std::size_t i = 0; i < 15; ++i)
        if (bytes_[i] != 0)
            return false;
    return bytes_[15] == 1;
}

std::string Address::text() const {
    if (family_ == Family::Local)
        return "local";
    if (family_ == Family::None)
        return {};
    char buffer[INET6_ADDRSTRLEN] = {};
    inet_ntop(family_ == Family::V4 ? AF_INET : AF_INET6, bytes_.data(), buffer, sizeof buffer);
    return buffer;
}

std::string Address::textWithPort() const {
    if (family_ == Family::V4)
        return text() + ":" + std::to_string(port_);
    if (family_ == Family::V6)
        return "[" + text() + "]:" + std::to_string(port_);
    return text();
}

std::optional<Cidr> Cidr::parse(std::string_view text) {
    const auto slash = text.find('/');
    const auto base = Address::parse(text.substr(0, slash));
    if (!base)
        return std::nullopt;
    const unsigned width = base->family() == Address::Family::V4 ? 32 : 128;
    Cidr range;
    range.base_ = *base;
    range.bits_ = width;
    if (slash != std::string_view::npos) {
        const auto digits = text.substr(slash + 1);
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), range.bits_);
        if (error != std::errc() || end != digits.data() + digits.size() || range.bits_ > width)
            return std::nullopt;
    }
    for (unsigned bit = range.bits_; bit < width; ++bit)
        if ((base->bytes()[bit / 8] >> (7 - bit % 8)) & 1)
            return std::nullopt;
    return range;
}

bool Cidr::contains(const Address& address) const noexcept {
    if (address.family() != base_.family())
        return false;
    const std::size_t whole = bits_ / 8;
    if (std::memcmp(address.bytes().data(), base_.bytes().data(), whole) != 0)
        return false;
    const unsigned rest = bits_ % 8;
    if (rest == 0)
        return true;
    const auto difference = address.bytes()[whole] ^ base_.bytes()[whole];
    return (difference >> (8 - rest)) == 0;
}

bool containsAddress(const std::vector<Cidr>& ranges, const Address& address) noexcept {
    for (const auto& range : ranges)
        if (range.contains(address))
            return true;
    return false;
}

} // namespace trellis::net
