/// What a Schema holds, for the host's validator, forms and reference pages. Plugins don't need it:
/// it may grow in a minor version and is not part of the plugin ABI.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include <trellis/sdk/schema.hpp>

namespace trellis::sdk {

enum class SchemaKind : std::uint8_t {
    Any = 1,
    Object,
    Map,
    Array,
    String,
    Integer,
    Number,
    Boolean,
    OneOf,
    AnyOf,
};

struct SchemaProp {
    std::string name;
    Schema value;
    std::string doc;
    bool required = false;
};

struct SchemaNode {
    SchemaKind kind = SchemaKind::Any;
    Format format = Format::None;
    bool secret = false;
    bool allowUnknown = false;
    bool nullable = false;
    bool needsRestart = false;
    bool hasDefaults = false; ///< this value or one below it has a default
    bool hasSecrets = false;  ///< this value or one below it is secret
    std::optional<std::int64_t> min, max;
    std::string unit;
    std::string title;
    std::string doc;
    std::optional<json::value> byDefault;
    std::vector<SchemaProp> props;  ///< Object, in order of declaration
    std::vector<std::string> words; ///< OneOf
    std::vector<Schema> items;      ///< Array and Map: one; AnyOf: the alternatives

    TRELLIS_API const SchemaProp* find(std::string_view name) const noexcept;
};

/// "an integer from 5 to 3600 (seconds)": what the value should be, as it stands after "expected".
TRELLIS_API std::string expectation(const SchemaNode& node);
/// Whether `text` keeps to the format; always true for Format::None.
TRELLIS_API bool matchesFormat(std::string_view text, Format format) noexcept;
/// "a host name or address": the format as it stands after "expected", "" for Format::None.
TRELLIS_API std::string_view formatName(Format format) noexcept;
/// "seconds" for "s", "milliseconds" for "ms"; other units as they are.
TRELLIS_API std::string_view unitName(std::string_view unit) noexcept;
/// A value as it stands after "got": quoted text, a number, "an object"; cut at about 40
/// characters.
TRELLIS_API std::string describeValue(const json::value& value);

} // namespace trellis::sdk
