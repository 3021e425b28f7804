#include "agent/platform/linux/desktop/proc.hpp"

#include <dirent.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>

namespace trellis::device::desktop {
namespace {
constexpr std::size_t kMaxProcFile = 256 * 1024;
}  // namespace

std::vector<std::string> namesIn(const std::string& folder) {
    std::vector<std::string> names;
    const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(folder.c_str()), ::closedir);
    if (!open) return names;
    while (const auto* entry = ::readdir(open.get())) names.emplace_back(entry->d_name);
    return names;
}

bool isNumber(std::string_view text) {
    return !text.empty() && text.size() < 10 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::vector<std::string> processes() {
    auto names = namesIn("/proc");
    std::erase_if(names, [](const auto& name) { return !isNumber(name); });
    return names;
}

std::string procText(const std::string& path) {
    std::string text;
    FILE* file = std::fopen(path.c_str(), "re");
    if (file == nullptr) return text;
    std::array<char, 4096> part{};
    std::size_t count = 0;
    while (text.size() < kMaxProcFile && (count = std::fread(part.data(), 1, part.size(), file)) > 0) {
        text.append(part.data(), count);
    }
    std::fclose(file);
    return text;
}

std::vector<std::string> zeroSeparated(const std::string& text) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\0', at), text.size());
        parts.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

}  // namespace trellis::device::desktop
