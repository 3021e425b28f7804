/// UTF-8 (RFC 3629) checked piece by piece.
#pragma once

#include <cstdint>

#include "core/net/bytes.hpp"

namespace trellis::net {

/// Overlong forms, surrogates and values above U+10FFFF are wrong, at the first byte that shows it.
class Utf8Validator {
public:
    /// False as soon as the text so far can't be continued to valid UTF-8.
    bool feed(Bytes bytes) noexcept;
    bool isComplete() const noexcept { return left_ == 0; } ///< not inside a character
    void reset() noexcept { *this = Utf8Validator(); }

private:
    bool lead(std::uint8_t byte) noexcept;

    std::uint8_t left_ = 0; // continuation bytes to come
    std::uint8_t low_ = 0x80;
    std::uint8_t high_ = 0xbf; // what the next of them may be
};

bool isUtf8(Bytes bytes) noexcept;

} // namespace trellis::net
