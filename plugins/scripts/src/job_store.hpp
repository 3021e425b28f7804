/// Jobs and runs in the database. Every function is one statement or few, inside the caller's
/// transaction.
#pragma once

#include <string>
#include <vector>

#include <trellis/sdk/db.hpp>

#include "model.hpp"
#include "targets.hpp"

namespace scripts {

struct RunRow {
    std::string token, job, device, deviceName, groupId, state, boot;
    std::int64_t sentMs = 0;
};

struct JobRow {
    std::string id;
    Owner owner;
    std::string status; ///< "active", "finished", "cancelled"
    std::int64_t createdMs = 0, expiresMs = 0;
    Spec spec; ///< without secrets
    std::string sealed;
};

namespace store {

void addJob(Poco::Data::Session&, const JobRow& job);
void addRun(Poco::Data::Session&, const RunRow& run);
void setStatus(Poco::Data::Session&, const std::string& job, const std::string& status);
/// Before the message leaves: from here on the run is never sent again.
void markSent(Poco::Data::Session&, const RunRow& run);
void requeue(Poco::Data::Session&, const std::string& token);
void finish(Poco::Data::Session&, const std::string& token, const Result& result, std::int64_t now);
std::vector<JobRow> activeJobs(Poco::Data::Session&);
std::vector<RunRow> openRuns(Poco::Data::Session&, const std::string& job);
/// Removes finished jobs that are older than `before`, and the oldest beyond `keep`. At most 200 at
/// a time. Returns how many.
std::size_t expire(Poco::Data::Session&, std::int64_t before, std::int64_t keep);

inline constexpr const char* kJobColumns =
    "SELECT id, owner, owner_name, domain, status, created_ms, expires_ms, spec, sealed FROM "
    "p_scripts_job";
JobRow jobOf(const trellis::sdk::db::Row& row);

} // namespace store
} // namespace scripts
