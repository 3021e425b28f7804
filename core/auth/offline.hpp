/// Accounts without a running server (trellisctl user add).
#pragma once

#include "core/auth/account_service.hpp"

#include <filesystem>

namespace trellis::auth {

/// Opens the data directory's database, migrates it, makes the account and closes it again.
/// `databaseUrl` empty: store::defaultUrl(dataDirectory). Throws as AccountService does, and
/// Conflict if a server runs on that directory (it would not see the new account; ask the server
/// instead).
model::UserPtr userAdd(const std::filesystem::path& dataDirectory, const std::string& databaseUrl,
                       const NewAccount& account);

} // namespace trellis::auth
