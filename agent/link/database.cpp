#include "agent/link/database.hpp"

#include "agent/base/file.hpp"

#include <trellis/wire/text.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <stdexcept>

namespace trellis::device {
namespace {
constexpr std::string_view kHead = "trellis-agent 1\n";
constexpr std::size_t kMaxFile = 4 * 1024 * 1024;
constexpr std::size_t kMaxKey = 64;
constexpr std::size_t kMaxValue = 256 * 1024;

bool isKey(std::string_view key) {
    return !key.empty() && key.size() <= kMaxKey &&
           std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < 0x7F; });
}
}  // namespace

Database::Database(std::string path) : path_(std::move(path)) {
    struct stat info {};
    if (::stat(path_.c_str(), &info) != 0) return;
    const auto content = readFile(path_, kMaxFile);
    const auto damaged = [this] {
        return std::runtime_error(path_ + ": not an agent database, or damaged; restore it from a "
                                          "backup, or remove it to enrol as a new device");
    };
    if (!content || !content->starts_with(kHead)) throw damaged();
    std::string_view rest(*content);
    rest.remove_prefix(kHead.size());
    while (!rest.empty()) {
        const auto end = rest.find('\n');
        const auto line = rest.substr(0, end);
        const auto space = line.find(' ');
        if (end == std::string_view::npos || space == std::string_view::npos) throw damaged();
        const auto value = wire::decodeHex(line.substr(space + 1));
        if (!value || !isKey(line.substr(0, space))) throw damaged();
        entries_[std::string(line.substr(0, space))] = std::string(wire::textOf(*value));
        rest.remove_prefix(end + 1);
    }
}

std::optional<std::string> Database::get(std::string_view key) const {
    const auto found = entries_.find(key);
    if (found == entries_.end()) return {};
    return found->second;
}

void Database::put(std::string_view key, std::string_view value) {
    if (!isKey(key)) throw std::invalid_argument("database key is empty, too long or not printable");
    if (value.size() > kMaxValue) throw std::invalid_argument("database value is above 256 KiB");
    const auto found = entries_.find(key);
    if (found != entries_.end() && found->second == value) return;
    auto changed = entries_;
    changed[std::string(key)] = std::string(value);
    save(changed);
    entries_ = std::move(changed);
}

void Database::remove(std::string_view key) {
    auto changed = entries_;
    const auto found = changed.find(key);
    if (found == changed.end()) return;
    changed.erase(found);
    save(changed);
    entries_ = std::move(changed);
}

void Database::save(const Entries& entries) const {
    std::string content(kHead);
    for (const auto& [key, value] : entries) {
        content += key;
        content += ' ';
        content += wire::encodeHex(wire::bytesOf(value), wire::HexCase::Lower);
        content += '\n';
    }
    if (content.size() > kMaxFile) throw std::invalid_argument("the agent database is full (4 MiB)");
    replaceFile(path_, content, 0600);
}

}  // namespace trellis::device
