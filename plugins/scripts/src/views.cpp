#include "views.hpp"

#include <trellis/sdk/error.hpp>

#include "json_access.hpp"

namespace scripts {

using namespace trellis::sdk;
using namespace trellis::sdk::db;
using Poco::Data::Session;

namespace {

constexpr const char* kRunColumns =
    "SELECT device, device_name, state, exit_code, duration_ms, sent_ms, ended_ms, error, "
    "is_output_cut, is_errors_cut, token FROM p_scripts_run";

json::object headOf(const JobRow& job) {
    return {{"id", job.id},
            {"name", job.spec.name},
            {"status", job.status},
            {"owner", job.owner.userId},
            {"ownerName", job.owner.name},
            {"createdMs", job.createdMs},
            {"expiresMs", job.expiresMs},
            {"interpreter", job.spec.interpreter},
            {"script", job.spec.scriptId},
            {"version", job.spec.version},
            {"source", job.spec.source}};
}

json::object runOf(const Row& row) {
    json::object run{{"nodeid", row.text(0)},       {"name", row.text(1)},
                     {"state", row.text(2)},        {"durationMs", row.integer(4)},
                     {"startedMs", row.integer(5)}, {"endedMs", row.integer(6)},
                     {"error", row.text(7)}};
    if (row.integer(3) >= 0 || (row.text(2) == state::kFailed && row.text(7).empty()))
        run["exitCode"] = row.integer(3);
    return run;
}

void count(json::object& counts, const std::string& state, std::int64_t more = 1) {
    auto& value = counts[state];
    value = (value.is_int64() ? value.get_int64() : 0) + more;
}

} // namespace

bool Views::isOwners(const Owner& caller, const JobRow& job) const {
    if (job.owner.domain != caller.domain)
        return false;
    return job.owner.userId == caller.userId || people_.isAdmin(caller);
}

JobRow Views::find(Session& session, const std::string& jobId) const {
    const auto rows = query(session, std::string(store::kJobColumns) + " WHERE id = $1", {jobId});
    if (rows.empty())
        throw Error(ErrorCode::NotFound, "no job " + jobId, "/job");
    return store::jobOf(rows[0]);
}

json::value Views::jobs(const Owner& caller, const json::object& args) {
    json::array list;
    const auto limit = args.at("limit").as_int64();
    const auto* before = args.if_contains("beforeMs");
    host_.database([&](Session& session) {
        list.clear();
        // Others' jobs take a look at each device, so only as many jobs are considered.
        const auto rows = query(
            session,
            std::string(store::kJobColumns) +
                " WHERE domain = $1 AND created_ms < $2 ORDER BY created_ms DESC, id LIMIT $3",
            {caller.domain, before ? before->as_int64() : std::int64_t{1} << 60, limit});
        for (const auto& row : rows) {
            const auto job = store::jobOf(row);
            json::object counts;
            const bool isTheirs = isOwners(caller, job);
            for (const auto& run : query(
                     session, "SELECT device, state FROM p_scripts_run WHERE job = $1", {job.id})) {
                if (isTheirs || people_.mayRun(caller, run.text(0)))
                    count(counts, run.text(1));
            }
            if (!isTheirs && counts.empty())
                continue;
            auto head = headOf(job);
            head["counts"] = std::move(counts);
            head["isYours"] = isTheirs;
            list.push_back(std::move(head));
        }
    });
    return json::object{{"jobs", std::move(list)}};
}

json::value Views::job(const Owner& caller, const json::object& args) {
    json::object answer;
    json::array runs;
    json::object counts;
    std::int64_t hidden = 0;
    host_.database([&](Session& session) {
        runs.clear();
        counts.clear();
        hidden = 0;
        const auto job = find(session, textOf(args, "job"));
        const bool isTheirs = isOwners(caller, job);
        for (const auto& row : query(
                 session, std::string(kRunColumns) + " WHERE job = $1 ORDER BY device_name, device",
                 {job.id})) {
            if (!people_.mayRun(caller, row.text(0))) {
                ++hidden;
                continue;
            }
            count(counts, row.text(2));
            runs.push_back(runOf(row));
        }
        if (!isTheirs && runs.empty())
            throw Error(ErrorCode::NotFound, "no job " + job.id, "/job");
        answer = headOf(job);
        answer["isYours"] = isTheirs;
        if (isTheirs) {
            answer["text"] = job.spec.text;
            answer["timeout_s"] = job.spec.seconds;
            answer["as"] = job.spec.as;
            answer["parameters"] = toJson(job.spec)["parameters"];
        }
    });
    answer["counts"] = std::move(counts);
    answer["hidden"] = hidden;
    answer["runs"] = std::move(runs);
    return answer;
}

json::value Views::output(const Owner& caller, const json::object& args) {
    const auto device = textOf(args, "nodeid");
    json::object answer;
    host_.database([&](Session& session) {
        const auto job = find(session, textOf(args, "job"));
        const auto rows =
            query(session, std::string(kRunColumns) + " WHERE job = $1 AND device = $2",
                  {job.id, device});
        if (rows.empty() || job.owner.domain != caller.domain || !people_.mayRun(caller, device)) {
            throw Error(ErrorCode::NotFound, "no such device in that job", "/nodeid");
        }
        answer = runOf(rows[0]);
        const auto texts =
            query(session, "SELECT output, errors FROM p_scripts_run WHERE token = $1",
                  {rows[0].text(10)});
        answer["stdout"] = texts.at(0).text(0);
        answer["stderr"] = texts.at(0).text(1);
        answer["stdoutCut"] = rows[0].integer(8) != 0;
        answer["stderrCut"] = rows[0].integer(9) != 0;
    });
    return answer;
}

JobRow Views::owned(const Owner& caller, const std::string& jobId) {
    JobRow job;
    host_.database([&](Session& session) { job = find(session, jobId); });
    if (!isOwners(caller, job))
        throw Error(ErrorCode::NotFound, "no job " + jobId, "/job");
    return job;
}

std::vector<std::string> Views::unsuccessful(const std::string& jobId) {
    std::vector<std::string> devices;
    host_.database([&](Session& session) {
        devices.clear();
        for (const auto& row : query(
                 session, "SELECT device, state FROM p_scripts_run WHERE job = $1 ORDER BY device",
                 {jobId})) {
            if (isFinal(row.text(1)) && row.text(1) != state::kDone)
                devices.push_back(row.text(0));
        }
    });
    return devices;
}

} // namespace scripts
