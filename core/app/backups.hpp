/// Backups of the running server: by schedule, on demand, and what became of the last one.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "core/app/settings.hpp"
#include "core/config/backup_config.hpp"
#include "core/config/config.hpp"
#include "core/store/backup/backup.hpp"
#include "core/store/clock.hpp"
#include "core/store/settings.hpp"

namespace trellis::app {

struct BackupFile {
    std::filesystem::path path;
    std::uint64_t size = 0;
    std::int64_t madeMs = 0; ///< by its name
};

/// Where backups are written by schedule.
std::filesystem::path backupFolder(const std::filesystem::path& data,
                                   const config::BackupSection& section);
/// The backups there that have a name of ours, oldest first; none if there is no folder.
std::vector<BackupFile> listBackups(const std::filesystem::path& folder);
/// What goes into a backup of this data directory.
store::backup::Contents backupContents(const store::Database& database, const config::Config& config,
                                       const std::filesystem::path& data,
                                       const std::filesystem::path& configFile);

/// Any thread.
class Backups {
public:
    Backups(const LaunchOptions& options, std::shared_ptr<const config::Config> config,
            const store::Database& database, store::Settings& settings,
            store::Clock clock = store::systemClock());

    /// Makes one now, and deletes those beyond `keep`. Throws Conflict if one is being made, and as
    /// store::backup::create(). Blocks: worker thread.
    BackupFile make();
    /// make() if one is due; what goes wrong is logged and kept for fault(). Once a minute.
    void makeIfDue() noexcept;
    bool isDue() const;
    bool isMaking() const noexcept { return isMaking_; }
    /// Reads the backup of that name as a whole and keeps what came of it for state(). Throws NotFound,
    /// and Conflict if another is being read; what is wrong with the file is kept and not thrown.
    /// Blocks: worker thread.
    void verify(const std::string& name);
    bool isVerifying() const noexcept { return isVerifying_; }
    /// For /healthz: the last one failed, or is older than the schedule allows.
    std::optional<std::string> fault() const;
    /// Folder, files, schedule and the last outcome.
    boost::json::object state() const;
    /// The path of a backup in the folder by its name; nothing if there is none of that name.
    std::optional<std::filesystem::path> find(const std::string& name) const;
    /// Whether backups can be made at all: a passphrase is configured.
    bool isReady() const { return !section_.passphrase.empty(); }

private:
    struct Outcome {
        std::int64_t triedMs = 0;
        std::int64_t succeededMs = 0;
        std::string file;  ///< of the last that succeeded
        std::string error; ///< of the last, "" if it succeeded
    };
    struct Check {
        std::int64_t doneMs = 0;
        std::string file;
        store::backup::Totals totals;
        std::string error; ///< "" if the file is whole
    };
    void keep(const Outcome& outcome);
    void prune() const;
    std::int64_t dueMs() const;

    const std::filesystem::path data_, configFile_;
    const std::shared_ptr<const config::Config> config_;
    const config::BackupSection section_;
    const std::filesystem::path folder_;
    const store::Database& database_;
    store::Settings& settings_;
    const store::Clock clock_;
    const std::int64_t startedMs_;
    std::atomic<bool> isMaking_{false};
    std::atomic<bool> isVerifying_{false};
    mutable std::mutex mutex_; ///< guards last_ and checked_
    Outcome last_;
    Check checked_;
};

}  // namespace trellis::app
