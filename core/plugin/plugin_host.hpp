/// Finds, checks, starts, watches and stops plugins. The order of use:
///
///     PluginHost plugins(ports, settings);
///     plugins.discover();                                   // manifests and their graph
///     plugins.describe([&](auto& id) { return early->pluginEnabled(id); });  // code, declarations
///     auto checked = plugins.check(source);                 // whole configuration
///     auto outcome = plugins.start(checked.config, source); // configure, migrate, start
///     ...
///     plugins.stop();
///
/// Steps of a plugin run on a thread of their own with a deadline; one that does not return is given
/// up (state failed) and the server goes on. Operations are done one after another on one thread.
#pragma once

#include <chrono>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <trellis/sdk/command.hpp>

#include "core/config/config.hpp"
#include "core/plugin/ports.hpp"
#include "core/plugin/status.hpp"
#include "core/plugin/ui.hpp"

namespace trellis::plugin {

struct Settings {
    std::vector<std::filesystem::path> folders;  ///< each holds one folder per plugin
    std::filesystem::path dataDir;               ///< plugins get <dataDir>/plugins/<id>
    std::filesystem::path journal;               ///< crash journal, "" for none
    std::size_t faultLimit = 5;
    std::chrono::milliseconds faultWindow{60'000};
    std::chrono::milliseconds retryAfter{300'000};  ///< the one automatic retry of a quarantined one
    std::chrono::milliseconds describeLimit{10'000};  ///< describe() and configure(), each
    std::chrono::milliseconds startLimit{30'000};     ///< migrations and start(), each
    std::chrono::milliseconds stopLimit{10'000};      ///< draining and stop() together
    std::chrono::milliseconds sweepEvery{1'000};      ///< how often overdue commands are looked for
#ifdef NDEBUG
    bool checkResults = false;  ///< compare results of commands with their schema
#else
    bool checkResults = true;
#endif
};

struct StartOutcome {
    /// Sentences about `required: true` plugins that do not run; the server must not go on.
    std::vector<std::string> missing;
    bool isConfigurationFault = false;  ///< all of them are misconfigured: exit 78, else 70
};

class PluginHost {
public:
    PluginHost(Ports ports, Settings settings);
    ~PluginHost();  ///< stop()
    PluginHost(const PluginHost&) = delete;
    PluginHost& operator=(const PluginHost&) = delete;

    /// Reads the manifests. Never throws: what is wrong is in list().
    void discover();
    /// Loads and describes those that `isEnabled` wants, in start order.
    void describe(const std::function<bool(const std::string& id)>& isEnabled);
    /// What the configuration is checked with, all found plugins included.
    std::vector<config::PluginSchema> schemas() const;
    /// Checks the whole configuration. When only sections of plugins are wrong these plugins become
    /// misconfigured and the config is made without them; `report` still holds everything, so that
    /// the check mode can refuse and the server can go on.
    config::Checked check(const config::Source& source);
    /// Configures, migrates and starts what was described, in order. `source`: kept for enabling
    /// plugins whose section could not be checked before.
    StartOutcome start(std::shared_ptr<const config::Config> config, config::Source source);
    /// In reverse order. Idempotent.
    void stop();

    /// Switches a plugin while the server runs; dependents stop with it and come back with it.
    /// Does not remember the choice (see commands.hpp). Blocks up to the steps' deadlines. Throws
    /// sdk::Error: NotFound with the nearest name; Conflict with the sentence when it does not run
    /// afterwards, or when called from code of a plugin.
    Status enable(const std::string& id);
    Status disable(const std::string& id);
    /// The same without waiting. `remember` runs first, on the loader's thread; when it throws nothing
    /// is changed. `done` runs on the loader's thread and must not block. Throws Conflict when called
    /// from code of a plugin.
    using Done = std::function<void(const Status& status, std::exception_ptr error)>;
    void change(const std::string& id, bool isEnabled, std::function<void()> remember, Done done);
    /// Takes a new configuration: checked whole first; with errors nothing changes. Then plugins
    /// whose section changed get a new instance; if one does not start, its old section is started
    /// again and the sentence tells both.
    config::Checked reload(config::Source source);

    std::vector<Status> list() const;  ///< sorted by id; any thread
    std::optional<Status> find(const std::string& id) const;
    std::shared_ptr<const config::Config> config() const;
    /// Contributions of running plugins to the page, unfiltered; any thread.
    std::vector<UiContribution> ui() const;
    /// The folder of a running plugin, for its static files; nullopt otherwise. Any thread.
    std::optional<std::filesystem::path> activeFolder(const std::string& id) const;
    /// True once a plugin's code had to be given up: end the process with _exit then, because its
    /// thread may still run.
    bool hasLeaked() const noexcept;

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace trellis::plugin
