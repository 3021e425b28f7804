#include "core/auth/password_rules.hpp"

#include "core/auth/common_passwords.hpp"
#include "core/model/ids.hpp"
#include "core/model/text.hpp"

#include <algorithm>

namespace trellis::auth {

namespace {

bool isUpper(char c) {
    return c >= 'A' && c <= 'Z';
}
bool isLower(char c) {
    return c >= 'a' && c <= 'z';
}
bool isDigit(char c) {
    return c >= '0' && c <= '9';
}
bool isNonAlpha(char c) {
    const bool isContinuation = (static_cast<unsigned char>(c) & 0xC0) == 0x80;
    return !isContinuation && !isUpper(c) && !isLower(c) && !isDigit(c) && c != '_';
}

std::size_t count(std::string_view text, bool (*isOne)(char)) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), isOne));
}

std::string needs(std::size_t number, const std::string& what) {
    return "the password needs at least " + std::to_string(number) + " " + what;
}

} // namespace

std::optional<std::string> faultOf(const PasswordRules& rules, std::string_view password,
                                   std::string_view userName) {
    if (!model::isUtf8(password) || password.find('\0') != std::string_view::npos)
        return "the password is not text";
    const auto length = model::characters(password);
    if (length < std::max<std::size_t>(rules.min, 1))
        return needs(std::max<std::size_t>(rules.min, 1), "characters");
    if (rules.max != 0 && length > rules.max)
        return "the password has at most " + std::to_string(rules.max) + " characters";
    if (count(password, isUpper) < rules.upper)
        return needs(rules.upper, "upper-case letters");
    if (count(password, isLower) < rules.lower)
        return needs(rules.lower, "lower-case letters");
    if (count(password, isDigit) < rules.numeric)
        return needs(rules.numeric, "digits");
    if (count(password, isNonAlpha) < rules.nonalpha)
        return needs(rules.nonalpha, "characters that are no letters or digits");
    if (!rules.banCommon)
        return {};
    const auto lower = model::lowerName(password);
    if (isCommonPassword(lower))
        return "the password is one of the most common ones";
    if (lower == model::lowerName(userName))
        return "the password is the user's name";
    return {};
}

} // namespace trellis::auth
