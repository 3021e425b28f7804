// The commands for scripts and jobs.
#include "scripts.hpp"

namespace scripts {

using namespace trellis::sdk;

namespace {

Schema id() {
    return Schema::string().range(1, 64);
}

/// {"job": id, "devices": number}
Schema started() {
    return Schema::object()
        .prop("job", Schema::string(), "Id of the job.")
        .prop("devices", Schema::integer(), "Devices in it.")
        .required({"job", "devices"});
}

Schema anything() {
    return Schema::object().allowUnknown();
}

Schema onlyJob() {
    return Schema::object().prop("job", id(), "The job.").required({"job"});
}

} // namespace

void Scripts::describeLibrary(Registrar& reg) {
    reg.command({.name = "scripts.list",
                 .summary = "The scripts of the library that the caller may run or change.",
                 .args = Schema::object(),
                 .result = Schema::object()
                               .prop("scripts", Schema::array(anything()), "Without their texts.")
                               .required({"scripts"})},
                [this](const Request& request, const json::object&) {
                    return library_->list(People::ownerOf(request.caller));
                });
    reg.command(
        {.name = "scripts.get",
         .summary = "One script of the library, with its text and the list of its versions.",
         .args =
             Schema::object()
                 .prop("id", id(), "The script.")
                 .prop("version", Schema::integer().range(1, 1'000'000), "An older version of it.")
                 .required({"id"}),
         .result = anything()},
        [this](const Request& request, const json::object& args) {
            return library_->get(People::ownerOf(request.caller), args);
        });
    reg.command({.name = "scripts.save",
                 .summary = "Adds a script to the library, or a new version of one.",
                 .args = Library::saveArgs(),
                 .result = Schema::object()
                               .prop("id", Schema::string(), "The script.")
                               .prop("version", Schema::integer(), "Its new version.")
                               .required({"id", "version"}),
                 .audited = true},
                [this](const Request& request, const json::object& args) {
                    return library_->save(People::ownerOf(request.caller), args);
                });
    reg.command(
        {.name = "scripts.remove",
         .summary = "Removes a script of the library with its versions; jobs keep their text.",
         .args = Schema::object().prop("id", id(), "The script.").required({"id"}),
         .result = Schema::object(),
         .audited = true},
        [this](const Request& request, const json::object& args) {
            return library_->remove(People::ownerOf(request.caller), args);
        });
}

void Scripts::describeJobs(Registrar& reg) {
    auto runArgs = Schema::object();
    addRunArgs(runArgs);
    runArgs
        .prop("targets", targetSchema(),
              "On which devices; the caller needs the right to run commands on each.")
        .required({"targets"});
    reg.command({.name = "scripts.run",
                 .summary = "Runs a script on many devices.",
                 .args = runArgs,
                 .result = started(),
                 .audited = true},
                [this](const Request& request, const json::object& args) {
                    return run(People::ownerOf(request.caller), args);
                });
    reg.command(
        {.name = "scripts.targets",
         .summary = "Which devices a choice means, and the groups and tags there are.",
         .args =
             Schema::object().prop("targets", targetSchema(), "The choice.").required({"targets"}),
         .result = anything()},
        [this](const Request& request, const json::object& args) {
            return targets(People::ownerOf(request.caller), args);
        });
    reg.command({.name = "scripts.jobs",
                 .summary = "Jobs, newest first, with how their devices stand.",
                 .args = Schema::object()
                             .prop("limit", Schema::integer().range(1, 200).byDefault(50),
                                   "How many are looked at.")
                             .prop("beforeMs", Schema::integer().range(0, std::int64_t{1} << 60),
                                   "Only older ones (milliseconds since 1970)."),
                 .result = Schema::object()
                               .prop("jobs", Schema::array(anything()), "The jobs.")
                               .required({"jobs"})},
                [this](const Request& request, const json::object& args) {
                    return views_->jobs(People::ownerOf(request.caller), args);
                });
    reg.command(
        {.name = "scripts.job",
         .summary = "One job with the state of each device that the caller may run commands on.",
         .args = onlyJob(),
         .result = anything()},
        [this](const Request& request, const json::object& args) {
            return views_->job(People::ownerOf(request.caller), args);
        });
    const Requirement onDevice{Scope::Device, device_right::kRemoteCommand, 0, "nodeid"};
    reg.command({.name = "scripts.output",
                 .summary = "What a job printed on one device.",
                 .args = onlyJob()
                             .prop("nodeid", Schema::string().range(1, 200), "The device.")
                             .required({"job", "nodeid"}),
                 .result = anything(),
                 .requires_ = onDevice},
                [this](const Request& request, const json::object& args) {
                    return views_->output(People::ownerOf(request.caller), args);
                });
    reg.command(
        {.name = "scripts.cancel",
         .summary = "Ends a job: what waits is cancelled, what runs is ended on the device.",
         .args = onlyJob(),
         .result = Schema::object(),
         .audited = true},
        [this](const Request& request, const json::object& args) {
            return cancel(People::ownerOf(request.caller), args);
        });
    reg.command(
        {.name = "scripts.rerun",
         .summary = "A new job with the devices on which a job did not succeed.",
         .args = onlyJob().prop("secrets", Schema::map(Schema::string().range(0, 16384)).secret(),
                                "Secret parameters, which are not kept."),
         .result = started(),
         .audited = true},
        [this](const Request& request, const json::object& args) {
            return rerun(People::ownerOf(request.caller), args);
        });
}

void Scripts::describeAutomation(Registrar& reg) {
    const auto saved =
        Schema::object().prop("id", Schema::string(), "Its id.").allowUnknown().required({"id"});
    const auto onlyId = Schema::object().prop("id", id(), "Its id.").required({"id"});
    reg.command(
        {.name = "scripts.schedules",
         .summary = "The caller's schedules, all of them for administrators, with their next runs.",
         .args = Schema::object(),
         .result = Schema::object()
                       .prop("schedules", Schema::array(anything()), "The schedules.")
                       .required({"schedules"})},
        [this](const Request& request, const json::object&) {
            return schedules_->list(People::ownerOf(request.caller));
        });
    reg.command({.name = "scripts.saveSchedule",
                 .summary = "Adds or changes a schedule; the caller owns it from then on.",
                 .args = Schedules::saveArgs(),
                 .result = saved,
                 .audited = true},
                [this](const Request& request, const json::object& args) {
                    return schedules_->save(People::ownerOf(request.caller), args);
                });
    reg.command({.name = "scripts.removeSchedule",
                 .summary = "Removes a schedule.",
                 .args = onlyId,
                 .result = Schema::object(),
                 .audited = true},
                [this](const Request& request, const json::object& args) {
                    return schedules_->remove(People::ownerOf(request.caller), args);
                });
    reg.command(
        {.name = "scripts.cron",
         .summary = "The next times at which a cron expression is due.",
         .args = Schedules::previewArgs(),
         .result = Schema::object()
                       .prop("times", Schema::array(Schema::integer()), "Milliseconds since 1970.")
                       .required({"times"})},
        [this](const Request&, const json::object& args) { return schedules_->preview(args); });
    reg.command({.name = "scripts.rules",
                 .summary = "The caller's rules, all of them for administrators.",
                 .args = Schema::object(),
                 .result = Schema::object()
                               .prop("rules", Schema::array(anything()), "The rules.")
                               .required({"rules"})},
                [this](const Request& request, const json::object&) {
                    return rules_->list(People::ownerOf(request.caller));
                });
    reg.command({.name = "scripts.saveRule",
                 .summary = "Adds or changes a rule; the caller owns it from then on.",
                 .args = Rules::saveArgs(),
                 .result = saved,
                 .audited = true},
                [this](const Request& request, const json::object& args) {
                    return rules_->save(People::ownerOf(request.caller), args);
                });
    reg.command({.name = "scripts.removeRule",
                 .summary = "Removes a rule.",
                 .args = onlyId,
                 .result = Schema::object(),
                 .audited = true},
                [this](const Request& request, const json::object& args) {
                    return rules_->remove(People::ownerOf(request.caller), args);
                });
    reg.onAny("", [this](std::string_view name, const json::object& payload) {
        if (rules_)
            rules_->happened(name, payload, nowMs());
    });
}

} // namespace scripts
