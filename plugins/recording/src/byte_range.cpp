#include "byte_range.hpp"

#include <algorithm>
#include <charconv>

namespace recording {

std::optional<ByteRange> parseRange(std::string_view header, std::uint64_t size) noexcept {
    constexpr std::string_view kUnit = "bytes=";
    if (!header.starts_with(kUnit)) return std::nullopt;
    header.remove_prefix(kUnit.size());
    const auto dash = header.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const auto number = [](std::string_view text) -> std::optional<std::uint64_t> {
        std::uint64_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
        return value;
    };
    const auto from = header.substr(0, dash), until = header.substr(dash + 1);
    const auto first = number(from), last = number(until);
    const ByteRange none{1, 0};
    if (from.empty()) {  // the last bytes
        if (!last) return std::nullopt;
        if (*last == 0 || size == 0) return none;
        return ByteRange{size - std::min(size, *last), size - 1};
    }
    if (!first || (!until.empty() && (!last || *last < *first))) return std::nullopt;
    if (*first >= size) return none;
    return ByteRange{*first, last ? std::min(*last, size - 1) : size - 1};
}

}  // namespace recording
