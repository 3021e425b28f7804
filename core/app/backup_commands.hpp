/// Commands and the route about backups of the running server.
#pragma once

#include <memory>
#include <vector>

#include "core/api/dispatcher.hpp"
#include "core/api/http/caller.hpp"
#include "core/app/backups.hpp"
#include "core/bus/worker_pool.hpp"
#include "core/net/router.hpp"

namespace trellis::app {

/// `backup.start`, `backup.verify` and `backup.state`, for who has the site right "backup". All arguments outlive what is
/// returned.
std::vector<api::Registration> addBackupCommands(api::Dispatcher& dispatcher, Backups& backups,
                                                 bus::WorkerPool& pool);

/// GET /api/backups/{file}: a backup, encrypted as it lies there, with the same right.
net::Registration mountBackups(net::Router& router, const Backups& backups,
                               const api::HttpCallers& callers);

}  // namespace trellis::app
