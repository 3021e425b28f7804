#include "core/config/scalar.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace trellis::config {

namespace {

using sdk::SchemaKind;

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

bool isPlain(const Node& node) {
    return node.style != Node::Style::Quoted;
}

bool allDigits(std::string_view text) {
    for (const char c : text) {
        if (!isDigit(c))
            return false;
    }
    return !text.empty();
}

std::string_view unsignedPart(std::string_view text) {
    if (!text.empty() && (text.front() == '-' || text.front() == '+'))
        text.remove_prefix(1);
    return text;
}

/// YAML 1.1 reads 010 as 8, YAML 1.2 as 10, and people mean either: nobody may write it.
bool looksOctal(std::string_view text) {
    text = unsignedPart(text);
    return text.size() > 1 && text.front() == '0' && allDigits(text);
}

bool hasRadixPrefix(std::string_view text) {
    text = unsignedPart(text);
    if (text.size() < 3 || text[0] != '0')
        return false;
    const char c = text[1];
    return c == 'x' || c == 'X' || c == 'o' || c == 'O' || c == 'b' || c == 'B';
}

std::optional<std::int64_t> parseInteger(std::string_view text) {
    if (looksOctal(text))
        return std::nullopt;
    if (!text.empty() && text.front() == '+')
        text.remove_prefix(1);
    std::int64_t number = 0;
    const auto* end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || at != end)
        return std::nullopt;
    return number;
}

std::optional<double> parseNumber(std::string_view text) {
    if (looksOctal(text))
        return std::nullopt;
    double number = 0;
    const auto* end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || at != end || !std::isfinite(number))
        return std::nullopt;
    return number;
}

std::optional<bool> parseBoolean(std::string_view text) {
    for (const char* word : {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"}) {
        if (text == word)
            return true;
    }
    for (const char* word : {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"}) {
        if (text == word)
            return false;
    }
    return std::nullopt;
}

/// Seconds or bytes in one `suffix`, 0 if it is not a unit of that kind.
std::int64_t factorOf(std::string_view suffix, std::string_view unit) {
    struct Unit {
        std::string_view name;
        std::string_view kind;
        std::int64_t factor;
    };
    static constexpr Unit kUnits[] = {{"s", "s", 1},
                                      {"sec", "s", 1},
                                      {"m", "s", 60},
                                      {"min", "s", 60},
                                      {"h", "s", 3600},
                                      {"d", "s", 86400},
                                      {"ms", "ms", 1},
                                      {"s", "ms", 1000},
                                      {"m", "ms", 60000},
                                      {"B", "bytes", 1},
                                      {"k", "bytes", 1024},
                                      {"K", "bytes", 1024},
                                      {"kB", "bytes", 1000},
                                      {"KB", "bytes", 1000},
                                      {"KiB", "bytes", 1024},
                                      {"M", "bytes", 1 << 20},
                                      {"MB", "bytes", 1000000},
                                      {"MiB", "bytes", 1 << 20},
                                      {"G", "bytes", 1 << 30},
                                      {"GB", "bytes", 1000000000},
                                      {"GiB", "bytes", 1 << 30},
                                      {"d", "days", 1},
                                      {"w", "days", 7},
                                      {"y", "days", 365}};
    for (const Unit& known : kUnits) {
        if (known.kind == unit && known.name == suffix)
            return known.factor;
    }
    return 0;
}

/// `; write 600` for "10m" where seconds are expected.
std::string unitHint(std::string_view text, const sdk::SchemaNode& schema) {
    std::size_t digits = 0;
    while (digits < text.size() && isDigit(text[digits]))
        ++digits;
    if (digits == 0 || digits > 9 || schema.unit.empty())
        return {};
    std::string_view suffix = text.substr(digits);
    if (!suffix.empty() && suffix.front() == ' ')
        suffix.remove_prefix(1);
    const auto number = parseInteger(text.substr(0, digits));
    const std::int64_t factor = factorOf(suffix, schema.unit);
    if (!number || factor == 0)
        return {};
    return "; write " + std::to_string(*number * factor) + " without a unit";
}

/// `; write 1000000` for 1_000_000 and 1,000,000.
std::string groupingHint(std::string_view text) {
    std::string digits;
    for (const char c : text) {
        if (c != '_' && c != ',' && c != '\'')
            digits += c;
    }
    if (digits.size() == text.size() || !allDigits(digits) || looksOctal(digits))
        return {};
    return "; write " + digits;
}

std::string octalHint(std::string_view text) {
    const std::string_view digits = unsignedPart(text);
    const auto first = digits.find_first_not_of('0');
    const std::string shown(first == std::string_view::npos ? "0" : digits.substr(first));
    const std::string sign = text.front() == '-' ? "-" : "";
    return "; a leading zero can mean octal, write " + sign + shown;
}

/// What is wrong with a text where a number is expected, beyond that it is none.
std::string numberHint(const Node& node, const sdk::SchemaNode& schema) {
    const std::string& text = node.scalar;
    if (!isPlain(node))
        return parseNumber(text) ? "; remove the quotes" : unitHint(text, schema);
    if (looksOctal(text))
        return octalHint(text);
    if (hasRadixPrefix(text))
        return "; numbers are decimal";
    const std::string hint = unitHint(text, schema);
    return hint.empty() ? groupingHint(text) : hint;
}

/// As it stands after "got". Numbers as they were written, texts quoted.
std::string shown(const Node& node) {
    const std::string& text = node.scalar;
    const bool isNumber = isPlain(node) && text.size() <= 40 &&
                          (parseNumber(text) || (looksOctal(text) && !text.empty()));
    return isNumber ? text : sdk::describeValue(boost::json::value(text));
}

std::string gotText(const Node& got) {
    switch (got.kind) {
    case Node::Kind::Null:
        return "nothing";
    case Node::Kind::Scalar:
        return got.isFile ? "!file " + got.scalar : shown(got);
    case Node::Kind::List: {
        const std::size_t size = got.items.size();
        return size == 0 ? "an empty list"
                         : "a list of " + std::to_string(size) + (size == 1 ? " item" : " items");
    }
    case Node::Kind::Map:
        return "a section with keys";
    }
    return {};
}

std::string expectedText(const sdk::SchemaNode& schema) {
    if (schema.kind == SchemaKind::Object)
        return "a section with keys";
    std::string text = sdk::expectation(schema);
    constexpr std::string_view kObject = "an object";
    if (schema.kind == SchemaKind::Map && text.compare(0, kObject.size(), kObject) == 0) {
        text.replace(0, kObject.size(), "a section");
    }
    return text;
}

ScalarResult good(boost::json::value value) {
    return {true, std::move(value), {}};
}

ScalarResult bad(const Node& node, const sdk::SchemaNode& schema, const std::string& hint = {}) {
    return {false, {}, mismatch(schema, node) + (schema.secret ? std::string() : hint)};
}

ScalarResult integerValue(const Node& node, const sdk::SchemaNode& schema) {
    const auto number = isPlain(node) ? parseInteger(node.scalar) : std::nullopt;
    if (!number)
        return bad(node, schema, numberHint(node, schema));
    const bool outside =
        (schema.min && *number < *schema.min) || (schema.max && *number > *schema.max);
    return outside ? bad(node, schema) : good(*number);
}

ScalarResult numberValue(const Node& node, const sdk::SchemaNode& schema) {
    const auto number = isPlain(node) ? parseNumber(node.scalar) : std::nullopt;
    if (!number)
        return bad(node, schema, numberHint(node, schema));
    const bool outside = (schema.min && *number < static_cast<double>(*schema.min)) ||
                         (schema.max && *number > static_cast<double>(*schema.max));
    return outside ? bad(node, schema) : good(*number);
}

std::size_t characters(std::string_view text) {
    std::size_t count = 0;
    for (const char c : text)
        count += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    return count;
}

ScalarResult stringValue(const Node& node, const sdk::SchemaNode& schema) {
    const auto size = static_cast<std::int64_t>(characters(node.scalar));
    const auto max = schema.max.value_or(static_cast<std::int64_t>(sdk::Schema::kMaxText));
    if (size < schema.min.value_or(0) || size > max ||
        !sdk::matchesFormat(node.scalar, schema.format)) {
        return bad(node, schema);
    }
    return good(boost::json::value(node.scalar));
}

ScalarResult wordValue(const Node& node, const sdk::SchemaNode& schema) {
    for (const std::string& word : schema.words) {
        if (word == node.scalar)
            return good(boost::json::value(word));
    }
    const std::vector<std::string_view> words(schema.words.begin(), schema.words.end());
    const std::string_view near = sdk::nearestName(node.scalar, words);
    return bad(node, schema, near.empty() ? "" : "; did you mean \"" + std::string(near) + "\"?");
}

ScalarResult booleanValue(const Node& node, const sdk::SchemaNode& schema) {
    const auto flag = parseBoolean(node.scalar);
    if (flag && isPlain(node))
        return good(*flag);
    return bad(node, schema, flag ? "; remove the quotes" : "");
}

/// A value without a schema, by YAML 1.2's core rules; 010 stays a text.
ScalarResult anyValue(const Node& node) {
    if (!isPlain(node))
        return good(boost::json::value(node.scalar));
    if (const auto number = parseInteger(node.scalar))
        return good(*number);
    if (const auto number = parseNumber(node.scalar))
        return good(*number);
    if (node.scalar == "true" || node.scalar == "false")
        return good(node.scalar == "true");
    return good(boost::json::value(node.scalar));
}

} // namespace

std::string mismatch(const sdk::SchemaNode& schema, const Node& got) {
    std::string text = "expected " + expectedText(schema);
    const bool isHidden = schema.secret || (schema.kind == SchemaKind::AnyOf && schema.hasSecrets);
    if (isHidden && got.kind == Node::Kind::Scalar)
        return text + " (the value is not shown)";
    return text + ", got " + gotText(got);
}

ScalarResult scalarValue(const Node& node, const sdk::SchemaNode& schema) {
    switch (schema.kind) {
    case SchemaKind::String:
        return stringValue(node, schema);
    case SchemaKind::OneOf:
        return wordValue(node, schema);
    case SchemaKind::Boolean:
        return booleanValue(node, schema);
    case SchemaKind::Any:
        return anyValue(node);
    case SchemaKind::Integer:
        return integerValue(node, schema);
    case SchemaKind::Number:
        return numberValue(node, schema);
    default:
        return bad(node, schema);
    }
}

} // namespace trellis::config
