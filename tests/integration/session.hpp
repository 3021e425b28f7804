/// Ends of conversations with a running server: an agent, a control connection, both ends of a tunnel.
#pragma once

#include <boost/json.hpp>

#include "tests/support/agent_end.hpp"
#include "tests/support/server_process.hpp"

namespace trellis::test {

namespace json = boost::json;

/// An agent's connection, authenticated unless it says otherwise.
struct AgentLink {
    /// Throws ClientError if the server closes or the deadline passes.
    AgentLink(const ClientOptions& client, const AgentMint::Identity& identity,
              const AgentSettings& settings, const std::string& pinnedCertificate = {});
    /// The next JSON message with this action and, unless "", this type; others are dropped.
    json::object next(std::string_view action, std::string_view type = {});

    WsClient socket;
    bool sawServerSignature = false;
};

/// A user's control connection after the greeting.
struct Control {
    Control(const ClientOptions& client, const std::string& user, const std::string& password);
    void send(const json::object& message) { socket.sendText(json::serialize(message)); }
    json::object next(std::string_view action);
    /// Sends it with a response id and gives what comes back for that.
    json::object ask(json::object message);
    json::array groups(); ///< those that the user sees; also a sign of life

    WsClient socket;

private:
    int count_ = 0;
};

/// A tunnel of the plugin in tests/support/passage; both ends have seen "c", the viewer has said "203".
struct TunnelEnds {
    TunnelEnds(const ClientOptions& client, Control& control, AgentLink& agent,
               const std::string& deviceId);
    WsClient viewer;
    WsClient device;

private:
    TunnelEnds(const ClientOptions& client, std::pair<std::string, std::string> targets);
};

/// A server with an administrator, a group, and agents to come.
struct Site {
    explicit Site(ServerProcess::Options options = {});
    ServerProcess server;
    AgentSettings settings;
    AgentMint mint;
    Control control() const { return {server.client(), "admin", ServerProcess::kPassword}; }
};

} // namespace trellis::test
