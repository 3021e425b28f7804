/// Which devices are meant.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <trellis/sdk/schema.hpp>

#include "people.hpp"

namespace scripts {

/// The arguments that choose devices, for several commands.
trellis::sdk::Schema targetSchema();

struct Target {
    std::string id, name, groupId;
    bool isOnline = false;
};

/// What becomes of a named device that is gone or that the owner may not use: an error for who is
/// there to read it, left out when a schedule is due.
enum class Named : std::uint8_t { Refuse = 1, LeaveOut };

/// Devices named by `targets.devices`, and those that are in one of `groups`, have one of `tags`,
/// run `os` and contain `filter` in name or system, each if given. Only those on which `owner` may
/// run commands now; for devices that are named, Error{NotFound} or {Forbidden} instead. By id.
std::vector<Target> choose(const People& people, const Owner& owner, const json::object& targets,
                           Named named = Named::Refuse);

/// Conditions on one device, as choose() but without `devices`; all absent: true.
bool matches(const trellis::sdk::DirectoryDevice& device, const json::object& targets);

} // namespace scripts
