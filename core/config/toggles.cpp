#include "core/config/toggles.hpp"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <trellis/sdk/error.hpp>

#include "core/config/files.hpp"
#include "core/config/node.hpp"
#include "core/config/yaml_guard.hpp"
#include "core/config/yaml_reader.hpp"

namespace trellis::config {

namespace fs = std::filesystem;

namespace {

using Toggles = std::map<std::string, bool>;

constexpr auto kLockPatience = std::chrono::seconds(5);
constexpr auto kLockPause = std::chrono::milliseconds(20);

[[noreturn]] void unavailable(const fs::path& path, const std::string& what) {
    const std::string reason = std::strerror(errno);
    throw sdk::Error(sdk::ErrorCode::Unavailable, path.string() + " " + what + ": " + reason);
}

bool isId(std::string_view id) {
    bool fits = !id.empty() && id.size() <= 32 && id.front() >= 'a' && id.front() <= 'z';
    for (const char c : id) {
        fits = fits && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_');
    }
    return fits;
}

/// Held while the file is read and replaced, also against trellisctl.
class Lock {
public:
    explicit Lock(const fs::path& path)
        : fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) {
        if (fd_ < 0)
            unavailable(path, "cannot be opened");
        const auto deadline = std::chrono::steady_clock::now() + kLockPatience;
        while (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
            const bool isHeld = errno == EWOULDBLOCK || errno == EINTR;
            if (isHeld && std::chrono::steady_clock::now() < deadline) {
                std::this_thread::sleep_for(kLockPause);
                continue;
            }
            const int reason = errno;
            ::close(fd_);
            errno = reason;
            unavailable(path, "cannot be locked");
        }
    }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    ~Lock() { ::close(fd_); }

private:
    int fd_;
};

std::optional<bool> toggleOf(const Node& section) {
    if (section.kind != Node::Kind::Map || section.entries.size() != 1)
        return std::nullopt;
    const Node* value = section.entries[0].key == "enabled" ? &section.entries[0].value : nullptr;
    if (value == nullptr || value->kind != Node::Kind::Scalar)
        return std::nullopt;
    if (value->scalar != "true" && value->scalar != "false")
        return std::nullopt;
    return value->scalar == "true";
}

/// What the file says now. Anything that we would not have written would be lost, so it is refused.
Toggles readToggles(const fs::path& path) {
    const FileText file = readFile(path, kMaxFileBytes);
    if (!file.ok && file.isAbsent)
        return {};
    if (!file.ok)
        throw sdk::Error(sdk::ErrorCode::Unavailable, path.string() + " " + file.problem);
    Report report;
    std::size_t nodes = kMaxNodes;
    const Node root = readYaml(file.text, path.string(), "", nodes, report);
    if (!report.ok())
        throw sdk::Error(sdk::ErrorCode::Conflict, report.errors[0].text());
    Toggles toggles;
    const auto foreign = [&](const Position& place) {
        return sdk::Error(sdk::ErrorCode::Conflict,
                          place.text() +
                              ": the server writes this file and it holds something else; "
                              "move that to conf.d/");
    };
    if (root.kind != Node::Kind::Map)
        throw foreign(root.place);
    for (const Entry& entry : root.entries) {
        const bool isSection =
            entry.value.kind == Node::Kind::Map || entry.value.kind == Node::Kind::Null;
        if (entry.key != "plugins" || !isSection)
            throw foreign(entry.place);
        for (const Entry& plugin : entry.value.entries) {
            const auto toggle = toggleOf(plugin.value);
            if (!toggle || !isId(plugin.key))
                throw foreign(plugin.place);
            toggles[plugin.key] = *toggle;
        }
    }
    return toggles;
}

std::string toYaml(const Toggles& toggles) {
    std::string text =
        "# Written by the server when a plugin is switched on or off; it overrides the\n"
        "# configuration. Remove a line, or the file, to let the configuration decide.\n"
        "plugins:";
    if (toggles.empty())
        return text + " {}\n";
    text += '\n';
    for (const auto& [id, enabled] : toggles) {
        text += "  " + id + ": {enabled: " + (enabled ? "true" : "false") + "}\n";
    }
    return text;
}

void writeAll(int fd, std::string_view text, const fs::path& path) {
    while (!text.empty()) {
        const ssize_t wrote = ::write(fd, text.data(), text.size());
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            unavailable(path, "cannot be written");
        text.remove_prefix(static_cast<std::size_t>(wrote));
    }
    if (::fsync(fd) != 0)
        unavailable(path, "cannot be written");
}

void syncFolder(const fs::path& folder) {
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return; // the rename is done; only its durability is in question
    ::fsync(fd);
    ::close(fd);
}

void replaceFile(const fs::path& path, std::string_view text) {
    const fs::path draft = path.string() + ".tmp";
    ::unlink(draft.c_str()); // left by a crash; we hold the lock
    const int fd =
        ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (fd < 0)
        unavailable(draft, "cannot be written");
    try {
        writeAll(fd, text, draft);
        if (::rename(draft.c_str(), path.c_str()) != 0)
            unavailable(path, "cannot be replaced");
    } catch (...) {
        ::close(fd);
        ::unlink(draft.c_str());
        throw;
    }
    ::close(fd);
    syncFolder(path.parent_path());
}

void change(const fs::path& dataDir, std::string_view id, std::optional<bool> enabled) {
    if (!isId(id)) {
        throw sdk::Error(sdk::ErrorCode::InvalidArgument, "not the id of a plugin", "/plugin");
    }
    const fs::path path = togglesFile(dataDir);
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) {
        throw sdk::Error(sdk::ErrorCode::Unavailable,
                         path.parent_path().string() + " cannot be made: " + error.message());
    }
    const Lock lock(path.parent_path() / ".zz-toggles.lock");
    Toggles toggles = readToggles(path);
    if (enabled)
        toggles[std::string(id)] = *enabled;
    else if (toggles.erase(std::string(id)) == 0)
        return;
    replaceFile(path, toYaml(toggles));
}

} // namespace

fs::path togglesFile(const fs::path& dataDir) {
    return dataDir / "plugins.d" / "zz-toggles.yaml";
}

void setPluginEnabled(const fs::path& dataDir, std::string_view id, bool enabled) {
    change(dataDir, id, enabled);
}

void clearPluginToggle(const fs::path& dataDir, std::string_view id) {
    change(dataDir, id, std::nullopt);
}

} // namespace trellis::config
