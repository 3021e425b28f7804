/// Every part of the running server, in the order in which they are built; internal to core/app.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/agent/agent_channel.hpp"
#include "core/api/access.hpp"
#include "core/api/api.hpp"
#include "core/api/audit_store.hpp"
#include "core/api/dispatcher.hpp"
#include "core/api/token_gate.hpp"
#include "core/app/admin_commands.hpp"
#include "core/app/api_ports.hpp"
#include "core/app/backups.hpp"
#include "core/app/bus_bridge.hpp"
#include "core/app/page_routes.hpp"
#include "core/app/plugin_ports/directory.hpp"
#include "core/app/plugin_ports/ports.hpp"
#include "core/app/plugin_ports/routes.hpp"
#include "core/app/records.hpp"
#include "core/app/settings.hpp"
#include "core/auth/server_certificates.hpp"
#include "core/bus/decisions.hpp"
#include "core/bus/event_bus.hpp"
#include "core/bus/strand.hpp"
#include "core/bus/timers.hpp"
#include "core/bus/worker_pool.hpp"
#include "core/net/http_server.hpp"
#include "core/net/listener.hpp"
#include "core/net/loop.hpp"
#include "core/net/router.hpp"
#include "core/plugin/plugin_host.hpp"
#include "core/relay/relay_channel.hpp"
#include "core/store/instance_lock.hpp"

namespace trellis::app {

/// Joins the agents' replies to the control connections.
class HubRouter final : public agent::SessionRouter {
public:
    explicit HubRouter(api::ControlHub& hub) : hub_(hub) {}
    bool toSession(const std::string& sessionId, const boost::json::object& message) override {
        return hub_.toSession(sessionId, message);
    }
    void toUser(const std::string& userId, const boost::json::object& message) override {
        hub_.toUser(userId, message);
    }
    void toWatchers(const std::string& deviceId, const boost::json::object& message) override {
        hub_.toWatchers(deviceId, message);
    }

private:
    api::ControlHub& hub_;
};

/// Members are built from top to bottom and destroyed from bottom to top; stop() first ends
/// everything that could still call into another part.
struct Parts {
    /// Throws sdk::Error; nothing listens yet.
    Parts(const LaunchOptions& options, std::shared_ptr<const config::Config> config);
    ~Parts();
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;

    /// Throws ConfigurationError if the whole configuration, the plugins' sections included, has
    /// errors, and sdk::Error{Unavailable} if a required plugin does not run.
    void startPlugins(config::Source source);
    void listen();
    void reload(config::Source source);
    void stop();

    std::uint16_t port() const noexcept;
    std::string url() const;
    std::optional<std::string> setupLink();

    const LaunchOptions options;
    const std::shared_ptr<const config::Config> loaded;
    const config::ServerConfig& config;
    store::InstanceLock lock;
    net::Loops loops;
    bus::WorkerPool workers;
    bus::Timers timers;
    bus::EventBus events;
    bus::Decisions decisions;
    std::shared_ptr<auth::ServerCertificates> certificates;
    Records records;
    std::shared_ptr<net::TlsContext> tls;
    std::shared_ptr<net::Router> router;
    std::shared_ptr<net::Router> localRouter;
    BusBridge bridge;

    agent::AgentChannel agents;
    relay::RelayChannel relay;

    api::DirectoryAccess everyAccess; ///< without regard to tokens; ask `access`
    api::TokenAccess access;
    api::StoredAudit audit;
    api::Dispatcher dispatcher;
    AgentDevices devicePort;
    RelayTunnels tunnelPort;
    AgentInstall installPort;
    CertificateFacts serverPort;
    api::Api api;
    bus::SubscriptionPtr tokenGate;
    HubRouter hubRouter;
    std::vector<api::Registration> adminCommands;
    Backups backups;
    std::vector<api::Registration> backupCommands;
    net::Registration backupRoute;

    CommandsPort commandsPort;
    RoutesPort routesPort;
    TunnelsPort tunnelsPort;
    AgentsPort agentsPort;
    ListenersPort listenersPort;
    StoragePort storagePort;
    RecordsPort recordsPort;
    GuestsPort guestsPort;
    OwnTunnelsPort ownTunnelsPort;
    /// As the base class, so that the pointer that plugins get by type is the right one.
    std::shared_ptr<sdk::DeviceDirectory> directoryService;
    std::shared_ptr<sdk::PageEvents> pageEvents;
    std::unique_ptr<plugin::PluginHost> plugins;
    std::vector<api::Registration> pluginCommands;
    std::shared_ptr<bus::Strand> newsStrand;
    bus::SubscriptionPtr pluginNews;

    std::unique_ptr<PageRoutes> page;
    std::vector<sdk::HandlePtr> housekeeping;
    std::unique_ptr<net::HttpServer> http;
    std::unique_ptr<net::HttpServer> localHttp;
    std::vector<std::unique_ptr<net::Listener>> listeners;
    bool isStopped = false;

private:
    void startHousekeeping();
    void tellPluginState(const sdk::PluginEvent& event);
    plugin::Ports ports();
};

}  // namespace trellis::app
