/// The head of an HTTP/1.1 request (RFC 9112 sections 2 to 6), parsed strictly: whatever two
/// implementations could read differently is refused, because that is what request smuggling lives
/// on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/net/http_message.hpp"

namespace trellis::net {

inline constexpr std::size_t kMaxHead = 16 * 1024;  // request line and fields; above: 431
inline constexpr std::size_t kMaxTarget = 8 * 1024; // above: 414
inline constexpr std::size_t kMaxFields = 100;      // above: 431
inline constexpr std::size_t kMaxMethod = 32;

struct RequestHead {
    std::string method;
    std::string target; ///< origin form ("/a?b") or "*"
    Headers headers;
    std::optional<std::uint64_t> contentLength;
    bool isChunked = false;
    bool keepAlive = true;
    bool expectsContinue = false;
    bool isUpgrade = false; ///< asks for a WebSocket
    bool isHttp10 = false;
};

struct HeadResult {
    enum class State : std::uint8_t { NeedMore = 1, Done, Bad };
    State state = State::NeedMore;
    std::size_t size = 0;    ///< bytes of the head when Done
    int status = 0;          ///< the answer when Bad
    std::string_view reason; ///< static text when Bad, for the log and the answer
};

/// `bytes`: everything received of this request, from its first byte on. `scanned`: how much of it
/// an earlier call with the same beginning has looked at; kept by the caller, 0 at first. Nothing
/// is allocated before the whole head is there and within the limits.
HeadResult parseHead(std::string_view bytes, std::size_t& scanned, RequestHead& head);

/// Splits and decodes a target in origin form. False if it must be refused (400): wrong %-sequence,
/// control character or backslash, dot segment in any spelling.
bool parseTarget(std::string_view target, std::vector<std::string>& segments, std::string& path,
                 Query& query);

/// A decoded segment as part of a joined path: its own slashes stay %2F.
std::string withoutSlash(std::string_view segment);

/// Is it `host` or `host:port` (RFC 9110 section 7.2), nothing else?
bool isHostField(std::string_view text) noexcept;

} // namespace trellis::net
