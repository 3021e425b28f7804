/// The JSON messages of agents that the core itself understands (agent-protocol.md section 4.7).
#pragma once

#include <memory>
#include <vector>

#include "core/agent/agent_context.hpp"

namespace trellis::agent {

/// Registers them. The context outlives the registrations.
std::vector<AgentMessages::Registration> addCoreMessages(AgentContext& context);

/// Their declarations alone, for the reference page and for fuzzing.
std::vector<sdk::AgentMessageSpec> coreMessageSpecs();

} // namespace trellis::agent
