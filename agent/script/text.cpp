#include "agent/script/text.hpp"

#include <algorithm>
#include <cstdint>

namespace trellis::device {
namespace {
constexpr std::uint32_t kReplacement = 0xFFFD;

unsigned byteAt(std::string_view text, std::size_t at) {
    return static_cast<unsigned char>(text[at]);
}

void append(std::string& to, std::uint32_t code) {
    if (code < 0x80) {
        to += static_cast<char>(code);
    } else if (code < 0x800) {
        to += static_cast<char>(0xC0U | (code >> 6U));
        to += static_cast<char>(0x80U | (code & 0x3FU));
    } else if (code < 0x10000) {
        to += static_cast<char>(0xE0U | (code >> 12U));
        to += static_cast<char>(0x80U | ((code >> 6U) & 0x3FU));
        to += static_cast<char>(0x80U | (code & 0x3FU));
    } else {
        to += static_cast<char>(0xF0U | (code >> 18U));
        to += static_cast<char>(0x80U | ((code >> 12U) & 0x3FU));
        to += static_cast<char>(0x80U | ((code >> 6U) & 0x3FU));
        to += static_cast<char>(0x80U | (code & 0x3FU));
    }
}

struct Decoded {
    std::uint32_t code;
    std::size_t size;  ///< bytes taken; for malformed input those to skip
    bool isGood;
};

/// One character, surrogates included (the caller decides about them).
Decoded decode(std::string_view text, std::size_t at) {
    const unsigned lead = byteAt(text, at);
    if (lead < 0x80) return {lead, 1, true};
    const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4) return {kReplacement, 1, false};
    std::uint32_t code = lead & (0xFFU >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
        if (at + i >= text.size() || (byteAt(text, at + i) & 0xC0U) != 0x80U) {
            return {kReplacement, i, false};
        }
        code = (code << 6U) | (byteAt(text, at + i) & 0x3FU);
    }
    constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool isGood = code >= kLeast[size] && code <= 0x10FFFF;
    return {isGood ? code : kReplacement, size, isGood};
}

bool isAscii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}
bool isHigh(std::uint32_t code) { return code >= 0xD800 && code < 0xDC00; }
bool isLow(std::uint32_t code) { return code >= 0xDC00 && code < 0xE000; }
}  // namespace

std::string toScript(std::string_view utf8) {
    if (isAscii(utf8)) return std::string(utf8);
    std::string out;
    out.reserve(utf8.size() + utf8.size() / 8);
    for (std::size_t at = 0; at < utf8.size();) {
        const auto one = decode(utf8, at);
        at += one.size;
        if (one.code >= 0x10000) {
            append(out, 0xD800 + ((one.code - 0x10000) >> 10U));
            append(out, 0xDC00 + ((one.code - 0x10000) & 0x3FFU));
        } else {
            append(out, isHigh(one.code) || isLow(one.code) ? kReplacement : one.code);
        }
    }
    return out;
}

std::string fromScript(std::string_view cesu8) {
    if (isAscii(cesu8)) return std::string(cesu8);
    std::string out;
    out.reserve(cesu8.size());
    for (std::size_t at = 0; at < cesu8.size();) {
        const auto one = decode(cesu8, at);
        at += one.size;
        if (isHigh(one.code) && at < cesu8.size()) {
            const auto two = decode(cesu8, at);
            if (isLow(two.code)) {
                at += two.size;
                append(out, 0x10000 + ((one.code - 0xD800) << 10U) + (two.code - 0xDC00));
                continue;
            }
        }
        append(out, isHigh(one.code) || isLow(one.code) ? kReplacement : one.code);
    }
    return out;
}

}  // namespace trellis::device
