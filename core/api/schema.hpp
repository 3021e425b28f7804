/// Tables of core/api: the audit trail and the server's statistics.
#pragma once

#include "core/store/database.hpp"

namespace trellis::api {

/// Applies the migrations of "api". Throws as store::migrate() does.
void migrateApi(store::Database& database);

} // namespace trellis::api
