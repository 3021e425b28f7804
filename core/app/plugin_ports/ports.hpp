/// Binds the plugin host's ports to the real parts of the server.
#pragma once

#include <filesystem>
#include <memory>

#include "core/agent/agent_channel.hpp"
#include "core/api/access.hpp"
#include "core/api/audit.hpp"
#include "core/api/dispatcher.hpp"
#include "core/auth/factors.hpp"
#include "core/api/ports.hpp"
#include "core/auth/url_tokens.hpp"
#include "core/model/directory.hpp"
#include "core/model/event_log.hpp"
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
    plugin::Registration addRecorder(const std::string& owner,
                                     std::function<bool(const sdk::TunnelInfo&)> isRecorded,
                                     sdk::TunnelFactory factory) override;

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

/// What the records port works with; outlives it.
struct RecordsParts {
    model::Directory& directory;
    const api::AccessCheck& access;
    model::EventLog& events;
    api::AuditTrail& audit;
    const api::ServerPort& server;
    auth::UrlTokens& tokens;
    /// Tells connected users of an event that is not stored.
    std::function<void(const model::Event&)> tell;
};

class RecordsPort final : public plugin::Records {
public:
    explicit RecordsPort(RecordsParts parts) : parts_(std::move(parts)) {}
    void record(const std::string& owner, const sdk::LogEvent& event) override;
    void audit(const sdk::AuditEntry& entry) override;
    std::string publicUrl() override;
    std::string seal(const std::string& owner, const std::string& use, const sdk::json::object& body,
                     sdk::Seconds lifetime) override;
    std::optional<sdk::json::object> unseal(const std::string& owner, const std::string& use,
                                            std::string_view token) override;

private:
    RecordsParts parts_;
};

class GuestsPort final : public plugin::Guests {
public:
    explicit GuestsPort(relay::RelayChannel& relay) : relay_(relay) {}
    sdk::GuestTicket open(const std::string& owner, const sdk::GuestTunnel& wanted) override;
    std::vector<sdk::GuestSession> sessions(const std::string& owner) override;
    std::size_t cut(const std::string& owner, const std::string& ticket,
                    const std::string& reason) override;

private:
    relay::RelayChannel& relay_;
};

class OwnTunnelsPort final : public plugin::OwnTunnels {
public:
    explicit OwnTunnelsPort(relay::RelayChannel& relay) : relay_(relay) {}
    Opened open(const sdk::OwnTunnel& wanted, std::unique_ptr<sdk::TunnelHandler> viewer) override;
    void expire(const std::string& id) override { relay_.expireOwn(id); }

private:
    relay::RelayChannel& relay_;
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
    StoragePort(store::Database& database, store::Settings& settings, auth::Factors& factors)
        : database_(database), settings_(settings), factors_(factors) {}
    void run(const std::function<void(Poco::Data::Session&)>& work) override;
    void migrate(const std::string& owner, const std::vector<sdk::Migration>& steps) override;
    std::optional<std::string> secret(const std::string& owner, const std::string& name) override;
    void storeSecret(const std::string& owner, const std::string& name,
                     const std::string& value) override;
    std::optional<sdk::Factor> factor(const std::string& userId, const std::string& name) override;
    void changeFactor(const std::string& userId, const std::string& name,
                      const std::function<void(sdk::Factor&)>& change, int messageId) override;

private:
    store::Database& database_;
    store::Settings& settings_;
    auth::Factors& factors_;
};

}  // namespace trellis::app
