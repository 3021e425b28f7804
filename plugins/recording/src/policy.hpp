/// Which sessions are recorded, and how long recordings stay.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <trellis/sdk/directory.hpp>
#include <trellis/sdk/options.hpp>
#include <trellis/sdk/schema.hpp>
#include <trellis/sdk/tunnel.hpp>

#include "session_file.hpp"

namespace recording {

struct Policy {
    std::vector<std::string> kinds;  ///< "terminal", "desktop", "files"
    /// Names or ids. All empty: everybody and everything; otherwise one that fits is enough.
    std::vector<std::string> users, userGroups, groups, tags;
    std::vector<std::string> writtenUsers;  ///< users as the admin wrote them; `users` is folded
    bool endsWhenFull = true;
    std::int64_t keepDays = 0;    ///< 0: for ever
    std::int64_t maxTotal = 0;    ///< bytes of all files; 0: no limit
    FileOptions file;

    /// A value of users, user_groups, groups or tags that no session will fit as things are.
    struct Unknown {
        std::string option, value, why;
    };
    /// Those that can be told: of the default tenant, as the directory lists no others.
    std::vector<Unknown> unknown(const trellis::sdk::DeviceDirectory& directory) const;

    static trellis::sdk::Schema schema();
    static Policy from(const trellis::sdk::Options& options);
    /// Memory only: asked on I/O loops.
    bool wants(const trellis::sdk::TunnelInfo& info, const trellis::sdk::DeviceDirectory& directory) const;
};

}  // namespace recording
