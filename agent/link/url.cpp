#include "agent/link/url.hpp"

#include <trellis/wire/text.hpp>

#include <algorithm>
#include <charconv>

namespace trellis::device {
namespace {
constexpr std::size_t kMaxUrl = 8192;
constexpr std::size_t kMaxHost = 253;  // RFC 1035 section 2.3.4, as text

bool isPlain(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) != 0x7F;
    });
}

std::uint16_t defaultPort(std::string_view scheme) {
    if (scheme == "wss" || scheme == "https") return 443;
    if (scheme == "ws" || scheme == "http") return 80;
    return 0;
}

bool readPort(std::string_view text, std::uint16_t& port) {
    const auto read = std::from_chars(text.data(), text.data() + text.size(), port);
    return read.ec == std::errc() && read.ptr == text.data() + text.size() && port != 0;
}

bool isHost(std::string_view host) {
    return !host.empty() && host.size() <= kMaxHost &&
           host.find_first_of("@/\\?#[]%") == std::string_view::npos;
}

/// "host", "host:port", "[v6]", "[v6]:port"
bool readAuthority(std::string_view text, std::string& host, std::uint16_t& port) {
    std::string_view name = text;
    std::string_view rest;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return false;
        name = text.substr(1, end - 1);
        rest = text.substr(end + 1);
        if (name.find(':') == std::string_view::npos) return false;
    } else if (const auto colon = text.find(':'); colon != std::string_view::npos) {
        name = text.substr(0, colon);
        rest = text.substr(colon);
    }
    if (!rest.empty() && (rest[0] != ':' || !readPort(rest.substr(1), port))) return false;
    if (!isHost(name)) return false;
    host = std::string(name);
    return true;
}
}  // namespace

std::string Url::hostHeader() const {
    const bool isV6 = host.find(':') != std::string::npos;
    auto text = isV6 ? '[' + host + ']' : host;
    if (port != defaultPort(scheme)) text += ':' + std::to_string(port);
    return text;
}

std::optional<Url> parseUrl(std::string_view text) {
    const auto mark = text.find("://");
    if (text.size() > kMaxUrl || mark == std::string_view::npos || !isPlain(text)) return {};
    Url url;
    for (const char c : text.substr(0, mark)) {
        url.scheme += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
    url.port = defaultPort(url.scheme);
    if (url.port == 0) return {};
    text.remove_prefix(mark + 3);
    const auto end = std::min(text.find_first_of("/?#"), text.size());
    if (!readAuthority(text.substr(0, end), url.host, url.port)) return {};
    text.remove_prefix(end);
    text = text.substr(0, text.find('#'));
    url.path = text.starts_with('/') ? std::string(text) : '/' + std::string(text);
    return url;
}

std::optional<Proxy> parseProxy(std::string_view text) {
    if (text.starts_with("http://")) text.remove_prefix(7);
    if (text.ends_with('/')) text.remove_suffix(1);
    if (!isPlain(text)) return {};
    Proxy proxy;
    if (const auto at = text.rfind('@'); at != std::string_view::npos) {
        proxy.authorization = "Basic " + wire::encodeBase64(wire::bytesOf(text.substr(0, at)));
        text.remove_prefix(at + 1);
    }
    proxy.port = 8080;
    if (!readAuthority(text, proxy.host, proxy.port)) return {};
    return proxy;
}

}  // namespace trellis::device
