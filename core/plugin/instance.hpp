/// One life of a plugin: from its object being made to its object being destroyed (or given up).
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <trellis/sdk/declarations.hpp>
#include <trellis/sdk/plugin.hpp>

#include "core/config/config.hpp"
#include "core/plugin/calls.hpp"
#include "core/plugin/claims.hpp"
#include "core/plugin/guard.hpp"
#include "core/plugin/host_impl.hpp"
#include "core/plugin/library.hpp"
#include "core/plugin/manifest.hpp"
#include "core/plugin/ports.hpp"
#include "core/plugin/status.hpp"
#include "core/plugin/wraps.hpp"

namespace trellis::plugin {

/// How a step ended: the state the plugin is in now, and why.
struct Outcome {
    State state = State::Found;
    std::string sentence;
    std::vector<std::string> problems;
    bool isLeaked = false;  ///< its code did not return: the instance is never touched again
};

/// The steps are called by the loader, one after another; each runs the plugin's code on a thread of
/// its own (step_runner.hpp).
class Instance : public std::enable_shared_from_this<Instance> {
public:
    struct Context {
        Ports ports;
        std::filesystem::path folder;   ///< of the plugin
        std::filesystem::path dataDir;  ///< of the plugin
        std::chrono::milliseconds describeLimit, startLimit, stopLimit, sweepEvery;
        bool checkResults = false;
        std::function<void(const std::string& why)> setHealth;
        std::function<std::shared_ptr<void>(const std::type_info&)> findService;
        PageParts pageParts;
        std::function<void(const sdk::Declarations::Service&)> offerService;
        std::function<void()> withdrawServices;
    };
    Instance(Manifest manifest, Context context, Guard::Settings guard);
    ~Instance();

    /// Maps the library, makes the object, runs describe(): Described or Refused.
    Outcome describe();
    /// Configured or Misconfigured (Failed when configure() itself went wrong).
    Outcome configure(const config::Config& config);
    /// Migrates, runs start(), registers everything: Running or Failed, then with nothing left.
    Outcome start();
    /// Whether it takes a changed section while it runs.
    bool takesOptions() const noexcept { return static_cast<bool>(collector_->all.reconfigure); }
    /// Hands it the changed section: Running, Misconfigured (it goes on with the old one) or Failed.
    Outcome reconfigure(const config::Config& config);
    /// Withdraws, drains, runs stop(), destroys the object: Stopped or Failed. Also for an instance
    /// that was only described.
    Outcome stop();

    /// Instances given up in this process.
    static std::size_t leakedCount() noexcept;

    const sdk::Declarations& declared() const noexcept { return collector_->all; }
    const Manifest& manifest() const noexcept { return manifest_; }
    const std::string& note() const noexcept { return note_; }
    std::shared_ptr<const Guard> guard() const noexcept { return guard_; }

private:
    Outcome describeNow();
    Outcome configureNow(const config::Config& config, const std::function<void(const sdk::Options&)>& take,
                         State good);
    void registerAll();
    void registerCommandsAndRoutes();
    void registerTunnels();
    void registerAgentPart();
    void registerListening();
    std::string agentScriptText() const;
    bool withdrawNow(std::chrono::steady_clock::time_point deadline);
    void keepFor(Registration registration) { registrations_.push_back(std::move(registration)); }
    /// Runs a step inside the crash journal's scope.
    Outcome step(const std::string& what, std::chrono::milliseconds limit, State good, State bad,
                 std::function<void()> work);
    Outcome failedStart(Outcome why);
    void keepForEver();

    const Manifest manifest_;
    const Context context_;
    const std::shared_ptr<Guard> guard_;
    const std::shared_ptr<LiveObjects> live_;
    const std::shared_ptr<Calls> calls_;
    std::string note_;
    std::unique_ptr<sdk::Collector> collector_;
    std::unique_ptr<sdk::Plugin, void (*)(void*)> plugin_{nullptr, nullptr};
    std::shared_ptr<bus::Strand> strand_;
    std::unique_ptr<HostImpl> host_;
    bool wasStarted_ = false;
    std::vector<Registration> registrations_;
};

}  // namespace trellis::plugin
