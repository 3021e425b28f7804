/// The command that reads the audit trail.
#pragma once

#include "core/api/audit_store.hpp"
#include "core/api/dispatcher.hpp"

namespace trellis::app {

/// `audit.list`, for full administrators; `audit` outlives what is returned.
api::Registration addAuditCommand(api::Dispatcher& dispatcher, const api::StoredAudit& audit);

}  // namespace trellis::app
