/// Accounts without a running server (trellisctl user add).
#pragma once

#include "core/auth/account_service.hpp"

#include <filesystem>
#include <functional>

namespace trellis::auth {

/// Called with the open database once the account is made, while no server can start.
using OfflineNote = std::function<void(store::Database&, const model::User&)>;

/// Opens the data directory's database, migrates it, makes the account and closes it again.
/// `databaseUrl` empty: store::defaultUrl(dataDirectory). Throws as AccountService does, and
/// Conflict if a server runs on that directory (it would not see the new account; ask the server
/// instead).
model::UserPtr userAdd(const std::filesystem::path& dataDirectory, const std::string& databaseUrl,
                       const NewAccount& account, const OfflineNote& note = {});

} // namespace trellis::auth
