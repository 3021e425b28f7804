/// Members of JSON objects that may be absent.
#pragma once

#include <cstdint>
#include <string>

#include <trellis/sdk/json.hpp>

namespace scripts {

namespace json = trellis::sdk::json;

inline std::string textOf(const json::object& object, const char* name) {
    const auto* value = object.if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

inline std::int64_t numberOf(const json::object& object, const char* name,
                             std::int64_t otherwise = 0) {
    const auto* value = object.if_contains(name);
    return value && value->is_int64() ? value->get_int64() : otherwise;
}

inline bool flagOf(const json::object& object, const char* name) {
    const auto* value = object.if_contains(name);
    return value && value->is_bool() && value->get_bool();
}

/// An empty object if it is absent.
inline const json::object& objectOf(const json::object& object, const char* name) {
    static const json::object kNone;
    const auto* value = object.if_contains(name);
    return value && value->is_object() ? value->get_object() : kNone;
}

} // namespace scripts
