/// The agents that are connected to this server.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

namespace trellis::agent {

namespace json = boost::json;

class AgentSession;

/// What is known of a connection; a copy.
struct AgentFacts {
    std::string deviceId;
    std::string address;         ///< ip:port
    std::uint32_t agentId = 0;   ///< architecture, agent-protocol.md section 4.4
    std::uint32_t capabilities = 0;
    bool isScriptReady = false;  ///< the wanted script is running
    std::size_t queuedBytes = 0;
};

/// One connected agent. Cheap to copy, any thread, does not keep the connection alive.
class AgentHandle {
public:
    AgentHandle() = default;
    explicit AgentHandle(std::weak_ptr<AgentSession> session) : session_(std::move(session)) {}
    bool isConnected() const noexcept;
    /// False if it is not connected or doesn't read (1 MiB queued; it is then disconnected). The
    /// caller has checked the rights and that the message is meant for agents.
    bool send(const json::object& message) const;
    /// A command of number kFirstScriptCommand or above, whole, for the script.
    bool sendBinary(std::string message) const;
    /// Closes with code 1000; the agent connects again.
    void disconnect(std::string reason) const;
    /// Takes it out of the hub and leaves it connected and unheard, without a time limit: for an
    /// agent whose group was deleted. It counts as not connected.
    void park(std::string reason) const;
    std::optional<AgentFacts> facts() const;

private:
    std::weak_ptr<AgentSession> session_;
};

/// Any thread.
class AgentHub {
public:
    AgentHub();
    ~AgentHub();
    AgentHub(const AgentHub&) = delete;
    AgentHub& operator=(const AgentHub&) = delete;

    /// The agent of "node/<domain>/<id>"; an empty handle if it is not connected.
    AgentHandle find(std::string_view deviceId) const;
    bool send(std::string_view deviceId, const json::object& message) const;
    std::size_t size() const;
    /// Asks each agent for the hash of its script and pushes the current one where it differs.
    void renewScripts();
    /// Closes all; for stopping the server.
    void disconnectAll(const std::string& reason);

    // --- for AgentSession ---
    /// Takes the place of an older connection of the same device, which is returned.
    std::shared_ptr<AgentSession> enter(const std::string& deviceId,
                                        std::shared_ptr<AgentSession> session);
    /// False if a newer connection has taken the place.
    bool leave(const std::string& deviceId, const AgentSession* session);
    std::vector<std::shared_ptr<AgentSession>> all() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace trellis::agent
