#include "scripts.hpp"

#include <trellis/sdk/error.hpp>

#include "json_access.hpp"
#include "parameters.hpp"

namespace scripts {

using namespace trellis::sdk;

namespace {

constexpr Milliseconds kTick{1000};
constexpr const char* kKeyName = "key";

Sealer openSealer(Host& host) {
    auto key = host.secret(kKeyName);
    if (!key) {
        key = Sealer::newKeyHex();
        host.storeSecret(kKeyName, *key);
    }
    return Sealer(Sealer::fromHex(*key));
}

} // namespace

void Scripts::describe(Registrar& reg) {
    declareOptions(reg);
    declareTables(reg);
    describeLibrary(reg);
    describeJobs(reg);
    describeAutomation(reg);
    describeDevices(reg);
    reg.agentScript("agent/scripts.js");
    reg.ui({.id = "scripts",
            .slot = UiSlot::SitePage,
            .title = "scripts.title",
            .icon = "scripts.svg",
            .module = "scripts.js"});
}

void Scripts::describeDevices(Registrar& reg) {
    const auto token = Schema::string().range(1, 64);
    reg.agentMessage(
        {.action = "scripts.ready",
         .schema =
             Schema::object()
                 .prop("action", Schema::string(), "The name.")
                 .prop("boot", Schema::string().range(1, 64), "Of this start of the script.")
                 .prop("runs", Schema::array(token).range(0, 1000), "Runs that the device knows.")
                 .prop("isAnswer", Schema::boolean(), "To scripts.hello.")
                 .required({"boot", "runs"})
                 .allowUnknown(),
         .limit = 128 * 1024},
        [this](const std::string& device, const json::object& message) {
            engine_->take(device, message);
        });
    const auto output = Schema::string().range(0, 400'000);
    reg.agentMessage({.action = "scripts.result",
                      .schema = Schema::object()
                                    .prop("action", Schema::string(), "The name.")
                                    .prop("run", token, "Which run.")
                                    .prop("exitCode", Schema::number(), "Of the program.")
                                    .prop("stdout", output, "Base64.")
                                    .prop("stderr", output, "Base64.")
                                    .required({"run"})
                                    .allowUnknown(),
                      .limit = 900 * 1024},
                     [this](const std::string& device, const json::object& message) {
                         engine_->take(device, message);
                     });
    reg.on<DeviceEvent>(kDeviceDisconnected,
                        [this](const DeviceEvent& event) { engine_->gone(event.deviceId); });
    reg.on<DeviceEvent>(kDeviceRemoved,
                        [this](const DeviceEvent& event) { engine_->removed(event.deviceId); });
}

void Scripts::configure(const Options& options) {
    limits_.devicesPerJob = options.integer("devices_per_job");
    limits_.activeJobs = options.integer("active_jobs");
    limits_.runningAtOnce = options.integer("running_at_once");
    limits_.outputBytes = options.integer("output_limit_kib") * 1024;
    limits_.keepDays = options.integer("keep_days");
    limits_.keepJobs = options.integer("keep_jobs");
    limits_.maxTtlHours = options.integer("offline_wait_hours");
    limits_.timeZone = options.text("time_zone");
    limits_.ruleDepth = options.integer("rule_depth");
    limits_.ruleRunsPerHour = options.integer("rule_runs_per_hour");
}

void Scripts::start(Host& host) {
    host_ = &host;
    auto directory = host.need<DeviceDirectory>();
    if (!directory)
        throw Error(ErrorCode::Unavailable, "the server does not offer its list of devices");
    people_ = std::make_unique<People>(std::move(directory));
    page_ = host.need<PageEvents>();
    sealer_ = std::make_unique<Sealer>(openSealer(host));
    library_ = std::make_unique<Library>(host, *people_);
    views_ = std::make_unique<Views>(host, *people_);
    engine_ = std::make_unique<Engine>(host, *people_, *sealer_, limits_, page_.get());
    schedules_ =
        std::make_unique<Schedules>(host, *people_, *sealer_, limits_, *library_, *engine_);
    rules_ = std::make_unique<Rules>(host, *people_, *sealer_, limits_, *library_, *engine_,
                                     page_.get());
    engine_->onRunEnd([this](const RunEnd& end) {
        host_->publish(kRunFinished,
                       RunFinished{end.run.device, end.run.groupId, end.job.owner.domain,
                                   end.job.spec.name, end.job.id, end.result.state,
                                   end.result.exitCode, end.job.spec.depth});
    });
    engine_->load();
    rules_->load();
    timer_ = host.every(kTick, [this] { tick(); });
}

void Scripts::stop(Deadline) {
    timer_.reset();
}

/// A database that is away for a while is no fault of this plugin: what is due stays due.
void Scripts::tick() {
    const auto now = nowMs();
    try {
        engine_->tick(now);
        schedules_->tick(now);
        rules_->tick(now);
        host_->healthy();
    } catch (const Error& error) {
        host_->degraded(error.what());
    }
}

json::value Scripts::run(const Owner& caller, const json::object& args) {
    auto spec = prepare(*library_, limits_, caller, args);
    auto targets = choose(*people_, caller, args.at("targets").as_object());
    const auto count = static_cast<std::int64_t>(targets.size());
    const auto id = engine_->submit({caller, std::move(spec), std::move(targets)});
    return json::object{{"job", id}, {"devices", count}};
}

json::value Scripts::cancel(const Owner& caller, const json::object& args) {
    const auto job = views_->owned(caller, textOf(args, "job"));
    host_->post([this, id = job.id] { engine_->cancel(id); });
    return json::object{};
}

json::value Scripts::rerun(const Owner& caller, const json::object& args) {
    const auto old = views_->owned(caller, textOf(args, "job"));
    auto spec = old.spec;
    json::object parameters;
    for (const auto& [name, value] : spec.parameters)
        parameters[name] = value;
    const auto* secrets = args.if_contains("secrets");
    for (const auto& name : old.spec.secretNames) {
        if (secrets && secrets->as_object().contains(name))
            continue;
        throw Error(ErrorCode::InvalidArgument,
                    "the secret " + name + " is not kept after a job: give it again",
                    "/secrets/" + name);
    }
    spec.secretNames.clear();
    fill(spec, nullptr, parameters, secrets ? secrets->as_object() : json::object());
    spec.source = "rerun:" + old.id;
    spec.depth = 0;
    json::array devices;
    for (const auto& id : views_->unsuccessful(old.id))
        devices.emplace_back(id);
    if (devices.empty())
        throw Error(ErrorCode::InvalidArgument, "no device of that job has failed", "/job");
    auto targets = choose(*people_, caller, {{"devices", devices}}, Named::LeaveOut);
    const auto count = static_cast<std::int64_t>(targets.size());
    const auto id = engine_->submit({caller, std::move(spec), std::move(targets)});
    return json::object{{"job", id}, {"devices", count}};
}

/// What a dialog offers: groups and tags of the devices on which the caller may run commands, and
/// which devices a choice means.
json::value Scripts::targets(const Owner& caller, const json::object& args) {
    constexpr std::size_t kShown = 200;
    std::map<std::string, std::pair<std::string, std::int64_t>> groups;
    std::map<std::string, std::int64_t> tags;
    for (const auto& device : people_->directory().devices(caller.domain)) {
        if (!people_->mayRun(caller, device.id))
            continue;
        auto& [name, count] = groups[device.groupId];
        name = device.groupName;
        ++count;
        for (const auto& tag : device.tags)
            ++tags[tag];
    }
    json::array groupList, tagList, devices;
    for (const auto& [id, group] : groups)
        groupList.push_back({{"id", id}, {"name", group.first}, {"devices", group.second}});
    for (const auto& [tag, count] : tags)
        tagList.push_back({{"name", tag}, {"devices", count}});
    std::int64_t online = 0;
    const auto chosen = choose(*people_, caller, args.at("targets").as_object(), Named::LeaveOut);
    for (const auto& target : chosen) {
        online += target.isOnline ? 1 : 0;
        if (devices.size() < kShown)
            devices.push_back(
                {{"nodeid", target.id}, {"name", target.name}, {"online", target.isOnline}});
    }
    return json::object{{"groups", std::move(groupList)},
                        {"tags", std::move(tagList)},
                        {"devices", std::move(devices)},
                        {"count", static_cast<std::int64_t>(chosen.size())},
                        {"online", online}};
}

} // namespace scripts
