#include "core/takeover/members.hpp"

#include <cmath>

namespace trellis::takeover {

std::string textOf(const json::object& document, std::string_view key) {
    const auto* value = document.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string();
}

std::int64_t numberOf(const json::object& document, std::string_view key) {
    constexpr double kExact = 9007199254740992.0; // 2^53: beyond it a double is no exact number
    const auto* value = document.if_contains(key);
    if (value == nullptr)
        return 0;
    if (value->is_int64())
        return value->get_int64();
    if (value->is_double() && std::abs(value->get_double()) <= kExact)
        return static_cast<std::int64_t>(value->get_double());
    return 0;
}

std::uint32_t bitsOf(const json::object& document, std::string_view key) {
    constexpr std::int64_t kLow = -2147483648LL, kHigh = 4294967295LL;
    const auto number = numberOf(document, key);
    return number < kLow || number > kHigh ? 0 : static_cast<std::uint32_t>(number);
}

bool flagOf(const json::object& document, std::string_view key) {
    const auto* value = document.if_contains(key);
    return value != nullptr && value->is_bool() && value->get_bool();
}

std::int64_t timeMsOf(const json::object& document, std::string_view key) {
    if (const auto* date = objectOf(document, key))
        return numberOf(*date, "$$date");
    return numberOf(document, key);
}

const json::object* objectOf(const json::object& document, std::string_view key) {
    const auto* value = document.if_contains(key);
    return value == nullptr ? nullptr : value->if_object();
}

std::vector<std::string> textsOf(const json::object& document, std::string_view key) {
    std::vector<std::string> texts;
    const auto* value = document.if_contains(key);
    const auto* list = value == nullptr ? nullptr : value->if_array();
    if (list == nullptr)
        return texts;
    for (const auto& item : *list)
        if (item.is_string())
            texts.emplace_back(item.get_string());
    return texts;
}

std::string unescapedKey(std::string_view key) {
    constexpr std::pair<std::string_view, char> kEscapes[] = {
        {"%2C", ','}, {"%2E", '.'}, {"%24", '$'}, {"%25", '%'}};
    std::string result;
    for (std::size_t at = 0; at < key.size();) {
        const auto rest = key.substr(at);
        char plain = 0;
        for (const auto& [escape, character] : kEscapes)
            if (rest.starts_with(escape))
                plain = character;
        result += plain != 0 ? plain : key[at];
        at += plain != 0 ? 3 : 1;
    }
    return result;
}

json::object pick(const json::object& document, std::initializer_list<std::string_view> names) {
    json::object result;
    for (const auto name : names)
        if (const auto* value = document.if_contains(name); value != nullptr && !value->is_null())
            result[name] = *value;
    return result;
}

} // namespace trellis::takeover
