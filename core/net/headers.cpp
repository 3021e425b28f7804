// Headers and Query.
#include <algorithm>
#include <charconv>

#include "core/net/ascii.hpp"
#include "core/net/http_message.hpp"

namespace trellis::net {

const std::string* Headers::find(std::string_view name) const noexcept {
    for (const auto& [key, value] : fields_)
        if (equalsIgnoringCase(key, name))
            return &value;
    return nullptr;
}

std::string_view Headers::get(std::string_view name) const noexcept {
    const auto* value = find(name);
    return value ? std::string_view(*value) : std::string_view();
}

std::size_t Headers::count(std::string_view name) const noexcept {
    return static_cast<std::size_t>(
        std::count_if(fields_.begin(), fields_.end(),
                      [&](const Field& field) { return equalsIgnoringCase(field.first, name); }));
}

bool Headers::hasToken(std::string_view name, std::string_view token) const noexcept {
    for (const auto& [key, value] : fields_) {
        if (!equalsIgnoringCase(key, name))
            continue;
        for (std::string_view list = value; !list.empty();)
            if (equalsIgnoringCase(takeItem(list, ','), token))
                return true;
    }
    return false;
}

void Headers::add(std::string name, std::string value) {
    fields_.emplace_back(std::move(name), std::move(value));
}

void Headers::set(std::string_view name, std::string value) {
    remove(name);
    fields_.emplace_back(std::string(name), std::move(value));
}

void Headers::remove(std::string_view name) {
    std::erase_if(fields_,
                  [&](const Field& field) { return equalsIgnoringCase(field.first, name); });
}

namespace {

std::string decodeLeniently(std::string_view text, bool plusIsSpace) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && hexValue(text[i + 1]) >= 0 &&
            hexValue(text[i + 2]) >= 0) {
            result += static_cast<char>(hexValue(text[i + 1]) * 16 + hexValue(text[i + 2]));
            i += 2;
        } else {
            result += text[i] == '+' && plusIsSpace ? ' ' : text[i];
        }
    }
    return result;
}

} // namespace

Query Query::parse(std::string_view text, bool plusIsSpace) {
    Query query;
    while (!text.empty()) {
        const auto end = text.find('&');
        const auto pair = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        if (pair.empty())
            continue;
        // Only the first '=' separates; agents send more of them inside values.
        const auto equals = pair.find('=');
        const auto value =
            equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
        query.add(decodeLeniently(pair.substr(0, equals), plusIsSpace),
                  decodeLeniently(value, plusIsSpace));
    }
    return query;
}

std::optional<std::string_view> Query::find(std::string_view name) const noexcept {
    for (const auto& [key, value] : pairs_)
        if (key == name)
            return value;
    return std::nullopt;
}

bool Query::has(std::string_view name) const noexcept {
    return find(name).has_value();
}

std::string_view Query::get(std::string_view name) const noexcept {
    return find(name).value_or(std::string_view());
}

std::vector<std::string_view> Query::all(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const auto& [key, value] : pairs_)
        if (key == name)
            values.emplace_back(value);
    return values;
}

std::optional<std::int64_t> Query::integer(std::string_view name) const noexcept {
    const auto text = find(name);
    if (!text || text->empty())
        return std::nullopt;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc() || end != text->data() + text->size())
        return std::nullopt;
    return value;
}

void Query::add(std::string name, std::string value) {
    pairs_.emplace_back(std::move(name), std::move(value));
}

} // namespace trellis::net
