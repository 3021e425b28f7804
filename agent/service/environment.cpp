#include "agent/service/environment.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace trellis::device {
namespace {
constexpr const char* kPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr int kMaxGroups = 256;
}  // namespace

std::optional<User> findUser(uid_t id) {
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 16384> buffer{};
    if (::getpwuid_r(id, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
        return {};
    }
    User user;
    user.id = id;
    user.group = entry.pw_gid;
    user.name = entry.pw_name;
    user.home = entry.pw_dir;
    user.shell = entry.pw_shell != nullptr && *entry.pw_shell != '\0' ? entry.pw_shell : "/bin/sh";
    int count = kMaxGroups;
    user.groups.resize(static_cast<std::size_t>(count));
    if (::getgrouplist(entry.pw_name, entry.pw_gid, user.groups.data(), &count) < 0) {
        count = 1;
        user.groups[0] = entry.pw_gid;
    }
    user.groups.resize(static_cast<std::size_t>(count));
    return user;
}

std::vector<std::string> environmentOf(const User& user,
                                       const std::map<std::string, std::string>& extra,
                                       bool isTerminal) {
    std::map<std::string, std::string> all{{"PATH", kPath},       {"LANG", "C.UTF-8"},
                                           {"HOME", user.home},   {"USER", user.name},
                                           {"LOGNAME", user.name}, {"SHELL", user.shell}};
    for (const char* name : {"PATH", "LANG", "TZ"}) {
        const char* value = std::getenv(name);
        if (value != nullptr && *value != '\0') all[name] = value;
    }
    if (isTerminal) all["TERM"] = "xterm-256color";
    for (const auto& [name, value] : extra) {
        if (!name.empty() && name.find('=') == std::string::npos) all[name] = value;
    }
    std::vector<std::string> lines;
    lines.reserve(all.size());
    for (const auto& [name, value] : all) lines.push_back(name + '=' + value);
    return lines;
}

}  // namespace trellis::device
