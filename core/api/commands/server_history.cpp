// The server's numbers over time (control-protocol 3.11, 5.12).
#include <fstream>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <malloc.h>
#include <unistd.h>

#include "core/api/commands/server_numbers.hpp"
#include "core/api/commands/server_parts.hpp"
#include "core/api/schema.hpp"
#include "core/model/wire_documents.hpp"
#include "core/telemetry/log.hpp"

namespace trellis::api {

namespace {

constexpr std::chrono::seconds kEvery{300};
constexpr std::chrono::seconds kSettle{1}; // after the start, until the first numbers
constexpr std::int64_t kKeepMs = 30LL * 24 * 3600 * 1000; // control-protocol 5.1
constexpr std::int64_t kHourMs = 3600 * 1000;

/// Bytes of this process in memory (proc(5), statm: pages).
std::int64_t residentBytes() {
    std::ifstream file("/proc/self/statm");
    std::int64_t size = 0, resident = 0;
    file >> size >> resident;
    return resident * ::sysconf(_SC_PAGESIZE);
}

json::object memoryDocument() {
    const auto heap = ::mallinfo2();
    return {{"rss", residentBytes()},
            {"heapTotal", heap.arena + heap.hblkhd},
            {"heapUsed", heap.uordblks + heap.hblkhd}};
}

class History : public std::enable_shared_from_this<History> {
public:
    History(CommandSet& set, std::shared_ptr<TrafficCounts> counts)
        : set_(set), counts_(std::move(counts)), database_(set.context.directory.database()) {
        migrateApi(database_);
    }

    void start() {
        const auto onWorkers = [&pool = set_.context.pool](std::function<void()> task) {
            return pool.post(std::move(task));
        };
        const auto take = [self = weak_from_this()] {
            if (const auto alive = self.lock())
                alive->recordQuietly();
        };
        first_ = set_.context.timers.after(kSettle, onWorkers, take);
        timer_ = set_.context.timers.every(kEvery, onWorkers, take);
    }

    void record() {
        const auto now = set_.context.directory.nowMs();
        const auto traffic = counts_->now();
        const auto before = last_.with([&](auto& last) { return std::exchange(last, traffic); });
        auto numbers = serverNumbers(set_.context, set_.hub, "");
        const auto& state = numbers.at("values").at("ServerState").as_object();
        json::object document{{"time", model::isoTime(now)},
                              {"mem", memoryDocument()},
                              {"conn",
                               {{"ca", state.at("AgentSessions")},
                                {"cu", state.at("ConnectedUsers")},
                                {"us", state.at("UsersSessions")},
                                {"rs", state.at("RelaySessions")}}},
                              {"traffic", trafficDocument(difference(before, traffic))}};
        if (const auto* load = numbers.if_contains("cpuavg"))
            document["cpu"] = *load;
        if (before.numbers.empty()) // of this run of the server
            document["first"] = 1;
        database_.transaction([&](store::Session& session) {
            session.run("DELETE FROM server_statistics WHERE time_ms<? OR time_ms=?",
                        {now - kKeepMs, now});
            session.run("INSERT INTO server_statistics (time_ms, body) VALUES (?, ?)",
                        {now, json::serialize(document)});
        });
        model::Event event;
        event.action = "servertimelinestats";
        event.targets = {"*"};
        event.extra = {{"data", std::move(document)}, {"nolog", 1}};
        set_.feed.publish(std::move(event));
    }

    json::array since(std::int64_t ms) const {
        json::array list;
        database_.read([&](store::Session& session) {
            session.query("SELECT body FROM server_statistics WHERE time_ms>=? ORDER BY time_ms", {ms},
                          [&](const store::Row& row) { list.push_back(json::parse(row.text(0))); });
        });
        return list;
    }

private:
    void recordQuietly() noexcept {
        try {
            record();
        } catch (const std::exception& reason) {
            telemetry::log("api").warning("statistics could not be recorded",
                                          {{"why", reason.what()}});
        }
    }

    CommandSet& set_;
    std::shared_ptr<TrafficCounts> counts_;
    store::Database& database_;
    sdk::Guarded<TrafficCounts::State> last_;
    sdk::HandlePtr first_, timer_;
};

} // namespace

void addHistoryCommands(CommandSet& set, const std::shared_ptr<TrafficCounts>& counts) {
    const auto history = std::make_shared<History>(set, counts);
    history->start();
    auto spec = wireSpec("servertimelinestats", "The server's numbers of the last hours.",
                         wireArgs()
                             .prop("hours", Schema::integer().range(0, 720),
                                   "How far back, at most 720.")
                             .required({"hours"}));
    set.wire(std::move(spec), [&set, history](const WireCall& call) {
        requireServerNumbersRight(call);
        const auto from =
            set.context.directory.nowMs() - numberOf(call.args(), "hours") * kHourMs;
        call.send({{"events", history->since(from)}});
    });
}

} // namespace trellis::api
