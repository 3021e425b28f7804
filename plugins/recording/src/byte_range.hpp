/// The Range header.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace recording {

/// The first and last byte of `Range: bytes=...` (RFC 9110 section 14.2) in a file of `size` bytes. Nothing
/// for several ranges and for what is no such header: the whole file is the answer then. An empty range
/// (first > last) can't be satisfied.
struct ByteRange {
    std::uint64_t first = 0, last = 0;
};
std::optional<ByteRange> parseRange(std::string_view header, std::uint64_t size) noexcept;

}  // namespace recording
