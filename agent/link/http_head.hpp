/// Head of an HTTP/1.1 response (RFC 9112), as much of it as a client needs.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace trellis::device {

struct ResponseHead {
    int status = 0;
    std::string reason;
    std::map<std::string, std::string> headers;  ///< names in lower case; repeats joined by ", "

    /// "" if absent.
    std::string_view header(std::string_view lowerName) const;
};

inline constexpr std::size_t kMaxResponseHead = 16 * 1024;

/// Size of the head with its closing empty line if `bytes` holds all of it, else 0.
std::size_t findHeadEnd(std::string_view bytes) noexcept;
/// `head`: as far as findHeadEnd() says. nullopt if it is no HTTP/1.x response head.
std::optional<ResponseHead> parseResponseHead(std::string_view head);

/// Value of Sec-WebSocket-Accept for `key` (RFC 6455 section 4.2.2).
std::string websocketAccept(std::string_view key);

}  // namespace trellis::device
