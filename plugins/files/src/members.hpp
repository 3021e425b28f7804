/// Members of messages from devices, which may be of any type.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <trellis/sdk/json.hpp>

namespace files {

namespace json = trellis::sdk::json;

/// "" unless it is text.
inline std::string textOf(const json::object& object, const char* name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// 0 unless it is a number that counts bytes.
inline std::uint64_t bytesOf(const json::object& object, const char* name) {
    const auto* value = object.if_contains(name);
    if (value == nullptr || !value->is_number()) return 0;
    const auto number = value->to_number<double>();
    return number > 0 && number < 9e15 ? static_cast<std::uint64_t>(number) : 0;
}

/// Folder, with the separator at its end, and name of a path at a device. Windows knows both separators.
inline std::pair<std::string, std::string> splitPath(const std::string& path) {
    const bool isWindows = path.size() > 1 && (path[1] == ':' || path.starts_with("\\\\"));
    const auto at = path.find_last_of(isWindows ? "/\\" : "/");
    if (at == std::string::npos) return {isWindows ? "" : "/", path};
    return {path.substr(0, at + 1), path.substr(at + 1)};
}

}  // namespace files
