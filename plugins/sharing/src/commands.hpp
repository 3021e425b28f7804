/// deviceShares, deviceMeshShares, createDeviceShareLink and removeDeviceShare (control-protocol 3.9).
#pragma once

#include <functional>

#include <trellis/sdk/directory.hpp>
#include <trellis/sdk/plugin.hpp>

namespace sharing {

class Shares;

/// What the commands need once the plugin runs.
struct CommandParts {
    std::function<Shares&()> shares;
    std::function<trellis::sdk::Host&()> host;
    std::function<const trellis::sdk::DeviceDirectory&()> directory;
    std::function<std::int64_t()> maxMinutes;  ///< 0: no limit
};
void declareCommands(trellis::sdk::Registrar& reg, CommandParts parts);

}  // namespace sharing
