/// Text from outside, measured and cleaned.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace trellis::model {

/// Valid UTF-8 (RFC 3629: no surrogates, no overlong forms, up to U+10FFFF).
bool isUtf8(std::string_view text) noexcept;
/// Code points of valid UTF-8.
std::size_t characters(std::string_view text) noexcept;
/// Holds a byte below 0x20 or 0x7F.
bool hasControls(std::string_view text) noexcept;

/// For text from agents: invalid bytes become U+FFFD, control characters become spaces, at most
/// `maxBytes` of it, cut between characters.
std::string cleanText(std::string_view text, std::size_t maxBytes);

} // namespace trellis::model
