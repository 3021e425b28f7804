/// Binds the plugin host's ports to the real parts of the server.
#pragma once

#include <filesystem>
#include <memory>

#include "core/agent/agent_channel.hpp"
#include "core/api/dispatcher.hpp"
#include "core/model/directory.hpp"
#include "core/net/listener.hpp"
#include "core/net/loop.hpp"
#include "core/net/tls.hpp"
#include "core/plugin/ports.hpp"
#include "core/relay/relay_channel.hpp"
#include "core/store/database.hpp"
#include "core/store/settings.hpp"

namespace trellis::app {

class CommandsPort final : public plugin::Commands {
public:
    explicit CommandsPort(api::Dispatcher& dispatcher) : dispatcher_(dispatcher) {}
    std::string ownerOf(const std::string& name) const override;
    plugin::Registration add(const std::string& owner, sdk::CommandSpec spec,
                             sdk::CommandHandler handler) override;
    sdk::json::value call(const std::string& name, const sdk::json::object& args,
                          const sdk::Caller& caller, sdk::Deadline deadline) override;

private:
    api::Dispatcher& dispatcher_;
};

class TunnelsPort final : public plugin::Tunnels {
public:
    explicit TunnelsPort(relay::TunnelRegistry& registry) : registry_(registry) {}
    std::string ownerOf(std::uint16_t protocol) const override;
    plugin::Registration add(const std::string& owner, sdk::TunnelSpec spec,
                             sdk::TunnelFactory factory) override;
    plugin::Registration addEndpoint(const std::string& owner, sdk::TunnelSpec spec,
                                     sdk::EndpointFactory factory) override;
    plugin::Registration addWatcher(const std::string& owner, sdk::TunnelFactory factory) override;

private:
    relay::TunnelRegistry& registry_;
};

class AgentsPort final : public plugin::Agents {
public:
    AgentsPort(agent::AgentChannel& agents, model::Directory& directory)
        : agents_(agents), directory_(directory) {}
    std::string ownerOfMessage(const std::string& action) const override;
    plugin::Registration addMessage(const std::string& owner, sdk::AgentMessageSpec spec,
                                    sdk::AgentMessageHandler handler) override;
    plugin::Registration addScript(const std::string& owner, std::string text) override;
    bool send(const std::string& deviceId, const sdk::json::object& message) override;
    std::optional<sdk::DeviceInfo> device(const std::string& deviceId) override;

private:
    agent::AgentChannel& agents_;
    model::Directory& directory_;
};

class ListenersPort final : public plugin::Listeners {
public:
    ListenersPort(net::Loops& loops, std::shared_ptr<net::TlsContext> tls)
        : loops_(loops), tls_(std::move(tls)) {}
    plugin::Registration listen(const std::string& owner, sdk::ListenSpec spec,
                                sdk::StreamFactory factory) override;

private:
    net::Loops& loops_;
    std::shared_ptr<net::TlsContext> tls_;
};

class StoragePort final : public plugin::Storage {
public:
    StoragePort(store::Database& database, store::Settings& settings)
        : database_(database), settings_(settings) {}
    void run(const std::function<void(Poco::Data::Session&)>& work) override;
    void migrate(const std::string& owner, const std::vector<sdk::Migration>& steps) override;
    std::optional<std::string> secret(const std::string& owner, const std::string& name) override;
    void storeSecret(const std::string& owner, const std::string& name,
                     const std::string& value) override;

private:
    store::Database& database_;
    store::Settings& settings_;
};

}  // namespace trellis::app
