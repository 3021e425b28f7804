/// The tables of logins. Internal to core/auth.
#pragma once

#include "core/store/database.hpp"

namespace trellis::auth {

/// After the model's migrations: rows point to users and go with them.
void migrateAuth(store::Database& database);

} // namespace trellis::auth
