#include "job_store.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace scripts::store {

using namespace trellis::sdk::db;
using Poco::Data::Session;

void addJob(Session& session, const JobRow& job) {
    execute(session,
            "INSERT INTO p_scripts_job (id, owner, owner_name, domain, status, created_ms, "
            "expires_ms, spec, sealed) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            {job.id, job.owner.userId, job.owner.name, job.owner.domain, job.status, job.createdMs,
             job.expiresMs, json::serialize(toJson(job.spec)), job.sealed});
}

void addRun(Session& session, const RunRow& run) {
    execute(session,
            "INSERT INTO p_scripts_run (token, job, device, device_name, group_id, state, boot, "
            "sent_ms, ended_ms, "
            "exit_code, duration_ms, error, output, errors, is_output_cut, is_errors_cut) "
            "VALUES ($1, $2, $3, $4, $5, $6, '', 0, 0, -1, 0, '', '', '', 0, 0)",
            {run.token, run.job, run.device, run.deviceName, run.groupId, run.state});
}

void setStatus(Session& session, const std::string& job, const std::string& status) {
    // Secrets are of no use once nothing runs any more.
    execute(session, "UPDATE p_scripts_job SET status = $1, sealed = '' WHERE id = $2",
            {status, job});
}

void markSent(Session& session, const RunRow& run) {
    execute(session,
            "UPDATE p_scripts_run SET state = 'running', boot = $1, sent_ms = $2 WHERE token = $3",
            {run.boot, run.sentMs, run.token});
}

void requeue(Session& session, const std::string& token) {
    execute(session,
            "UPDATE p_scripts_run SET state = 'queued', boot = '', sent_ms = 0 WHERE token = $1",
            {token});
}

void finish(Session& session, const std::string& token, const Result& result, std::int64_t now) {
    execute(session,
            "UPDATE p_scripts_run SET state = $1, ended_ms = $2, exit_code = $3, duration_ms = $4, "
            "error = $5, "
            "output = $6, errors = $7, is_output_cut = $8, is_errors_cut = $9 WHERE token = $10",
            {result.state, now, result.exitCode, result.durationMs, result.error, result.out,
             result.err, std::int64_t{result.isOutCut}, std::int64_t{result.isErrCut}, token});
}

JobRow jobOf(const Row& row) {
    return {
        row.text(0),    {row.text(1), row.text(2), row.text(3)},        row.text(4), row.integer(5),
        row.integer(6), specFrom(json::parse(row.text(7)).as_object()), row.text(8)};
}

std::vector<JobRow> activeJobs(Session& session) {
    std::vector<JobRow> jobs;
    for (const auto& row : query(session, std::string(kJobColumns) +
                                              " WHERE status = 'active' ORDER BY created_ms, id")) {
        jobs.push_back(jobOf(row));
    }
    return jobs;
}

std::vector<RunRow> openRuns(Session& session, const std::string& job) {
    std::vector<RunRow> runs;
    for (const auto& row : query(
             session,
             "SELECT token, device, device_name, group_id, state, boot, sent_ms FROM p_scripts_run "
             "WHERE job = $1 AND state IN ('queued', 'running')",
             {job})) {
        runs.push_back({row.text(0), job, row.text(1), row.text(2), row.text(3), row.text(4),
                        row.text(5), row.integer(6)});
    }
    return runs;
}

std::size_t expire(Session& session, std::int64_t before, std::int64_t keep) {
    const auto old = query(
        session,
        "SELECT id FROM p_scripts_job WHERE status <> 'active' AND (created_ms < $1 OR id NOT IN "
        "(SELECT id FROM p_scripts_job ORDER BY created_ms DESC, id LIMIT $2)) LIMIT 200",
        {before, keep});
    for (const auto& row : old) {
        execute(session, "DELETE FROM p_scripts_run WHERE job = $1", {row.text(0)});
        execute(session, "DELETE FROM p_scripts_job WHERE id = $1", {row.text(0)});
    }
    return old.size();
}

} // namespace scripts::store
