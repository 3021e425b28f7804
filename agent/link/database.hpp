/// What the agent remembers: a small file of keys and values beside its settings.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace trellis::device {

/// File format: a first line "trellis-agent 1", then one line per entry: key, space, value in hex.
/// Written whole and atomically (0600) at each change; meant for a few small values.
class Database {
public:
    /// Reads `path`; a missing file is an empty database. Throws std::runtime_error if the file is
    /// there and is not ours or damaged: a new identity must never be made by accident.
    explicit Database(std::string path);

    std::optional<std::string> get(std::string_view key) const;
    /// Keys: 1..64 printable characters without spaces; values up to 256 KiB. Throws
    /// std::invalid_argument for others, std::system_error if the file can't be written (then the old
    /// value stays).
    void put(std::string_view key, std::string_view value);
    void remove(std::string_view key);
    const std::map<std::string, std::string, std::less<>>& all() const noexcept { return entries_; }

private:
    using Entries = std::map<std::string, std::string, std::less<>>;
    void save(const Entries& entries) const;

    std::string path_;
    Entries entries_;
};

}  // namespace trellis::device
