/// Tables of the audit trail. Internal to core/api/audit.
#pragma once

#include "core/api/audit/chain.hpp"
#include "core/store/database.hpp"

namespace trellis::api::audit {

/// Applies the migrations of "api", then chains the records that were written before there was a
/// chain, once. Records outside the chain that appear later stay outside and are found by verify(). Returns whether it made the chain now.
bool migrate(store::Database& database, const SealKey& key);

} // namespace trellis::api::audit
