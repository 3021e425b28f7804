/// Messages that a command sends to an agent on behalf of its caller (control-protocol 3.7).
#pragma once

#include "core/api/commands/support.hpp"

namespace trellis::api {

/// Puts in who asks, with which rights, and which consent is needed; members of those names that a
/// client sent are replaced, `nodeid` is removed.
json::object onBehalfOf(CommandSet& set, const sdk::Request& request, const Target& device,
                        json::object message);

/// Windows agents by architecture number (agent-protocol 4.4).
bool isWindowsAgent(std::uint32_t archId) noexcept;

} // namespace trellis::api
