#include <trellis/wire/text.hpp>

#include <algorithm>

namespace trellis::wire {
namespace {

struct Alphabet {
    char plus;
    char slash;
};
constexpr Alphabet kPlain{'+', '/'};
constexpr Alphabet kId{'@', '$'};
constexpr std::string_view kCommon = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

char letterOf(unsigned value, Alphabet alphabet) {
    if (value < kCommon.size()) return kCommon[value];
    return value == 62 ? alphabet.plus : alphabet.slash;
}

int valueOf(char c, Alphabet alphabet) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == alphabet.plus) return 62;
    if (c == alphabet.slash) return 63;
    return -1;
}

std::string encode(ByteView bytes, Alphabet alphabet) {
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const std::size_t left = std::min<std::size_t>(3, bytes.size() - at);
        unsigned word = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            word = (word << 8U) | (i < left ? std::to_integer<unsigned>(bytes[at + i]) : 0U);
        }
        for (std::size_t i = 0; i < 4; ++i) {
            out += i <= left ? letterOf((word >> (18U - 6U * i)) & 63U, alphabet) : '=';
        }
    }
    return out;
}

std::optional<Bytes> decode(std::string_view text, Alphabet alphabet) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
    Bytes out;
    out.reserve(text.size() / 4 * 3);
    for (std::size_t at = 0; at < text.size(); at += 4) {
        const bool last = at + 4 == text.size();
        const std::size_t letters = last ? 4 - padding : 4;
        unsigned word = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            const int value = i < letters ? valueOf(text[at + i], alphabet) : 0;
            if (value < 0) return std::nullopt;
            word = (word << 6U) | static_cast<unsigned>(value);
        }
        // RFC 4648 section 3.5: the bits that no byte uses are zero, so each value has one text.
        if ((word & ((1U << (8U * (4 - letters))) - 1U)) != 0) return std::nullopt;
        for (std::size_t i = 0; i + 1 < letters; ++i) {
            out.push_back(static_cast<std::byte>((word >> (16U - 8U * i)) & 0xFFU));
        }
    }
    return out;
}

int hexValue(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

std::string encodeId64(ByteView bytes) { return encode(bytes, kId); }
std::optional<Bytes> decodeId64(std::string_view text) { return decode(text, kId); }
std::string encodeBase64(ByteView bytes) { return encode(bytes, kPlain); }
std::optional<Bytes> decodeBase64(std::string_view text) { return decode(text, kPlain); }

std::string encodeHex(ByteView bytes, HexCase letters) {
    const char* digits = letters == HexCase::Lower ? "0123456789abcdef" : "0123456789ABCDEF";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const std::byte b : bytes) {
        out += digits[std::to_integer<unsigned>(b) >> 4U];
        out += digits[std::to_integer<unsigned>(b) & 15U];
    }
    return out;
}

std::optional<Bytes> decodeHex(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    Bytes out;
    out.reserve(text.size() / 2);
    for (std::size_t at = 0; at < text.size(); at += 2) {
        const int high = hexValue(text[at]);
        const int low = hexValue(text[at + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        out.push_back(static_cast<std::byte>(high * 16 + low));
    }
    return out;
}

bool isUtf8(std::string_view bytes) noexcept {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    for (std::size_t i = 0; i < bytes.size();) {
        const unsigned char first = at(i);
        if (first < 0x80) {
            ++i;
            continue;
        }
        const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
        if (first < 0xC2 || first > 0xF4 || i + size > bytes.size()) return false;
        for (std::size_t k = 1; k < size; ++k) {
            if ((at(i + k) & 0xC0U) != 0x80) return false;
        }
        // RFC 3629 section 4: no overlong forms, no surrogates, nothing above U+10FFFF.
        const unsigned char second = at(i + 1);
        if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)) return false;
        if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) return false;
        i += size;
    }
    return true;
}

}  // namespace trellis::wire
