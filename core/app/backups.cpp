#include "core/app/backups.hpp"

#include <algorithm>
#include <ctime>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <trellis/sdk/error.hpp>

#include "core/app/paths.hpp"
#include "core/telemetry/log.hpp"
#include "core/telemetry/metrics.hpp"

namespace trellis::app {
namespace fs = std::filesystem;
namespace json = boost::json;
namespace {

constexpr const char* kLast = "backup.last";
constexpr const char* kNameForm = "trellis-%Y%m%d-%H%M%SZ.backup";
constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kHour = 60 * kMinute;

std::string nameAt(std::int64_t ms) {
    const std::time_t seconds = ms / 1000;
    std::tm time{};
    ::gmtime_r(&seconds, &time);
    char name[64];
    std::strftime(name, sizeof name, kNameForm, &time);
    return name;
}

std::optional<std::int64_t> timeOf(const std::string& name) {
    std::tm time{};
    const char* rest = ::strptime(name.c_str(), kNameForm, &time);
    if (rest == nullptr || *rest != '\0') return std::nullopt;
    return static_cast<std::int64_t>(::timegm(&time)) * 1000;
}

/// An existing one keeps its rights: it may be shared, and backups are encrypted and private.
void makeFolder(const fs::path& folder) {
    std::error_code problem;
    fs::create_directories(folder, problem);
    if (problem)
        throw sdk::Error(sdk::ErrorCode::Unavailable,
                         "the folder " + folder.string() + " cannot be made: " + problem.message());
}

/// The latest time that is "HH:MM" by the machine's clock and not after `now`.
std::int64_t latestAt(const std::string& daily, std::int64_t now) {
    std::time_t seconds = now / 1000;
    std::tm time{};
    ::localtime_r(&seconds, &time);
    time.tm_hour = std::stoi(daily.substr(0, 2));
    time.tm_min = std::stoi(daily.substr(3));
    time.tm_sec = 0;
    time.tm_isdst = -1;
    auto at = std::mktime(&time);
    if (at > seconds) {
        time.tm_mday -= 1;
        time.tm_isdst = -1;
        at = std::mktime(&time);
    }
    return static_cast<std::int64_t>(at) * 1000;
}

struct Reset {
    std::atomic<bool>& flag;
    ~Reset() { flag = false; }
};

}  // namespace

fs::path backupFolder(const fs::path& data, const config::BackupSection& section) {
    return section.folder.empty() ? data / "backups" : fs::path(section.folder);
}

std::vector<BackupFile> listBackups(const fs::path& folder) {
    std::vector<BackupFile> found;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(folder, none)) {
        const auto made = timeOf(entry.path().filename().string());
        if (made && entry.is_regular_file(none)) found.push_back({entry.path(), entry.file_size(none), *made});
    }
    std::sort(found.begin(), found.end(),
              [](const BackupFile& a, const BackupFile& b) { return a.madeMs < b.madeMs; });
    return found;
}

store::backup::Contents backupContents(const store::Database& database, const config::Config& config,
                                       const fs::path& data, const fs::path& configFile) {
    store::backup::Contents contents{database, data, {}, configFile, config.server().server.name,
                                     TRELLIS_VERSION, config.server().database.url};
    const auto leaveOut = [&](const fs::path& path) { contents.without.push_back(path); };
    leaveOut(backupFolder(data, config::backupSection(config.values())));
    const auto& log = config.server().log.file;
    if (!log.empty()) leaveOut(log);
    constexpr std::string_view kSqlite = "sqlite:";
    const auto& url = contents.databaseUrl;
    if (url.starts_with(kSqlite))
        for (const char* ending : {"", "-wal", "-shm", "-journal"})
            leaveOut(url.substr(kSqlite.size()) + ending);
    return contents;
}

Backups::Backups(const LaunchOptions& options, std::shared_ptr<const config::Config> config,
                 const store::Database& database, store::Settings& settings, store::Clock clock)
    : data_(options.data),
      configFile_(configFile(options.data, options.configFile)),
      config_(std::move(config)),
      section_(config::backupSection(config_->values())),
      folder_(backupFolder(data_, section_)),
      database_(database),
      settings_(settings),
      clock_(std::move(clock)),
      startedMs_(clock_()) {
    const auto stored = settings_.get(kLast);
    json::error_code failed;
    const auto value = stored ? json::parse(*stored, failed) : json::value();
    if (failed || !value.is_object()) return;
    const auto& last = value.get_object();
    last_ = {last.at("triedMs").to_number<std::int64_t>(),
             last.at("succeededMs").to_number<std::int64_t>(),
             std::string(last.at("file").as_string()), std::string(last.at("error").as_string())};
}

void Backups::keep(const Outcome& outcome) {
    {
        const std::scoped_lock lock(mutex_);
        last_ = outcome;
    }
    settings_.set(kLast, json::serialize(json::object{{"triedMs", outcome.triedMs},
                                                      {"succeededMs", outcome.succeededMs},
                                                      {"file", outcome.file},
                                                      {"error", outcome.error}}));
}

BackupFile Backups::make() {
    static auto& failures = telemetry::Metrics::instance().counter("trellis_backup_failures_total",
                                                                   "Backups that failed");
    if (!isReady())
        throw sdk::Error(sdk::ErrorCode::Unavailable,
                         "backup.passphrase is not set: the server makes no backup without one");
    if (isMaking_.exchange(true))
        throw sdk::Error(sdk::ErrorCode::Conflict, "a backup is being made");
    const Reset reset{isMaking_};
    Outcome outcome;
    {
        const std::scoped_lock lock(mutex_);
        outcome = last_;
    }
    outcome.triedMs = clock_();
    const auto path = folder_ / nameAt(outcome.triedMs);
    try {
        makeFolder(folder_);
        const auto made = store::backup::create(
            backupContents(database_, *config_, data_, configFile_), path, section_.passphrase);
        for (const auto& name : made.skipped)
            telemetry::log("backup").info("left out", {{"file", name}});
    } catch (const sdk::Error& error) {
        failures.add();
        outcome.error = error.what();
        keep(outcome);
        throw;
    }
    outcome.succeededMs = outcome.triedMs;
    outcome.file = path.filename().string();
    outcome.error.clear();
    keep(outcome);
    prune();
    std::error_code none;
    telemetry::log("backup").info("backup made", {{"file", path.string()}});
    return {path, fs::file_size(path, none), outcome.triedMs};
}

void Backups::verify(const std::string& name) {
    const auto path = find(name);
    if (!path) throw sdk::Error(sdk::ErrorCode::NotFound, "no such backup", "/file");
    if (isVerifying_.exchange(true))
        throw sdk::Error(sdk::ErrorCode::Conflict, "a backup is being verified");
    const Reset reset{isVerifying_};
    Check check{0, name, {}, ""};
    try {
        check.totals = store::backup::verify(*path, section_.passphrase, TRELLIS_VERSION);
    } catch (const std::exception& problem) {
        check.error = problem.what();
        telemetry::log("backup").error("a backup is not whole",
                                       {{"file", name}, {"why", check.error}});
    }
    check.doneMs = clock_();
    const std::scoped_lock lock(mutex_);
    checked_ = check;
}

/// Only what has a name of ours, and never the one that was just made.
void Backups::prune() const {
    if (section_.keep == 0) return;
    const auto all = listBackups(folder_);
    for (std::size_t at = 0; at + section_.keep < all.size(); ++at) {
        std::error_code problem;
        fs::remove(all[at].path, problem);
        if (problem)
            telemetry::log("backup").warning("an old backup cannot be deleted",
                                             {{"file", all[at].path.string()},
                                              {"why", problem.message()}});
    }
}

/// When one was or is due by the schedule, at the latest now; 0 if there is no schedule.
std::int64_t Backups::dueMs() const {
    const auto now = clock_();
    std::int64_t due = 0;
    if (!section_.dailyAt.empty()) due = latestAt(section_.dailyAt, now);
    if (section_.every.count() > 0)
        due = std::max(due, now - section_.every.count() * kHour);
    return due;
}

bool Backups::isDue() const {
    if (!section_.isScheduled()) return false;
    const auto now = clock_();
    const std::scoped_lock lock(mutex_);
    // A server that has never made one waits for the time of day; it would else do so at first start.
    const auto reference = last_.succeededMs != 0 || section_.dailyAt.empty() ? last_.succeededMs
                                                                               : startedMs_;
    const bool isTooSoon = !last_.error.empty() && now - last_.triedMs < 10 * kMinute;
    return !isTooSoon && reference < dueMs();
}

void Backups::makeIfDue() noexcept {
    try {
        if (isDue()) make();
    } catch (const std::exception& problem) {
        telemetry::log("backup").error("backup failed, it is tried again", {{"why", problem.what()}});
    }
}

std::optional<std::string> Backups::fault() const {
    const auto due = dueMs();
    const std::scoped_lock lock(mutex_);
    if (!last_.error.empty()) return "the last backup failed: " + last_.error;
    if (!section_.isScheduled()) return std::nullopt;
    // A backup that is due is made within a minute; an hour later something is wrong.
    const auto since = std::max(last_.succeededMs, startedMs_);
    if (since < due && clock_() - std::max(due, since) > kHour)
        return "the last backup is older than the schedule allows";
    return std::nullopt;
}

json::object Backups::state() const {
    json::array files;
    for (const auto& one : listBackups(folder_))
        files.push_back(json::object{{"file", one.path.filename().string()},
                                     {"size", one.size},
                                     {"madeMs", one.madeMs}});
    json::object out{{"folder", folder_.string()},
                     {"dailyAt", section_.dailyAt},
                     {"everyH", section_.every.count()},
                     {"keep", section_.keep},
                     {"isReady", isReady()},
                     {"isMaking", isMaking()},
                     {"isVerifying", isVerifying()},
                     {"backups", std::move(files)}};
    const std::scoped_lock lock(mutex_);
    out["last"] = {{"triedMs", last_.triedMs},
                   {"succeededMs", last_.succeededMs},
                   {"file", last_.file},
                   {"error", last_.error}};
    if (checked_.doneMs != 0)
        out["verified"] = {{"doneMs", checked_.doneMs},
                           {"file", checked_.file},
                           {"rows", checked_.totals.rows},
                           {"files", checked_.totals.files},
                           {"error", checked_.error}};
    return out;
}

std::optional<fs::path> Backups::find(const std::string& name) const {
    for (const auto& one : listBackups(folder_))
        if (one.path.filename() == name) return one.path;
    return std::nullopt;
}

}  // namespace trellis::app
