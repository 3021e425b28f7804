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
    bool endsWhenFull = true;
    std::int64_t keepDays = 0;    ///< 0: for ever
    std::int64_t maxTotal = 0;    ///< bytes of all files; 0: no limit
    FileOptions file;

    static trellis::sdk::Schema schema();
    static Policy from(const trellis::sdk::Options& options);
    /// Memory only: asked on I/O loops.
    bool wants(const trellis::sdk::TunnelInfo& info, const trellis::sdk::DeviceDirectory& directory) const;
};

}  // namespace recording
