#include "core/net/http_message.hpp"

#include <algorithm>

#include <trellis/sdk/error.hpp>

#include "core/net/ascii.hpp"

namespace trellis::net {

std::optional<std::string_view> HttpRequest::cookie(std::string_view name) const noexcept {
    for (const auto& [key, value] : headers) {
        if (!equalsIgnoringCase(key, "Cookie"))
            continue;
        for (std::string_view list = value; !list.empty();) {
            const auto pair = takeItem(list, ';');
            const auto equals = pair.find('=');
            if (equals == std::string_view::npos || pair.substr(0, equals) != name)
                continue;
            auto content = pair.substr(equals + 1);
            if (content.size() >= 2 && content.front() == '"' && content.back() == '"')
                content = content.substr(1, content.size() - 2);
            return content;
        }
    }
    return std::nullopt;
}

bool HttpRequest::isSameOrigin() const noexcept {
    if (headers.count("Origin") == 0)
        return true;
    if (headers.count("Origin") > 1)
        return false;
    auto origin = headers.get("Origin");
    const std::string_view scheme = isSecure ? "https://" : "http://";
    if (!equalsIgnoringCase(origin.substr(0, scheme.size()), scheme))
        return false;
    origin.remove_prefix(scheme.size());
    // A browser leaves the scheme's own port out of both; other clients may write it in one.
    const std::string_view port = isSecure ? ":443" : ":80";
    const auto withoutPort = [&](std::string_view text) {
        return text.size() > port.size() && text.substr(text.size() - port.size()) == port
                   ? text.substr(0, text.size() - port.size())
                   : text;
    };
    return !host().empty() && equalsIgnoringCase(withoutPort(origin), withoutPort(host()));
}

std::optional<std::string> percentDecode(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            result += text[i];
            continue;
        }
        if (i + 2 >= text.size() || hexValue(text[i + 1]) < 0 || hexValue(text[i + 2]) < 0)
            return std::nullopt;
        result += static_cast<char>(hexValue(text[i + 1]) * 16 + hexValue(text[i + 2]));
        i += 2;
    }
    return result;
}

std::string SetCookie::text() const {
    // cookie-octet of RFC 6265 section 4.1.1
    const auto isAllowed = [](char c) {
        return c > 0x20 && c < 0x7f && c != '"' && c != ',' && c != ';' && c != '\\';
    };
    if (!isToken(name) || !std::all_of(value.begin(), value.end(), isAllowed) ||
        !std::all_of(path.begin(), path.end(), isAllowed))
        throw sdk::Error(sdk::ErrorCode::InvalidArgument, "a cookie with characters not allowed");
    // The prefix makes browsers insist on these (RFC 6265bis section 4.1.3.2).
    const bool isHostCookie = name.rfind("__Host-", 0) == 0;
    std::string text = name + "=" + value + "; Path=" + (isHostCookie ? "/" : path) + "; HttpOnly";
    if (isSecure || isHostCookie)
        text += "; Secure";
    text += "; SameSite=" + std::string(sameSite);
    if (maxAgeSeconds)
        text += "; Max-Age=" + std::to_string(*maxAgeSeconds);
    return text;
}

} // namespace trellis::net
