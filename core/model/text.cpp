#include "core/model/text.hpp"

#include <cstdint>

namespace trellis::model {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD"; // U+FFFD

/// Bytes of the character at the front of `text`, 0 if it is not valid.
std::size_t sizeOfFirst(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto lead = byte(0);
    if (lead < 0x80)
        return 1;
    const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < size)
        return 0;
    for (std::size_t i = 1; i < size; ++i)
        if ((byte(i) & 0xC0) != 0x80)
            return 0;
    const auto second = byte(1);
    if (lead == 0xE0 && second < 0xA0)
        return 0; // overlong
    if (lead == 0xED && second > 0x9F)
        return 0; // surrogate
    if (lead == 0xF0 && second < 0x90)
        return 0; // overlong
    if (lead == 0xF4 && second > 0x8F)
        return 0; // above U+10FFFF
    return size;
}

bool isControl(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

} // namespace

bool isUtf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const auto size = sizeOfFirst(text);
        if (size == 0)
            return false;
        text.remove_prefix(size);
    }
    return true;
}

std::size_t characters(std::string_view text) noexcept {
    std::size_t count = 0;
    for (const char c : text)
        count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    return count;
}

bool hasControls(std::string_view text) noexcept {
    for (const char c : text)
        if (isControl(c))
            return true;
    return false;
}

std::string cleanText(std::string_view text, std::size_t maxBytes) {
    std::string result;
    while (!text.empty()) {
        const auto size = sizeOfFirst(text);
        auto piece = size == 0 ? kReplacement : text.substr(0, size);
        if (size == 1 && isControl(text.front()))
            piece = " ";
        if (result.size() + piece.size() > maxBytes)
            break;
        result += piece;
        text.remove_prefix(size == 0 ? 1 : size);
    }
    return result;
}

} // namespace trellis::model
