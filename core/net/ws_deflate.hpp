/// permessage-deflate (RFC 7692) without context takeover in both directions, so that a connection
/// keeps no compression state: the zlib streams belong to the threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/net/bytes.hpp"

namespace trellis::net {

enum class InflateResult : std::uint8_t { Done = 1, TooBig, Bad };

/// One message as sent, without the tail of RFC 7692 section 7.2.2. `out` never exceeds `limit`.
InflateResult inflateMessage(Bytes compressed, std::size_t limit, std::string& out);

/// Compressed payload ready to be sent; "" if it wouldn't be smaller.
std::string deflateMessage(Bytes message);

/// Looks through the values of Sec-WebSocket-Extensions for an offer we take (RFC 7692
/// section 7.1). Returns what to answer, "" if none fits.
std::string negotiateDeflate(std::string_view offers);

} // namespace trellis::net
