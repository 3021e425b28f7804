/// A YAML value with its position, before any schema.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/position.hpp"

namespace trellis::config {

struct Entry;

struct Node {
    enum class Kind : std::uint8_t { Null = 1, Scalar, List, Map };
    /// Text: from the environment or the command line, where lists are written `a, b` or `[a, b]`.
    enum class Style : std::uint8_t { Plain = 1, Quoted, Text };

    Kind kind = Kind::Null;
    Style style = Style::Plain;
    bool isFile = false; ///< `!file scalar`: the value is in that file
    std::string scalar;
    std::string folder; ///< of a `!file`: what a relative path is relative to
    Position place;     ///< of the value; a map's is that of its first key
    std::vector<Node> items;
    std::vector<Entry> entries;

    const Entry* find(std::string_view key) const noexcept;
    Entry* find(std::string_view key) noexcept;
};

struct Entry {
    std::string key;
    Position place; ///< of the key
    Node value;
};

/// Lays `over` on `base`: maps are merged key by key, anything else is replaced. A section that is
/// written but empty (`server:`) changes nothing.
void mergeInto(Node& base, Node over);

} // namespace trellis::config
