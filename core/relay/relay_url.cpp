#include "core/relay/relay_url.hpp"

#include "core/net/http_message.hpp"

#include <algorithm>

#include <trellis/wire/percent.hpp>

namespace trellis::relay {
namespace {

constexpr std::string_view kPath = "meshrelay.ashx";

/// The query of a relay address, nullopt if it is none.
std::optional<std::string_view> queryOf(std::string_view value) {
    if (value.starts_with("*/")) {
        value.remove_prefix(2);
    } else {
        if (!value.starts_with("wss://") && !value.starts_with("https://")) return std::nullopt;
        value.remove_prefix(value.find("//") + 2);
        const auto slash = value.find('/');
        if (slash == std::string_view::npos) return std::nullopt;
        value.remove_prefix(slash + 1);
    }
    const auto end = value.find('?');
    if (const auto slash = value.substr(0, end).find('/'); slash != std::string_view::npos)
        value.remove_prefix(slash + 1); // a tenant
    if (!value.starts_with(kPath)) return std::nullopt;
    value.remove_prefix(kPath.size());
    if (value.empty() || value.front() != '?') return std::nullopt;
    return value.substr(1);
}

} // namespace

bool isRelayId(std::string_view id) noexcept {
    constexpr std::string_view kMarks = "@$_.=~-";
    return !id.empty() && id.size() <= kMaxRelayId &&
           std::all_of(id.begin(), id.end(), [&](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      kMarks.find(c) != std::string_view::npos;
           });
}

std::optional<RelayUrl> parseRelayUrl(std::string_view value) {
    if (value.size() > kMaxRelayUrl) return std::nullopt;
    const auto text = queryOf(value);
    if (!text) return std::nullopt;
    const auto query = net::Query::parse(*text);
    RelayUrl out;
    out.id = query.get("id");
    out.deviceId = query.get("nodeid");
    if (!isRelayId(out.id)) return std::nullopt;
    if (query.has("p")) {
        const auto number = query.integer("p");
        if (!number || *number < 1 || *number > 0xFFFF) return std::nullopt;
        out.protocol = static_cast<std::uint16_t>(*number);
    }
    return out;
}

std::string deviceUrl(std::string_view id, std::string_view deviceId, std::uint16_t protocol,
                      std::string_view secret, std::string_view prefix) {
    std::string out = "*";
    out.append(prefix).append("/meshrelay.ashx?p=").append(std::to_string(protocol));
    out.append("&nodeid=").append(deviceId).append("&id=").append(id);
    return out.append("&rauth=").append(secret);
}

std::string viewerPath(std::string_view id, std::string_view deviceId, std::uint16_t protocol,
                       std::string_view prefix) {
    std::string out(prefix);
    out.append("/meshrelay.ashx?browser=1&p=").append(std::to_string(protocol));
    out.append("&nodeid=").append(wire::percentEncode(deviceId));
    return out.append("&id=").append(wire::percentEncode(id));
}

std::string guestPath(std::string_view id, std::string_view deviceId, std::uint16_t protocol,
                      std::string_view secret, std::string_view prefix) {
    return viewerPath(id, deviceId, protocol, prefix).append("&guest=").append(secret);
}

} // namespace trellis::relay
