#include "engine.hpp"

#include <algorithm>

#include <trellis/sdk/error.hpp>

#include "json_access.hpp"
#include "results.hpp"

namespace scripts {

using namespace trellis::sdk;
using namespace trellis::sdk::db;
using Poco::Data::Session;

namespace {

constexpr std::size_t kMaxMessages = 10'000;

} // namespace

Engine::Engine(Host& host, const People& people, const Sealer& sealer, const Limits& limits,
               PageEvents* page)
    : host_(host), people_(people), sealer_(sealer), limits_(limits), page_(page),
      runsTotal_(host.counter("scripts_runs_total", "Runs of scripts that are over")),
      waiting_(host.gauge("scripts_runs_waiting",
                          "Runs of scripts that wait for their device or their turn")) {}

void Engine::load() {
    std::vector<std::pair<JobRow, std::vector<RunRow>>> found;
    host_.database([&](Session& session) {
        found.clear();
        for (auto& job : store::activeJobs(session)) {
            auto runs = store::openRuns(session, job.id);
            found.emplace_back(std::move(job), std::move(runs));
        }
    });
    for (auto& [job, runs] : found) {
        job.spec.secrets = sealer_.open(job.sealed, job.id);
        const auto id = job.id;
        adopt(std::move(job), std::move(runs));
        closeIfDone(id);
    }
}

std::string Engine::submit(JobRequest request) {
    if (request.targets.empty())
        throw Error(ErrorCode::InvalidArgument, "no device matches on which you may run commands",
                    "/targets");
    if (static_cast<std::int64_t>(request.targets.size()) > limits_.devicesPerJob) {
        throw Error(ErrorCode::InvalidArgument,
                    std::to_string(request.targets.size()) +
                        " devices match; a job takes at most " +
                        std::to_string(limits_.devicesPerJob),
                    "/targets");
    }
    JobRow job{
        randomHex(12), std::move(request.owner), "active", nowMs(), 0, std::move(request.spec), {}};
    job.expiresMs = job.createdMs + job.spec.ttlMs;
    job.sealed = sealer_.seal(job.spec.secrets, job.id);
    host_.database([&](Session& session) {
        if (query(session, "SELECT COUNT(*) FROM p_scripts_job WHERE status = 'active'")[0].integer(
                0) >= limits_.activeJobs) {
            throw Error(ErrorCode::Conflict,
                        "too many jobs are active: wait for some to end, or cancel some");
        }
        store::addJob(session, job);
        for (const auto& target : request.targets) {
            store::addRun(session, {randomHex(16),
                                    job.id,
                                    target.id,
                                    target.name,
                                    target.groupId,
                                    state::kQueued,
                                    {},
                                    0});
        }
    });
    auto id = job.id;
    inbox_.with([&](Inbox& inbox) { inbox.added.push_back(std::move(job)); });
    post();
    return id;
}

bool Engine::take(const std::string& deviceId, json::object message) {
    const bool isTaken = inbox_.with([&](Inbox& inbox) {
        if (inbox.messages.size() >= kMaxMessages)
            return false;
        inbox.messages.emplace_back(deviceId, std::move(message));
        return true;
    });
    post();
    return isTaken;
}

void Engine::post() {
    const bool isNeeded =
        inbox_.with([](Inbox& inbox) { return !std::exchange(inbox.isPosted, true); });
    if (!isNeeded)
        return;
    try {
        host_.post([this] { work(); });
    } catch (const Error&) { // full or stopping: tick() looks again
        inbox_.with([](Inbox& inbox) { inbox.isPosted = false; });
    }
}

void Engine::work() {
    Inbox taken;
    inbox_.with([&](Inbox& inbox) {
        taken.messages.swap(inbox.messages);
        taken.added.swap(inbox.added);
        inbox.isPosted = false;
    });
    for (auto& job : taken.added) {
        if (jobs_.contains(job.id))
            continue; // load() has found it
        std::vector<RunRow> runs;
        host_.database([&](Session& session) { runs = store::openRuns(session, job.id); });
        tellJob(job, "active");
        adopt(std::move(job), std::move(runs));
    }
    if (!taken.added.empty())
        greet();
    for (const auto& [device, message] : taken.messages) {
        try {
            handle(device, message);
        } catch (const Error& error) {
            // Not acknowledged, so the device tells again.
            host_.log().warning("a device's message could not be stored",
                                {{"device", device}, {"why", error.what()}});
        }
    }
    pump();
}

void Engine::adopt(JobRow row, std::vector<RunRow> runs) {
    const auto id = row.id;
    auto& job = jobs_[id];
    job.row = std::move(row);
    for (auto& run : runs) {
        if (run.state == state::kQueued) {
            job.queued[run.device] = std::move(run);
        } else {
            ++runningNow_;
            jobByToken_[run.token] = id;
            job.running[run.token] = std::move(run);
        }
    }
    order_.push_back(id);
}

void Engine::handle(const std::string& deviceId, const json::object& message) {
    const auto action = textOf(message, "action");
    if (action == "scripts.ready")
        ready(deviceId, message);
    if (action == "scripts.result")
        result(deviceId, message);
}

void Engine::ready(const std::string& deviceId, const json::object& message) {
    const auto* isAnswer = message.if_contains("isAnswer");
    const bool hasSpoken = ready_.contains(deviceId);
    ready_[deviceId] = textOf(message, "boot");
    // An answer may cross with a run that was just sent; it says nothing that the report has not
    // said.
    if (hasSpoken && isAnswer && isAnswer->is_bool() && isAnswer->get_bool())
        return;
    std::set<std::string> known;
    for (const auto& token : message.at("runs").as_array())
        known.insert(std::string(token.as_string()));
    lose(deviceId, known);
    // Who was away when it was cancelled hears of it now.
    for (const auto& [id, job] : jobs_) {
        if (!job.isCancelled)
            continue;
        for (const auto& [token, run] : job.running) {
            if (run.device == deviceId)
                host_.sendToDevice(deviceId, {{"action", "scripts.cancel"}, {"run", token}});
        }
    }
}

void Engine::lose(const std::string& deviceId, const std::set<std::string>& known) {
    std::map<std::string, std::vector<Ended>> lost;
    for (auto& [id, job] : jobs_) {
        for (const auto& [token, run] : job.running) {
            if (run.device != deviceId || known.contains(token))
                continue;
            Result result;
            result.state = state::kUnknown;
            result.error = "the device connected again and does not know of it";
            lost[id].push_back({token, std::move(result)});
        }
    }
    for (const auto& [id, ended] : lost)
        end(jobs_.at(id), ended);
}

Engine::Job* Engine::jobOfRun(const std::string& deviceId, const std::string& token) {
    const auto found = jobByToken_.find(token);
    if (found == jobByToken_.end())
        return nullptr;
    auto& job = jobs_.at(found->second);
    return job.running.at(token).device == deviceId ? &job : nullptr;
}

void Engine::result(const std::string& deviceId, const json::object& message) {
    const auto token = textOf(message, "run");
    if (auto* job = jobOfRun(deviceId, token)) {
        end(*job, {{token, resultFrom(message, job->row.spec.secrets,
                                      static_cast<std::size_t>(limits_.outputBytes))}});
    }
    // Also what nobody waits for any more, so that the device forgets it.
    host_.sendToDevice(deviceId, {{"action", "scripts.ack"}, {"run", token}});
}

void Engine::end(Job& job, const std::vector<Ended>& ended) {
    const auto now = nowMs();
    host_.database([&](Session& session) {
        for (const auto& one : ended)
            store::finish(session, one.token, one.result, now);
    });
    const auto id = job.row.id;
    for (const auto& one : ended) {
        RunRow run;
        if (auto running = job.running.extract(one.token)) {
            run = std::move(running.mapped());
            jobByToken_.erase(one.token);
            --runningNow_;
        } else {
            const auto queued =
                std::find_if(job.queued.begin(), job.queued.end(),
                             [&](const auto& entry) { return entry.second.token == one.token; });
            if (queued == job.queued.end())
                continue;
            run = std::move(job.queued.extract(queued).mapped());
        }
        runsTotal_.add();
        tell(job, run, one.result.state, one.result.exitCode);
        if (told_)
            told_({run, job.row, one.result});
    }
    closeIfDone(id);
}

void Engine::closeIfDone(const std::string& jobId) {
    const auto found = jobs_.find(jobId);
    if (found == jobs_.end() || !found->second.queued.empty() || !found->second.running.empty())
        return;
    const auto row = found->second.row;
    host_.database([&](Session& session) { store::setStatus(session, jobId, "finished"); });
    jobs_.erase(found);
    std::erase(order_, jobId);
    tellJob(row, "finished");
}

} // namespace scripts
