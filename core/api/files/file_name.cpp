#include <algorithm>
#include <array>

#include <trellis/wire/text.hpp>

#include "core/api/files/file_store.hpp"

namespace trellis::api {

namespace {

/// "con", "COM1.txt": names that Windows takes for devices, with any extension.
bool isDeviceName(std::string_view name) {
    std::string stem;
    for (const char c : name.substr(0, name.find('.')))
        stem += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    while (stem.ends_with(' '))
        stem.pop_back();
    constexpr std::array<std::string_view, 4> kPlain{"con", "prn", "aux", "nul"};
    if (std::find(kPlain.begin(), kPlain.end(), stem) != kPlain.end())
        return true;
    return stem.size() == 4 && (stem.starts_with("com") || stem.starts_with("lpt")) &&
           stem[3] >= '0' && stem[3] <= '9';
}

} // namespace

bool isFileName(std::string_view name) {
    constexpr std::size_t kMostBytes = 255; // NAME_MAX of Linux file systems
    if (name.empty() || name.size() > kMostBytes || name.front() == '.' || !wire::isUtf8(name))
        return false;
    const bool hasForbidden = std::any_of(name.begin(), name.end(), [](char c) {
        const auto octet = static_cast<unsigned char>(c);
        return octet < 0x20 || octet == 0x7F ||
               std::string_view("\\/:*?\"<>|").find(c) != std::string_view::npos;
    });
    return !hasForbidden && !isDeviceName(name);
}

} // namespace trellis::api
