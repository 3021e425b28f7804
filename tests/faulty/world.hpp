/// A server with some of the tests' plugins.
#pragma once

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <initializer_list>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

#include "core/config/config.hpp"
#include "core/plugin/plugin_host.hpp"
#include "tests/unit/plugin/fake_ports.hpp"

namespace trellis::tests {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

inline fs::path newFolder() {
    auto pattern = (fs::temp_directory_path() / "trellis-faulty-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
    return pattern;
}

/// True as soon as `holds` does; false after 20 s.
inline bool eventually(const std::function<bool()>& holds) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(1ms);
    }
    return true;
}

inline plugin::Settings quickSettings(const fs::path& folder) {
    plugin::Settings settings;
    settings.folders = {folder / "plugins"};
    settings.dataDir = folder / "data";
    settings.describeLimit = 500ms;
    settings.startLimit = 500ms;
    settings.stopLimit = 700ms;
    settings.sweepEvery = 20ms;
    settings.retryAfter = 1h;
    settings.checkResults = true;
    return settings;
}

class World {
public:
    using Change = std::function<void(plugin::Settings&)>;

    /// Installs the named plugins (built by this folder) and starts them.
    World(std::initializer_list<std::string> ids, const std::string& yaml = "",
          const Change& change = {})
        : World(newFolder(), ids, yaml, change) {}

    World(fs::path home, const std::vector<std::string>& ids, const std::string& yaml,
          const Change& change)
        : folder(std::move(home)), settings_(quickSettings(folder)) {
        fs::create_directories(folder / "plugins");
        for (const auto& id : ids) install(id);
        if (change) change(settings_);
        host = std::make_unique<plugin::PluginHost>(server.ports(), settings_);
        source = config::loadText(yaml, "trellis.yaml");
        host->discover();
        const auto early = config::checkServer(source);
        host->describe([&](const std::string& id) {
            return !early.config || early.config->pluginEnabled(id);
        });
        checked = host->check(source);
        if (checked.config) outcome = host->start(checked.config, source);
    }
    ~World() {
        host.reset();
        std::error_code ignored;
        fs::remove_all(folder, ignored);
    }

    void install(const std::string& id) const {
        std::error_code ignored;
        fs::create_directory_symlink(fs::path(TRELLIS_FAULTY_PLUGINS) / id, folder / "plugins" / id,
                                     ignored);
    }
    plugin::Status status(const std::string& id) const { return host->find(id).value(); }
    std::string state(const std::string& id) const {
        return std::string(plugin::stateName(status(id).state));
    }
    std::string sentence(const std::string& id) const { return status(id).sentence; }

    json::value call(const std::string& command, std::chrono::milliseconds limit = 20s) {
        return server.commands.call(command, {}, {}, sdk::Clock::now() + limit);
    }
    /// The error's code and text, "" if it is answered.
    std::string refusal(const std::string& command, std::chrono::milliseconds limit = 20s) {
        try {
            call(command, limit);
            return {};
        } catch (const sdk::Error& error) {
            return std::string(sdk::codeName(error.code())) + ": " + error.what();
        }
    }
    /// The neighbour still works: answers, hears events, ticks.
    bool isHealthy() {
        if (call("healthy.greet") != json::value("Hello")) return false;
        const auto before = call("healthy.seen").as_int64();
        server.events.publish(sdk::kDeviceConnected, sdk::DeviceEvent{"node//a", "mesh//b", "", "pc"});
        const auto ticks = call("healthy.ticks").as_int64();
        return eventually([&] {
            return call("healthy.seen").as_int64() > before &&
                   call("healthy.ticks").as_int64() > ticks;
        });
    }

    fs::path folder;
    FakeServer server;
    std::unique_ptr<plugin::PluginHost> host;
    config::Source source;
    config::Checked checked;
    plugin::StartOutcome outcome;

private:
    plugin::Settings settings_;
};

}  // namespace trellis::tests
