/// JSON from outside, with limits that hold before memory is spent.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

namespace trellis::api {

inline constexpr std::size_t kMaxMessageDepth = 32;

struct ParsedMessage {
    std::optional<boost::json::object> object; ///< set unless `fault` says why not
    std::string fault;                         ///< a sentence without any of the input in it
};

/// One JSON object (RFC 8259, strict UTF-8, nothing behind it) of at most `limit` bytes and
/// kMaxMessageDepth levels. Text with U+0000 in it is refused: no name, path or command has one,
/// and what lies behind would be cut off by everything that takes C strings.
ParsedMessage parseMessage(std::string_view text, std::size_t limit);

} // namespace trellis::api
