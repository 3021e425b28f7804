/// Decides what becomes of an agent that has proven its identity (agent-protocol.md section 3.5,
/// "Completion sequence"), and brings its device record up to date.
#pragma once

#include <string>

#include "core/agent/agent_context.hpp"
#include "core/agent/handshake.hpp"

namespace trellis::agent {

struct Admission {
    bool isAdmitted = false;
    std::string reason;   ///< why not; the connection is then held
    std::string deviceId; ///< "node/<domain>/<64>"
    Throttle throttle = Throttle::None;
};

/// Blocks (decision, revived group): worker pool. Never throws: an error of the database is a reason.
/// `tenant`: whose door it came through; devices and groups of another are unknown there.
Admission admit(AgentContext& context, const AgentIdentity& identity, const std::string& address,
                const std::string& tenant = {}) noexcept;

/// "mesh/<domain>/<id>" of the group that an agent names; legacy ids are lower-case hex (section 2.5).
std::string groupIdOf(const wire::Hash& groupId, std::string_view domain);

} // namespace trellis::agent
