/// A table's row as bytes. Internal to core/store/backup.
#pragma once

#include "core/store/value.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace trellis::store::backup {

/// For each column: `n`; or `i` and 8 bytes (two's complement, big-endian); or `r` and 8 bytes
/// (IEEE 754, big-endian); or `t`, 4 bytes of length and the text.
std::string encodeRow(const Values& row);
/// Nothing if it isn't one, or has more than `mostColumns`.
std::optional<Values> decodeRow(std::string_view bytes, std::size_t mostColumns);

} // namespace trellis::store::backup
