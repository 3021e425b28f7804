/// Who a program runs as, and what it finds in its environment.
#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace trellis::device {

struct User {
    uid_t id = 0;
    gid_t group = 0;
    std::string name;
    std::string home;
    std::string shell;
    std::vector<gid_t> groups;
};
/// From the system's user database. nullopt if there is none with that id.
std::optional<User> findUser(uid_t id);

/// "NAME=value" lines: the reduced environment of `user` with `extra` on top. Nothing of the agent's own
/// environment is passed on but PATH, LANG and TZ.
std::vector<std::string> environmentOf(const User& user,
                                       const std::map<std::string, std::string>& extra,
                                       bool isTerminal);

}  // namespace trellis::device
