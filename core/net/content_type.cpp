#include <algorithm>
#include <array>
#include <utility>

#include "core/net/ascii.hpp"
#include "core/net/static_files.hpp"

namespace trellis::net {

namespace {

using Pair = std::pair<std::string_view, std::string_view>;

constexpr std::array kTypes{
    Pair{"css", "text/css; charset=utf-8"},
    Pair{"csv", "text/csv; charset=utf-8"},
    Pair{"gif", "image/gif"},
    Pair{"gz", "application/gzip"},
    Pair{"html", "text/html; charset=utf-8"},
    Pair{"ico", "image/x-icon"},
    Pair{"jpg", "image/jpeg"},
    Pair{"jpeg", "image/jpeg"},
    Pair{"js", "text/javascript; charset=utf-8"},
    Pair{"json", "application/json"},
    Pair{"map", "application/json"},
    Pair{"mjs", "text/javascript; charset=utf-8"},
    Pair{"mp3", "audio/mpeg"},
    Pair{"mp4", "video/mp4"},
    Pair{"ogg", "audio/ogg"},
    Pair{"pdf", "application/pdf"},
    Pair{"png", "image/png"},
    Pair{"svg", "image/svg+xml"},
    Pair{"ttf", "font/ttf"},
    Pair{"txt", "text/plain; charset=utf-8"},
    Pair{"wasm", "application/wasm"},
    Pair{"webm", "video/webm"},
    Pair{"webmanifest", "application/manifest+json"},
    Pair{"webp", "image/webp"},
    Pair{"woff", "font/woff"},
    Pair{"woff2", "font/woff2"},
    Pair{"xml", "application/xml"},
    Pair{"zip", "application/zip"},
};

} // namespace

std::string_view contentTypeOf(std::string_view fileName) noexcept {
    const auto dot = fileName.rfind('.');
    if (dot == std::string_view::npos)
        return "application/octet-stream";
    const auto extension = fileName.substr(dot + 1);
    const auto found = std::find_if(kTypes.begin(), kTypes.end(), [&](const Pair& pair) {
        return equalsIgnoringCase(pair.first, extension);
    });
    return found == kTypes.end() ? "application/octet-stream" : found->second;
}

} // namespace trellis::net
