// The part of the engine that sends, waits and gives up.
#include <algorithm>

#include <trellis/sdk/error.hpp>

#include "engine.hpp"

namespace scripts {

using namespace trellis::sdk;
using Poco::Data::Session;

namespace {

constexpr std::int64_t kGraceMs = 60'000;      ///< for a device that is there to report
constexpr std::int64_t kAwayGraceMs = 600'000; ///< for one that is not
constexpr std::int64_t kSpeakMs = 30'000;      ///< for one that is connected to say so
constexpr std::int64_t kGreetEveryMs = 15'000;
constexpr std::int64_t kExpireEveryMs = 3'600'000;

Result resultOf(const char* state, std::string why) {
    Result result;
    result.state = state;
    result.error = std::move(why);
    return result;
}

json::object messageFor(const Spec& spec, const RunRow& run, std::int64_t limit) {
    json::object environment;
    for (const auto& [name, value] : spec.parameters)
        environment[name] = value;
    for (const auto& [name, value] : spec.secrets)
        environment[name] = value;
    return {{"action", "scripts.run"},         {"run", run.token},
            {"interpreter", spec.interpreter}, {"text", spec.text},
            {"env", std::move(environment)},   {"as", spec.as},
            {"seconds", spec.seconds},         {"limit", limit}};
}

} // namespace

void Engine::pump() {
    // Copies: a job may end meanwhile.
    const std::vector<std::string> ids(order_.begin(), order_.end());
    std::size_t waiting = 0;
    for (const auto& id : ids) {
        try {
            if (const auto found = jobs_.find(id); found != jobs_.end())
                pump(found->second);
        } catch (const Error& error) {
            host_.log().warning("runs could not be sent now", {{"job", id}, {"why", error.what()}});
        }
        if (const auto found = jobs_.find(id); found != jobs_.end())
            waiting += found->second.queued.size();
    }
    waiting_.set(static_cast<double>(waiting));
}

/// What may be sent now. Rights are those of this moment.
std::vector<RunRow> Engine::due(Job& job, std::vector<Ended>& denied) {
    const auto total = static_cast<std::size_t>(limits_.runningAtOnce);
    const auto own = static_cast<std::size_t>(job.row.spec.concurrency);
    std::size_t room =
        std::min(total - std::min(total, runningNow_), own - std::min(own, job.running.size()));
    std::vector<RunRow> runs;
    for (const auto& [device, run] : job.queued) {
        if (runs.size() >= room)
            break;
        const auto spoken = ready_.find(device);
        if (spoken == ready_.end())
            continue;
        if (!people_.mayRun(job.row.owner, device)) {
            denied.push_back(
                {run.token,
                 resultOf(state::kDenied,
                          "whoever started the job may not run commands on this device now")});
            continue;
        }
        runs.push_back(run);
        runs.back().boot = spoken->second;
        runs.back().sentMs = nowMs();
        runs.back().state = state::kRunning;
    }
    return runs;
}

void Engine::pump(Job& job) {
    std::vector<Ended> denied;
    const auto runs = due(job, denied);
    if (!runs.empty()) {
        host_.database([&](Session& session) {
            for (const auto& run : runs)
                store::markSent(session, run);
        });
    }
    for (const auto& run : runs)
        send(job, run);
    if (!denied.empty())
        end(job, denied);
}

void Engine::send(Job& job, RunRow run) {
    // False only if nothing was queued, so that sending it later is no second time.
    if (!host_.sendToDevice(run.device, messageFor(job.row.spec, run, limits_.outputBytes))) {
        ready_.erase(run.device);
        host_.database([&](Session& session) { store::requeue(session, run.token); });
        return;
    }
    job.queued.erase(run.device);
    ++runningNow_;
    jobByToken_[run.token] = job.row.id;
    tell(job, run, state::kRunning, -1);
    const auto token = run.token;
    job.running[token] = std::move(run);
}

void Engine::gone(const std::string& deviceId) {
    const auto device = people_.directory().device(deviceId);
    if (!device || !device->isOnline)
        ready_.erase(deviceId); // else it has come back meanwhile
}

void Engine::removed(const std::string& deviceId) {
    ready_.erase(deviceId);
    std::map<std::string, std::vector<Ended>> ended;
    for (auto& [id, job] : jobs_) {
        if (const auto found = job.queued.find(deviceId); found != job.queued.end()) {
            ended[id].push_back(
                {found->second.token, resultOf(state::kExpired, "the device was removed")});
        }
        for (const auto& [token, run] : job.running) {
            if (run.device == deviceId)
                ended[id].push_back({token, resultOf(state::kUnknown, "the device was removed")});
        }
    }
    for (const auto& [id, list] : ended)
        end(jobs_.at(id), list);
}

void Engine::cancel(const std::string& jobId) {
    const auto found = jobs_.find(jobId);
    if (found == jobs_.end())
        return;
    found->second.isCancelled = true;
    for (const auto& [token, run] : found->second.running) {
        host_.sendToDevice(run.device, {{"action", "scripts.cancel"}, {"run", token}});
    }
    std::vector<Ended> ended;
    for (const auto& [device, run] : found->second.queued)
        ended.push_back({run.token, resultOf(state::kCancelled, "")});
    if (!ended.empty())
        end(found->second, ended);
}

void Engine::tick(std::int64_t now) {
    work();
    expire(now);
    if (now - greetedAt_ >= kGreetEveryMs) {
        greetedAt_ = now;
        greet();
    }
    if (now - expiredAt_ < kExpireEveryMs)
        return;
    expiredAt_ = now;
    std::size_t removed = 0;
    host_.database([&](Session& session) {
        removed = store::expire(session, now - limits_.keepDays * 86'400'000, limits_.keepJobs);
    });
    if (removed >= 200)
        expiredAt_ = 0; // more waits
}

void Engine::expire(std::int64_t now) {
    std::map<std::string, std::vector<Ended>> over;
    for (const auto& [id, job] : jobs_) {
        for (const auto& [device, run] : job.queued) {
            // A device that is there waits for its turn, however long that takes.
            if (now < job.row.expiresMs + (job.row.spec.ttlMs == 0 ? kSpeakMs : 0) ||
                ready_.contains(device))
                continue;
            over[id].push_back({run.token, resultOf(state::kExpired, "the device was offline")});
        }
        for (const auto& [token, run] : job.running) {
            const auto limit = run.sentMs + job.row.spec.seconds * 1000;
            const bool isThere = ready_.contains(run.device);
            if (now <
                (isThere ? limit + kGraceMs : std::max(job.row.expiresMs, limit + kAwayGraceMs)))
                continue;
            over[id].push_back(
                {token, resultOf(state::kUnknown, isThere ? "the device did not report"
                                                          : "the device was not heard of again")});
        }
    }
    for (const auto& [id, list] : over)
        end(jobs_.at(id), list);
}

void Engine::greet() {
    std::set<std::string> asked;
    for (const auto& [id, job] : jobs_) {
        const auto ask = [&](const std::string& device) {
            if (!ready_.contains(device) && asked.insert(device).second)
                host_.sendToDevice(device, {{"action", "scripts.hello"}});
        };
        for (const auto& [device, run] : job.queued)
            ask(device);
        for (const auto& [token, run] : job.running)
            ask(run.device);
    }
}

void Engine::tell(const Job& job, const RunRow& run, const std::string& state,
                  std::int64_t exitCode) {
    if (!page_)
        return;
    page_->tell({{"action", "scripts.runChanged"},
                 {"job", job.row.id},
                 {"nodeid", run.device},
                 {"state", state},
                 {"exitCode", exitCode}},
                [&](const std::string& user) { return people_.mayRun(user, run.device); });
}

void Engine::tellJob(const JobRow& job, const char* status) {
    if (!page_)
        return;
    page_->tell(
        {{"action", "scripts.jobChanged"}, {"job", job.id}, {"status", status}},
        [&](const std::string& user) {
            return user == job.owner.userId || people_.isAdmin({user, {}, job.owner.domain});
        });
}

} // namespace scripts
