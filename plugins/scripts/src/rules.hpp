/// When something happens, do something.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include <trellis/sdk/guarded.hpp>
#include <trellis/sdk/host.hpp>
#include <trellis/sdk/schema.hpp>

#include "engine.hpp"

namespace scripts {

/// The end of a run, for rules and other plugins.
struct RunFinished {
    std::string deviceId, groupId, domain, name, job, state;
    std::int64_t exitCode = -1, depth = 0;
    json::object toJson() const;
};
inline constexpr trellis::sdk::Topic<RunFinished> kRunFinished{"scripts.runFinished"};

/// Commands: any thread. happened() and tick(): the plugin's strand.
///
/// A rule runs with what its owner, who saved it last, may do at that moment. Two guards keep it
/// from running in circles: what a rule has caused sets off rules only so deep, and each rule acts
/// for one device only so often within an hour. When a guard holds a rule back, the log, the list
/// of rules and the owner's page say so.
class Rules {
public:
    static constexpr std::int64_t kMaxRules = 200;
    static constexpr std::size_t kMaxCounted = 20'000; ///< pairs of rule and device

    Rules(trellis::sdk::Host& host, const People& people, const Sealer& sealer,
          const Limits& limits, Library& library, Engine& engine, trellis::sdk::PageEvents* page)
        : host_(host), people_(people), sealer_(sealer), limits_(limits), library_(library),
          engine_(engine), page_(page) {}

    static trellis::sdk::Schema saveArgs();
    json::value list(const Owner& caller);
    json::value save(const Owner& caller, const json::object& args);
    json::value remove(const Owner& caller, const json::object& args);

    void load();
    /// An event of the bus. Devices are collected until tick(), so that many at once are one job.
    void happened(std::string_view event, const json::object& payload, std::int64_t now);
    void tick(std::int64_t now);

private:
    struct Rule {
        std::string id;
        Owner owner;
        std::string event;
        json::object body;
        std::string sealed;
    };
    struct Waiting {
        std::set<std::string> devices;
        std::int64_t depth = 0;
    };
    struct News {
        std::string problem;
        std::int64_t atMs = 0, actedMs = 0;
    };
    bool mayManage(const Owner& caller, const std::string& owner, const std::string& domain) const;
    void check(const Owner& caller, const json::object& args) const;
    bool fits(const Rule& rule, const std::string& deviceId) const;
    bool mayAct(const Rule& rule, const std::string& deviceId, std::int64_t now);
    void act(const Rule& rule, const Waiting& waiting);
    void runScript(const Rule& rule, const Waiting& waiting);
    void callCommand(const Rule& rule, const Waiting& waiting);
    void report(const Rule& rule, const std::string& problem, std::int64_t now);

    trellis::sdk::Host& host_;
    const People& people_;
    const Sealer& sealer_;
    const Limits& limits_;
    Library& library_;
    Engine& engine_;
    trellis::sdk::PageEvents* page_;
    std::map<std::string, Rule> rules_; ///< enabled ones, by id
    std::map<std::string, Waiting> waiting_;
    std::map<std::pair<std::string, std::string>, std::deque<std::int64_t>> acted_;
    trellis::sdk::Guarded<std::map<std::string, News>> news_;
};

} // namespace scripts
