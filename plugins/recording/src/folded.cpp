#include "folded.hpp"

#include <algorithm>

#include <Poco/UTF8String.h>

namespace recording {

bool isWide(std::string_view text) noexcept {
    return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x80; });
}

std::string folded(std::string_view text) {
    std::string out(text);
    if (isWide(text))
        return Poco::UTF8::toLower(out);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

} // namespace recording
