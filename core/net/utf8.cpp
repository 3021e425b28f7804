#include "core/net/utf8.hpp"

#include <cstring>

namespace trellis::net {

// RFC 3629 section 4: the second byte's range depends on the first, the others are 80-BF.
bool Utf8Validator::lead(std::uint8_t byte) noexcept {
    low_ = 0x80;
    high_ = 0xbf;
    if (byte < 0x80)
        return true;
    if (byte < 0xc2 || byte > 0xf4)
        return false;
    if (byte < 0xe0) {
        left_ = 1;
    } else if (byte < 0xf0) {
        left_ = 2;
        if (byte == 0xe0)
            low_ = 0xa0;
        if (byte == 0xed)
            high_ = 0x9f;
    } else {
        left_ = 3;
        if (byte == 0xf0)
            low_ = 0x90;
        if (byte == 0xf4)
            high_ = 0x8f;
    }
    return true;
}

bool Utf8Validator::feed(Bytes bytes) noexcept {
    const auto* at = reinterpret_cast<const std::uint8_t*>(bytes.data());
    const auto* const end = at + bytes.size();
    while (at < end) {
        if (left_ == 0) {
            // Most text is ASCII: eight bytes at a time.
            std::uint64_t word = 0;
            while (end - at >= 8) {
                std::memcpy(&word, at, 8);
                if (word & 0x8080808080808080ull)
                    break;
                at += 8;
            }
            if (at == end)
                break;
            if (!lead(*at++))
                return false;
            continue;
        }
        if (*at < low_ || *at > high_)
            return false;
        low_ = 0x80;
        high_ = 0xbf;
        --left_;
        ++at;
    }
    return true;
}

bool isUtf8(Bytes bytes) noexcept {
    Utf8Validator validator;
    return validator.feed(bytes) && validator.isComplete();
}

} // namespace trellis::net
