/// Parts of server administration that addServerCommands() brings along. Internal to core/api/commands.
#pragma once

#include "core/api/commands/support.hpp"
#include "core/api/commands/traffic.hpp"

namespace trellis::api {

/// Site bits 1, 4 or 16: any of them (control-protocol 3.11). Throws Error{Forbidden}.
void requireStatisticsRight(const WireCall& call);
/// The same for numbers of the whole server, which are not for tenants.
void requireServerNumbersRight(const WireCall& call);

void addTrafficCommands(CommandSet& set, const std::shared_ptr<TrafficCounts>& counts);
/// Records the server's numbers every 300 s, and tells them.
void addHistoryCommands(CommandSet& set, const std::shared_ptr<TrafficCounts>& counts);

} // namespace trellis::api
