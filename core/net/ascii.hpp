/// ASCII rules of RFC 9110, independent of the locale.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace trellis::net {

constexpr char toLower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
constexpr bool isDigit(char c) noexcept {
    return c >= '0' && c <= '9';
}
constexpr bool isAlpha(char c) noexcept {
    return toLower(c) >= 'a' && toLower(c) <= 'z';
}
/// tchar of RFC 9110 section 5.6.2.
constexpr bool isTokenChar(char c) noexcept {
    return isDigit(c) || isAlpha(c) ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
constexpr bool isToken(std::string_view text) noexcept {
    for (const char c : text)
        if (!isTokenChar(c))
            return false;
    return !text.empty();
}
/// Value of a hex digit, -1 for anything else.
constexpr int hexValue(char c) noexcept {
    if (isDigit(c))
        return c - '0';
    const char lower = toLower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}
constexpr bool equalsIgnoringCase(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size())
        return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (toLower(a[i]) != toLower(b[i]))
            return false;
    return true;
}
/// Without spaces and tabs at both ends.
constexpr std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}
/// Cuts `list` at the next `separator` and returns what was before it, trimmed.
constexpr std::string_view takeItem(std::string_view& list, char separator) noexcept {
    const auto end = list.find(separator);
    const auto item = trimmed(list.substr(0, end));
    list = end == std::string_view::npos ? std::string_view() : list.substr(end + 1);
    return item;
}

} // namespace trellis::net
