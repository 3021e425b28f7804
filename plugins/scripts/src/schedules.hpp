/// Jobs at set times.
#pragma once

#include <atomic>
#include <cstdint>

#include <trellis/sdk/host.hpp>
#include <trellis/sdk/schema.hpp>

#include "cron.hpp"
#include "engine.hpp"

namespace scripts {

/// Commands: any thread. tick(): the plugin's strand. All block on the database.
///
/// Whoever saves a schedule owns it, and it runs with what they may do when it is due. A script of
/// the library stays at the version it had when the schedule was saved. A run that was missed,
/// because the server was away for more than five minutes, is made up for once or not at all; while
/// the job of the run before is active, a run is left out.
class Schedules {
public:
    static constexpr std::int64_t kMaxSchedules = 500;

    Schedules(trellis::sdk::Host& host, const People& people, const Sealer& sealer,
              const Limits& limits, Library& library, Engine& engine)
        : host_(host), people_(people), sealer_(sealer), limits_(limits), library_(library),
          engine_(engine) {}

    static trellis::sdk::Schema saveArgs();
    static trellis::sdk::Schema previewArgs();
    json::value list(const Owner& caller);
    json::value save(const Owner& caller, const json::object& args);
    json::value remove(const Owner& caller, const json::object& args);
    /// The next times of an expression: {"times": [ms]}.
    json::value preview(const json::object& args) const;
    /// Asks the database only when something may be due.
    void tick(std::int64_t now);

private:
    struct Entry {
        std::string id;
        Owner owner;
        std::int64_t nextMs = 0;
        json::object body, last;
        std::string sealed;
    };
    std::int64_t nextOf(const json::object& body, std::int64_t nowMs) const;
    void fire(const Entry& entry, std::int64_t now);
    json::object start(const Entry& entry);
    bool mayManage(const Owner& caller, const std::string& owner, const std::string& domain) const;

    trellis::sdk::Host& host_;
    const People& people_;
    const Sealer& sealer_;
    const Limits& limits_;
    Library& library_;
    Engine& engine_;
    std::atomic<std::uint64_t> changes_{0};  ///< counts saves and removals
    std::uint64_t seenChanges_ = 0;          ///< tick()'s own
    std::int64_t nextDueMs_ = 0;             ///< tick()'s own
};

} // namespace scripts
