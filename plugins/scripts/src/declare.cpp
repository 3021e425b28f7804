// Tables and options.
#include "scripts.hpp"

namespace scripts {

using namespace trellis::sdk;

namespace {

constexpr const char* kTables = R"(
CREATE TABLE p_scripts_script (id TEXT PRIMARY KEY, owner TEXT NOT NULL, domain TEXT NOT NULL,
    version BIGINT NOT NULL, runners TEXT NOT NULL, updated_ms BIGINT NOT NULL);
CREATE TABLE p_scripts_version (script TEXT NOT NULL, version BIGINT NOT NULL, author TEXT NOT NULL,
    time_ms BIGINT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (script, version));
CREATE TABLE p_scripts_job (id TEXT PRIMARY KEY, owner TEXT NOT NULL, owner_name TEXT NOT NULL,
    domain TEXT NOT NULL, status TEXT NOT NULL, created_ms BIGINT NOT NULL, expires_ms BIGINT NOT NULL,
    spec TEXT NOT NULL, sealed TEXT NOT NULL);
CREATE INDEX p_scripts_job_created ON p_scripts_job (created_ms);
CREATE TABLE p_scripts_run (token TEXT PRIMARY KEY, job TEXT NOT NULL, device TEXT NOT NULL,
    device_name TEXT NOT NULL, group_id TEXT NOT NULL, state TEXT NOT NULL, boot TEXT NOT NULL,
    sent_ms BIGINT NOT NULL, ended_ms BIGINT NOT NULL, exit_code BIGINT NOT NULL,
    duration_ms BIGINT NOT NULL, error TEXT NOT NULL, output TEXT NOT NULL, errors TEXT NOT NULL,
    is_output_cut BIGINT NOT NULL, is_errors_cut BIGINT NOT NULL);
CREATE INDEX p_scripts_run_job ON p_scripts_run (job, device);
CREATE TABLE p_scripts_schedule (id TEXT PRIMARY KEY, owner TEXT NOT NULL, owner_name TEXT NOT NULL,
    domain TEXT NOT NULL, is_enabled BIGINT NOT NULL, next_ms BIGINT NOT NULL, body TEXT NOT NULL,
    sealed TEXT NOT NULL, last TEXT NOT NULL);
CREATE TABLE p_scripts_rule (id TEXT PRIMARY KEY, owner TEXT NOT NULL, owner_name TEXT NOT NULL,
    domain TEXT NOT NULL, is_enabled BIGINT NOT NULL, body TEXT NOT NULL, sealed TEXT NOT NULL);
)";

} // namespace

void declareTables(Registrar& reg) {
    reg.migration({1, "scripts, jobs, schedules and rules", kTables, ""});
}

void declareOptions(Registrar& reg) {
    reg.options(Schema::object()
                    .prop("devices_per_job", Schema::integer().range(1, 10000).byDefault(1000),
                          "Devices that one job may have.")
                    .prop("active_jobs", Schema::integer().range(1, 1000).byDefault(100),
                          "Jobs that may be active at once, those that wait for devices included.")
                    .prop("running_at_once", Schema::integer().range(1, 5000).byDefault(200),
                          "Devices on which scripts of all jobs run at once.")
                    .prop("output_limit_kib",
                          Schema::integer().range(1, 256).unit("KiB").byDefault(64),
                          "Output that is kept of each device, standard output and errors each; "
                          "what is beyond is cut and marked.")
                    .prop("keep_days", Schema::integer().range(1, 3650).unit("days").byDefault(30),
                          "Days after which jobs that are over are removed with their output.")
                    .prop("keep_jobs", Schema::integer().range(10, 100000).byDefault(1000),
                          "Jobs that are kept; the oldest go first.")
                    .prop("offline_wait_hours",
                          Schema::integer().range(1, 2160).unit("hours").byDefault(336),
                          "Longest time that a job may wait for devices that are offline.")
                    .prop("time_zone", Schema::string().range(0, 64).byDefault(""),
                          "Time zone of schedules that name none, such as Europe/Berlin. Empty: "
                          "the server's.")
                    .prop("rule_depth", Schema::integer().range(1, 10).byDefault(3),
                          "How many rules may trigger each other in a row.")
                    .prop("rule_runs_per_hour", Schema::integer().range(1, 1000).byDefault(10),
                          "How often one rule acts for one device within an hour."));
}

} // namespace scripts
