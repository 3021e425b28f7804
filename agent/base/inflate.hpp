/// Unpacking of deflated data with a limit.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace trellis::device {

/// RFC 1951, exactly one stream. nullopt if it is malformed, cut short, followed by bytes, or unpacks to
/// more than `limit` bytes.
std::optional<std::string> inflateRaw(std::string_view packed, std::size_t limit);
/// The same for data that may have an RFC 1950 head.
std::optional<std::string> inflateBytes(std::string_view packed, std::size_t limit);

}  // namespace trellis::device
