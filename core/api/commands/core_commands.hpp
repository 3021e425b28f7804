/// All commands of the core.
#pragma once

#include <memory>

#include "core/api/commands/support.hpp"

namespace trellis::api {

/// Registers them; they are withdrawn when the set goes.
std::unique_ptr<CommandSet> addCoreCommands(Context& context, ControlHub& hub, EventFeed& feed);

} // namespace trellis::api
