/// The words of problems: what was expected, what is there, which name was meant.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <trellis/sdk/schema.hpp>
#include <trellis/sdk/schema_node.hpp>

namespace trellis::sdk {

namespace {

constexpr std::size_t kMaxShown = 40; // characters of a value that are repeated
constexpr std::size_t kMaxWords = 12; // of a oneOf that are listed
constexpr std::size_t kMaxName = 64;  // longer names are not compared
constexpr auto kNoMax = std::numeric_limits<std::int64_t>::max();
constexpr auto kNoMin = std::numeric_limits<std::int64_t>::min();

/// " from 5 to 3600", " of at least 5", "".
std::string bounds(const SchemaNode& node) {
    const auto min = node.min.value_or(kNoMin);
    const auto max = node.max.value_or(kNoMax);
    if (min == kNoMin && max == kNoMax)
        return {};
    if (max == kNoMax)
        return " of at least " + std::to_string(min);
    if (min == kNoMin)
        return " of at most " + std::to_string(max);
    return " from " + std::to_string(min) + " to " + std::to_string(max);
}

/// " of 1 to 255 characters".
std::string lengths(const SchemaNode& node, std::string_view what) {
    const auto fallback = node.kind == SchemaKind::String ? Schema::kMaxText : Schema::kMaxItems;
    const auto min = node.min.value_or(0);
    const auto max = node.max.value_or(static_cast<std::int64_t>(fallback));
    const std::string noun = " " + std::string(what);
    if (min == max)
        return " of " + std::to_string(min) + noun;
    if (min <= 0)
        return " of at most " + std::to_string(max) + noun;
    if (max == kNoMax)
        return " of at least " + std::to_string(min) + noun;
    return " of " + std::to_string(min) + " to " + std::to_string(max) + noun;
}

std::string withUnit(std::string text, const SchemaNode& node) {
    if (!node.unit.empty())
        text.append(" (").append(unitName(node.unit)).append(")");
    return text;
}

std::string wordList(const std::vector<std::string>& words) {
    if (words.size() == 1 && words[0].empty())
        return "an empty string";
    std::string text = words.size() == 1 ? "" : "one of ";
    for (std::size_t i = 0; i < words.size() && i < kMaxWords; ++i) {
        if (i != 0)
            text += ", ";
        text += '"' + words[i] + '"';
    }
    if (words.size() > kMaxWords)
        text += ", ...";
    return text;
}

std::string stringText(const SchemaNode& node) {
    // A format says more than a length does, except where it says nothing about the content.
    const bool isFree = node.format == Format::None || node.format == Format::Line;
    std::string text(node.format == Format::None ? "a string" : formatName(node.format));
    return isFree && (node.max || node.min) ? text + lengths(node, "characters") : text;
}

/// Cut between characters, never inside one.
std::string_view cut(std::string_view text, std::size_t size) {
    if (text.size() <= size)
        return text;
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U)
        --size;
    return text.substr(0, size);
}

char folded(char c) {
    if (c >= 'A' && c <= 'Z')
        return static_cast<char>(c - 'A' + 'a');
    return c == '-' ? '_' : c;
}

/// Edits (insert, delete, replace, swap of neighbours) between two names; case and '-' against '_'
/// cost nothing.
std::size_t distance(std::string_view a, std::string_view b) {
    using Row = std::array<std::size_t, kMaxName + 1>;
    Row before{};
    Row last{};
    Row row{};
    for (std::size_t j = 0; j <= b.size(); ++j)
        last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const char x = folded(a[i - 1]);
            const char y = folded(b[j - 1]);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (x == y ? 0U : 1U)});
            const bool swapped =
                i > 1 && j > 1 && x == folded(b[j - 2]) && folded(a[i - 2]) == y && x != y;
            if (swapped)
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        before = last;
        last = row;
    }
    return last[b.size()];
}

} // namespace

std::string_view unitName(std::string_view unit) noexcept {
    if (unit == "s")
        return "seconds";
    if (unit == "ms")
        return "milliseconds";
    if (unit == "min")
        return "minutes";
    if (unit == "h")
        return "hours";
    if (unit == "d")
        return "days";
    return unit;
}

std::string_view formatName(Format format) noexcept {
    switch (format) {
    case Format::None:
        return "";
    case Format::Line:
        return "a line of text";
    case Format::Host:
        return "a host name or address";
    case Format::Address:
        return "an IPv4 or IPv6 address";
    case Format::Network:
        return "an address or network such as 10.0.0.0/8";
    case Format::Url:
        return "a URL such as https://example.org";
    case Format::Email:
        return "an e-mail address";
    case Format::Hex:
        return "hexadecimal digits, two for each byte";
    case Format::Identifier:
        return "a name of letters, digits, '_', '-' and '.'";
    }
    return "";
}

std::string expectation(const SchemaNode& node) {
    switch (node.kind) {
    case SchemaKind::Any:
        return "any value";
    case SchemaKind::Object:
        return "an object";
    case SchemaKind::Map:
        return node.min || node.max ? "an object" + lengths(node, "members") : "an object";
    case SchemaKind::Array:
        return node.min || node.max ? "a list" + lengths(node, "items") : "a list";
    case SchemaKind::String:
        return withUnit(stringText(node), node);
    case SchemaKind::Integer:
        return withUnit("an integer" + bounds(node), node);
    case SchemaKind::Number:
        return withUnit("a number" + bounds(node), node);
    case SchemaKind::Boolean:
        return "true or false";
    case SchemaKind::OneOf:
        return wordList(node.words);
    case SchemaKind::AnyOf:
        break;
    }
    std::string text;
    for (std::size_t i = 0; i < node.items.size(); ++i) {
        if (i != 0)
            text += " or ";
        text += expectation(node.items[i].node());
    }
    return text;
}

std::string describeValue(const json::value& value) {
    if (value.is_null())
        return "null";
    if (const auto* array = value.if_array()) {
        return "a list of " + std::to_string(array->size()) +
               (array->size() == 1 ? " item" : " items");
    }
    if (value.is_object())
        return "an object";
    if (const auto* text = value.if_string()) {
        const std::string_view shown = cut({text->data(), text->size()}, kMaxShown);
        std::string quoted = json::serialize(json::string(shown.data(), shown.size())); // escapes
        if (shown.size() < text->size())
            quoted.insert(quoted.size() - 1, "...");
        return quoted;
    }
    if (const auto* number = value.if_double()) {
        char buffer[32]; // Boost.JSON would write 5E-1
        const auto end = std::to_chars(buffer, buffer + sizeof buffer, *number).ptr;
        return {buffer, end};
    }
    return json::serialize(value);
}

std::string_view nearestName(std::string_view name, const std::vector<std::string_view>& known) {
    std::string_view nearest;
    std::size_t best = kMaxName;
    for (const std::string_view candidate : known) {
        if (name.size() > kMaxName || candidate.size() > kMaxName)
            continue;
        const std::size_t longest = std::max(name.size(), candidate.size());
        const std::size_t edits = distance(name, candidate);
        if (edits > std::max<std::size_t>(1, longest / 3) || edits >= best || edits >= longest)
            continue;
        best = edits;
        nearest = candidate;
    }
    return nearest;
}

} // namespace trellis::sdk
