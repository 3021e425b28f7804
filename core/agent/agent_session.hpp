/// One connection of an agent: joins the socket, the handshake, the negotiation and the messages.
/// Internal to core/agent; the rest of the server uses AgentHandle.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "core/agent/admission.hpp"
#include "core/agent/agent_context.hpp"
#include "core/agent/handshake.hpp"
#include "core/agent/negotiation.hpp"
#include "core/agent/pace.hpp"
#include "core/bus/strand.hpp"
#include "core/net/websocket.hpp"

namespace trellis::agent {

/// Runs on its socket's loop unless a method says otherwise. Blocking work goes to the worker pool and
/// comes back through the socket's handle, so that nothing happens after the socket has gone.
class AgentSession final : public net::WebSocketHandler,
                           public std::enable_shared_from_this<AgentSession> {
public:
    /// JSON messages of one agent that wait or run; then its socket is not read until half are done.
    static constexpr std::size_t kMaxWaiting = 64;
    static constexpr std::size_t kMaxWaitingBytes = 4 * 1024 * 1024;
    /// Malformed JSON messages after which the connection is closed.
    static constexpr std::size_t kMaxRefused = 100;

    /// `tenant`: whose door it came through.
    explicit AgentSession(std::shared_ptr<AgentContext> context, std::string tenant = {});
    ~AgentSession() override;

    void onOpen(net::WebSocket& socket) override;
    void onMessage(net::WebSocket& socket, net::Opcode opcode, net::Bytes payload) override;
    void onClose(net::WebSocket& socket, const net::WebSocketClose& close) noexcept override;

    // --- any thread ---
    bool isConnected() const noexcept;
    bool send(const json::object& message);
    bool sendBinary(std::string message);
    void disconnect(const std::string& reason);
    void renewScript();
    /// A newer connection of the same device took over: this one falls silent (section 3.5, step 6).
    void abandon();
    /// The device's record is gone for good: the connection stays and is silent, so that the agent
    /// does not come back at once and enrol again.
    void park(const std::string& reason);
    AgentFacts facts() const;

private:
    enum class State : std::uint8_t { Handshaking = 1, Admitting, Active, Held, Closed };

    void take(net::WebSocket& socket, Handshake::Step step);
    void sign(const SignJob& job);
    void verify(VerifyJob job);
    void beginAdmission(net::WebSocket& socket);
    void finishAdmission(net::WebSocket& socket, const Admission& admission);
    void take(net::WebSocket& socket, Negotiation::Step step);
    void readBlock(const Negotiation::Step::Read& read);
    void onTag(wire::ByteView message);
    void queueJson(net::WebSocket& socket, net::Bytes payload);
    void onHandled(net::WebSocket& socket, AgentMessages::Outcome outcome, std::size_t bytes);
    void resumeIfAllowed(net::WebSocket& socket);
    void hold(net::WebSocket& socket, std::string_view reason);
    void refuse(net::WebSocket& socket, std::uint16_t code, std::string_view reason);
    std::optional<AgentBinary> binaryFor(const AgentIdentity& identity) const;

    std::shared_ptr<AgentContext> context_;
    const std::string tenant_;
    net::WebSocketHandle socket_;
    std::unique_ptr<Handshake> handshake_;     // until the agent is admitted
    std::unique_ptr<Negotiation> negotiation_; // afterwards
    std::unique_ptr<net::Timer> deadline_;     // of the handshake, of being held, of an update
    std::shared_ptr<bus::Strand> strand_;      // only while messages wait
    std::string deviceId_;                     // set before the state is Active, fixed afterwards
    std::string address_;                      // ip:port
    std::atomic<State> state_{State::Handshaking};
    std::atomic<bool> isScriptReady_{false};
    std::uint32_t archId_ = 0;
    std::uint32_t capabilities_ = 0;
    model::ConnectionToken token_ = 0;
    SlotPool::Slot held_;
    SlotPool::Slot update_;
    Pace pace_;
    std::unique_ptr<net::Timer> rest_; // while the agent is not read because it sent too fast
    std::size_t waiting_ = 0;
    std::size_t waitingBytes_ = 0;
    std::size_t refused_ = 0;
};

} // namespace trellis::agent
