/// An agent executable with the settings of a group in it (agent-protocol.md section 2.4).
#pragma once

#include "core/agent/agent_binaries.hpp"
#include "core/net/http_message.hpp"

#include <string>

namespace trellis::agent {

/// The file followed by settings and trailer; in a signed Windows program they go into the padding of
/// the certificate table, which the signature does not cover, and two lengths are adjusted for it.
/// The file is read while it is sent. `settings`: at most wire::kMaxSettings bytes. Throws
/// sdk::Error{Unavailable} if the head of the file can't be read.
net::HttpResponse packageOf(const AgentBinary& binary, std::string settings);

} // namespace trellis::agent
