/// The sections of the configuration about what is kept: backups, audit records.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <boost/json/object.hpp>

namespace trellis::config {

struct BackupSection {
    std::string folder;         ///< "": backups in the data folder
    std::string dailyAt;        ///< "HH:MM" of the machine's time, or ""
    std::chrono::hours every{}; ///< 0: not by interval
    std::uint32_t keep = 0;     ///< older ones are deleted; 0: none is
    std::string passphrase;     ///< secret; "": no backups by schedule
    bool isScheduled() const { return !dailyAt.empty() || every.count() > 0; }
};

/// From Config::values().
BackupSection backupSection(const boost::json::object& values);
/// How long audit records are kept, 0: for ever.
std::chrono::hours keepAudit(const boost::json::object& values);

} // namespace trellis::config
