/// The device's key pair and certificate (protocol section 2.5).
#pragma once

#include "agent/link/database.hpp"

#include <trellis/wire/certificate.hpp>

namespace trellis::device {

struct Identity {
    wire::KeyPtr key;
    wire::Bytes certificate;  ///< DER
    wire::Hash nodeId{};      ///< key hash
};

/// RSA-3072, self-signed, as MeshAgent makes it. Takes up to seconds. Throws std::runtime_error.
Identity makeIdentity();

/// The stored identity; the first time a new one, stored before it is returned. Throws
/// std::runtime_error if the stored one is damaged (it is not replaced) or can't be stored.
Identity loadIdentity(Database& database);

}  // namespace trellis::device
