/// Commands of the server's console: what `trellisctl` needs beyond the page's own commands. They ask
/// for full site rights, or for the local administrator.
#pragma once

#include <chrono>
#include <vector>

#include "core/agent/agent_channel.hpp"
#include "core/api/dispatcher.hpp"
#include "core/api/ports.hpp"
#include "core/app/records.hpp"

namespace trellis::app {

/// Adds `server.status`, `server.loginkey`, `user.*`, `group.*` and `device.list`. The arguments
/// outlive the registrations. `server` tells what agents connect to unless the caller says
/// otherwise.
std::vector<api::Registration> addAdminCommands(api::Dispatcher& dispatcher, Records& records,
                                                agent::AgentChannel& agents,
                                                const api::ServerPort& server);

}  // namespace trellis::app
