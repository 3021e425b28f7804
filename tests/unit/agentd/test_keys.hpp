/// Keys that the tests share; RSA-3072 takes long to make.
#pragma once

#include "agent/link/identity.hpp"

namespace agentd_test {

/// A device's identity, and putting it where an agent looks for its own.
const trellis::device::Identity& deviceIdentity();
void storeDeviceIdentity(trellis::device::Database& database);
/// A web certificate's key.
const trellis::device::Identity& webIdentity();
/// Two servers' agent-server keys; nodeId is the ServerID.
const trellis::device::Identity& serverIdentity();
const trellis::device::Identity& otherServerIdentity();

}  // namespace agentd_test
