/// What an installation fetches: `/meshagents` and `/meshsettings` (agent-protocol.md section 1.2).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/agent/agent_context.hpp"
#include "core/net/router.hpp"

namespace trellis::agent {

/// Adds the routes; the context outlives them.
std::vector<net::Registration> addDownloads(AgentContext& context, net::Router& router);

/// AgentChannel::settingsFile and installToken.
std::string settingsFile(const AgentContext& context, const model::Group& group,
                         std::string_view host);
std::string installToken(const AgentContext& context, std::string_view groupId,
                         std::chrono::minutes lifetime);

} // namespace trellis::agent
