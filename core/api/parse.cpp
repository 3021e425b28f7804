#include "core/api/parse.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace trellis::api {

namespace json = boost::json;

namespace {

bool hasNul(std::string_view text) {
    return text.find('\0') != std::string_view::npos;
}

/// Depth is bounded by the parser, so this recursion is too.
bool holdsNul(const json::value& value) {
    if (const auto* text = value.if_string())
        return hasNul({text->data(), text->size()});
    if (const auto* items = value.if_array()) {
        for (const auto& item : *items)
            if (holdsNul(item))
                return true;
    }
    if (const auto* members = value.if_object()) {
        for (const auto& member : *members)
            if (hasNul({member.key().data(), member.key().size()}) || holdsNul(member.value()))
                return true;
    }
    return false;
}

std::string faultOf(const json::error_code& error) {
    if (error == json::error::too_deep)
        return "nested too deeply";
    return "not valid JSON: " + error.message();
}

} // namespace

ParsedMessage parseMessage(std::string_view text, std::size_t limit) {
    if (text.size() > limit)
        return {std::nullopt, "longer than " + std::to_string(limit) + " bytes"};
    json::parse_options options;
    options.max_depth = kMaxMessageDepth;
    json::error_code error;
    auto value = json::parse(json::string_view(text.data(), text.size()), error, {}, options);
    if (error)
        return {std::nullopt, faultOf(error)};
    if (!value.is_object())
        return {std::nullopt, "not a JSON object"};
    if (text.find("\\u0000") != std::string_view::npos && holdsNul(value))
        return {std::nullopt, "text with U+0000 in it"};
    return {std::move(value.get_object()), {}};
}

} // namespace trellis::api
