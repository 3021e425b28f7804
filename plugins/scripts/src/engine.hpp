/// Runs jobs: sends what is due to devices that are there, takes results, keeps each run to once.
///
/// A run is sent at most once. It is marked as sent in the database before the message leaves; a
/// device tells at each connection which runs it knows, and one that was sent and is not known any
/// more becomes "unknown" rather than being sent again.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <trellis/sdk/guarded.hpp>
#include <trellis/sdk/host.hpp>

#include "job_store.hpp"
#include "spec.hpp"

namespace scripts {

struct JobRequest {
    Owner owner;
    Spec spec;
    std::vector<Target> targets;
};

/// Told of a run that is over; on the plugin's strand.
struct RunEnd {
    RunRow run;
    JobRow job;
    Result result;
};

/// Everything but submit(), take() and the constructor is for the plugin's strand.
class Engine {
public:
    using Told = std::function<void(const RunEnd&)>;
    Engine(trellis::sdk::Host& host, const People& people, const Sealer& sealer,
           const Limits& limits, trellis::sdk::PageEvents* page);

    void onRunEnd(Told told) { told_ = std::move(told); }
    /// Reads the open jobs; once, before anything else.
    void load();

    /// Stores the job and starts it. Any thread; blocks on the database. Returns its id. Throws
    /// Error{InvalidArgument} (no device, too many), {Conflict} (too many jobs are active).
    std::string submit(JobRequest request);
    /// A message of a device. Any thread; false when 10,000 wait, which the device survives: it
    /// tells again at its next connection.
    bool take(const std::string& deviceId, json::object message);

    void gone(const std::string& deviceId);
    void removed(const std::string& deviceId);
    /// Runs that wait are cancelled at once, devices that run are told.
    void cancel(const std::string& jobId);
    /// What time alone changes: expired, lost, old jobs.
    void tick(std::int64_t now);
    bool isActive(const std::string& jobId) const { return jobs_.contains(jobId); }

private:
    struct Job {
        JobRow row;
        std::map<std::string, RunRow> queued;  ///< by device
        std::map<std::string, RunRow> running; ///< by token
        bool isCancelled = false;
    };
    struct Inbox {
        std::deque<std::pair<std::string, json::object>> messages;
        std::vector<JobRow> added;
        bool isPosted = false;
    };
    struct Ended {
        std::string token;
        Result result;
    };

    void post();
    void work();
    void adopt(JobRow row, std::vector<RunRow> runs);
    void ready(const std::string& deviceId, const json::object& message);
    void result(const std::string& deviceId, const json::object& message);
    void handle(const std::string& deviceId, const json::object& message);
    /// Runs of the device that it does not know any more.
    void lose(const std::string& deviceId, const std::set<std::string>& known);
    /// Asks devices that work waits for, and that have not spoken since this instance began.
    void greet();
    void expire(std::int64_t now);
    /// Sends what may be sent now, of one job or of all.
    void pump();
    void pump(Job& job);
    std::vector<RunRow> due(Job& job, std::vector<Ended>& denied);
    void send(Job& job, RunRow run);
    /// Stores the ends of runs in one transaction and drops them from the job.
    void end(Job& job, const std::vector<Ended>& ended);
    void closeIfDone(const std::string& jobId);
    void tell(const Job& job, const RunRow& run, const std::string& state, std::int64_t exitCode);
    void tellJob(const JobRow& job, const char* status);
    Job* jobOfRun(const std::string& deviceId, const std::string& token);

    trellis::sdk::Host& host_;
    const People& people_;
    const Sealer& sealer_;
    const Limits& limits_;
    trellis::sdk::PageEvents* page_;
    Told told_;
    trellis::sdk::Guarded<Inbox> inbox_;
    std::map<std::string, Job> jobs_;               ///< active ones, by id
    std::deque<std::string> order_;                 ///< their ids, oldest first
    std::map<std::string, std::string> ready_;      ///< device to the boot of its script
    std::map<std::string, std::string> jobByToken_; ///< of runs that were sent
    std::size_t runningNow_ = 0;
    std::int64_t expiredAt_ = 0;
    std::int64_t greetedAt_ = 0;
    trellis::sdk::Counter& runsTotal_;
    trellis::sdk::Gauge& waiting_;
};

} // namespace scripts
