#include "core/app/offline_plugins.hpp"

#include "core/app/paths.hpp"
#include "core/bus/decisions.hpp"
#include "core/bus/event_bus.hpp"
#include "core/bus/timers.hpp"
#include "core/bus/worker_pool.hpp"
#include "core/plugin/discovery.hpp"

namespace trellis::app {
namespace {

[[noreturn]] void refuse() {
    throw sdk::Error(sdk::ErrorCode::Unavailable, "no server runs here");
}

/// Nothing is taken and nothing can be asked for: describing needs neither.
class NoServer final : public plugin::Commands,
                       public plugin::Routes,
                       public plugin::Tunnels,
                       public plugin::Agents,
                       public plugin::Listeners,
                       public plugin::Storage,
                       public plugin::Records,
                       public plugin::Guests {
public:
    std::string ownerOf(const std::string&) const override { return {}; }
    plugin::Registration add(const std::string&, sdk::CommandSpec, sdk::CommandHandler) override {
        refuse();
    }
    sdk::json::value call(const std::string&, const sdk::json::object&, const sdk::Caller&,
                          sdk::Deadline) override {
        refuse();
    }
    std::string ownerOf(const sdk::RouteSpec&) const override { return {}; }
    plugin::Registration add(const std::string&, sdk::RouteSpec, sdk::RouteHandler) override {
        refuse();
    }
    plugin::Registration addExchange(const std::string&, sdk::RouteSpec,
                                     sdk::ExchangeHandler) override {
        refuse();
    }
    std::string ownerOf(std::uint16_t) const override { return {}; }
    plugin::Registration add(const std::string&, sdk::TunnelSpec, sdk::TunnelFactory) override {
        refuse();
    }
    plugin::Registration addEndpoint(const std::string&, sdk::TunnelSpec,
                                     sdk::EndpointFactory) override {
        refuse();
    }
    plugin::Registration addWatcher(const std::string&, sdk::TunnelFactory) override { refuse(); }
    plugin::Registration addRecorder(const std::string&, std::function<bool(const sdk::TunnelInfo&)>,
                                     sdk::TunnelFactory) override {
        refuse();
    }
    std::string ownerOfMessage(const std::string&) const override { return {}; }
    plugin::Registration addMessage(const std::string&, sdk::AgentMessageSpec,
                                    sdk::AgentMessageHandler) override {
        refuse();
    }
    plugin::Registration addScript(const std::string&, std::string) override { refuse(); }
    bool send(const std::string&, const sdk::json::object&) override { return false; }
    std::optional<sdk::DeviceInfo> device(const std::string&) override { return std::nullopt; }
    plugin::Registration listen(const std::string&, sdk::ListenSpec, sdk::StreamFactory) override {
        refuse();
    }
    void run(const std::function<void(Poco::Data::Session&)>&) override { refuse(); }
    void migrate(const std::string&, const std::vector<sdk::Migration>&) override { refuse(); }
    std::optional<std::string> secret(const std::string&, const std::string&) override {
        refuse();
    }
    void storeSecret(const std::string&, const std::string&, const std::string&) override {
        refuse();
    }
    std::optional<sdk::Factor> factor(const std::string&, const std::string&) override { refuse(); }
    void changeFactor(const std::string&, const std::string&,
                      const std::function<void(sdk::Factor&)>&, int) override {
        refuse();
    }
    void record(const std::string&, const sdk::LogEvent&) override { refuse(); }
    void audit(const sdk::AuditEntry&) override { refuse(); }
    std::string publicUrl() override { refuse(); }
    std::string seal(const std::string&, const std::string&, const sdk::json::object&,
                     sdk::Seconds) override {
        refuse();
    }
    std::optional<sdk::json::object> unseal(const std::string&, const std::string&,
                                            std::string_view) override {
        refuse();
    }
    sdk::GuestTicket open(const std::string&, const sdk::GuestTunnel&) override { refuse(); }
    std::vector<sdk::GuestSession> sessions(const std::string&) override { refuse(); }
    std::size_t cut(const std::string&, const std::string&, const std::string&) override { refuse(); }
};

plugin::Settings settingsFor(const LaunchOptions& options) {
    plugin::Settings settings;
    settings.folders = options.pluginRoots.empty() ? pluginRoots() : options.pluginRoots;
    settings.dataDir = options.data;
    return settings;
}

}  // namespace

struct OfflinePlugins::Parts {
    bus::WorkerPool workers{{.threads = 1, .queueLimit = 100, .name = "worker"}};
    bus::Timers timers;
    bus::EventBus events;
    bus::Decisions decisions;
    NoServer none;
    std::unique_ptr<plugin::PluginHost> host;
};

OfflinePlugins::OfflinePlugins(const LaunchOptions& options) : parts_(std::make_unique<Parts>()) {
    auto& none = parts_->none;
    const plugin::Ports ports{&none,           &none,          &none,           &none,
                              &none,           &none,          &parts_->workers, &parts_->timers,
                              &parts_->events, &parts_->decisions, {}, &none, &none};
    parts_->host = std::make_unique<plugin::PluginHost>(ports, settingsFor(options));
    parts_->host->discover();
    // Disabled plugins are described as well: their sections are checked all the same.
    parts_->host->describe([](const std::string&) { return true; });
}

OfflinePlugins::~OfflinePlugins() = default;

std::vector<config::PluginSchema> OfflinePlugins::schemas() const {
    return parts_->host->schemas();
}

std::vector<plugin::Status> installedPlugins(const LaunchOptions& options) {
    const auto early = config::checkServer(config::load(loadRequest(options)));
    return plugin::installedPlugins(
        options.pluginRoots.empty() ? pluginRoots() : options.pluginRoots,
        [&](const std::string& id) { return !early.config || early.config->pluginEnabled(id); });
}

}  // namespace trellis::app
