#include "core/net/proxy_protocol.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace trellis::net {

namespace {

using State = ProxyHeader::State;

constexpr std::string_view kSignature2{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr std::size_t kMaxLine1 = 107; // with CRLF

bool startsAlike(std::string_view bytes, std::string_view expected) {
    const auto count = std::min(bytes.size(), expected.size());
    return bytes.substr(0, count) == expected.substr(0, count);
}

std::optional<std::uint16_t> parsePort(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return port;
}

// "PROXY TCP4 <source> <destination> <source port> <destination port>"
ProxyHeader parseVersion1(std::string_view bytes) {
    const auto end = bytes.substr(0, kMaxLine1).find("\r\n");
    if (end == std::string_view::npos)
        return {bytes.size() >= kMaxLine1 ? State::Bad : State::NeedMore, 0, {}};
    ProxyHeader header{State::Done, end + 2, {}};
    auto line = bytes.substr(0, end);
    std::array<std::string_view, 6> words;
    std::size_t count = 0;
    while (count < words.size() && !line.empty()) {
        const auto space = line.find(' ');
        words[count++] = line.substr(0, space);
        line = space == std::string_view::npos ? std::string_view() : line.substr(space + 1);
    }
    if (count >= 2 && words[1] == "UNKNOWN")
        return header;
    if (count != words.size() || !line.empty() || (words[1] != "TCP4" && words[1] != "TCP6"))
        return {State::Bad, 0, {}};
    const auto port = parsePort(words[4]);
    const auto source = Address::parse(words[2], port.value_or(0));
    const auto expected = words[1] == "TCP4" ? std::string_view("TCP4") : "TCP6";
    const bool isV4 = words[2].find(':') == std::string_view::npos;
    if (!port || !source || !parsePort(words[5]) || !Address::parse(words[3]) ||
        isV4 != (expected == "TCP4"))
        return {State::Bad, 0, {}};
    header.source = source;
    return header;
}

ProxyHeader parseVersion2(std::string_view bytes) {
    constexpr std::size_t kFixed = 16;
    if (bytes.size() < kFixed)
        return {};
    const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
    const std::size_t length = static_cast<std::size_t>(at(14)) << 8 | at(15);
    const std::uint8_t command = at(12) & 0x0f;
    if (at(12) >> 4 != 2 || command > 1 || kFixed + length > kMaxProxyHeader)
        return {State::Bad, 0, {}};
    if (bytes.size() < kFixed + length)
        return {};
    ProxyHeader header{State::Done, kFixed + length, {}};
    if (command == 0) // LOCAL: a health check of the proxy
        return header;
    const bool isV4 = at(13) == 0x11;
    const bool isV6 = at(13) == 0x21;
    const std::size_t width = isV4 ? 4 : 16;
    if (!isV4 && !isV6)
        return header;
    if (length < 2 * width + 4)
        return {State::Bad, 0, {}};
    const auto portAt = kFixed + 2 * width;
    header.source =
        Address::fromBytes(isV4 ? Address::Family::V4 : Address::Family::V6,
                           reinterpret_cast<const std::uint8_t*>(bytes.data()) + kFixed,
                           static_cast<std::uint16_t>(at(portAt) << 8 | at(portAt + 1)));
    return header;
}

} // namespace

ProxyHeader parseProxyHeader(std::string_view bytes) {
    if (startsAlike(bytes, "PROXY "))
        return parseVersion1(bytes);
    if (startsAlike(bytes, kSignature2))
        return parseVersion2(bytes);
    return {State::Bad, 0, {}};
}

} // namespace trellis::net
