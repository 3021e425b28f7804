/// One control connection: a WebSocket that carries commands and events (control-protocol 1.4 to
/// 2).
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>
#include <trellis/sdk/request.hpp>

#include "core/api/control/admission.hpp"
#include "core/api/control/hub.hpp"
#include "core/api/control/rate_limit.hpp"
#include "core/api/dispatcher.hpp"
#include "core/api/ports.hpp"
#include "core/config/server_config.hpp"
#include "core/bus/strand.hpp"
#include "core/net/http_message.hpp"
#include "core/net/loop.hpp"
#include "core/net/websocket.hpp"

namespace trellis::api {

class EventFeed;

/// What a connection works with; outlives all of them.
struct ControlServices {
    const model::Directory& directory;
    Admissions& admissions;
    auth::Sessions& sessions;
    Dispatcher& dispatcher;
    ControlHub& hub;
    EventFeed& feed;
    ServerPort& server;
    bus::WorkerPool& pool;
    net::Loops& loops;
    const config::ServerConfig& config;
    std::size_t messageBytes = 2 * 1024 * 1024;
    std::uint32_t commandsPerSecond = 100;
};

class ControlConnection final : public net::WebSocketHandler,
                                public std::enable_shared_from_this<ControlConnection> {
public:
    static constexpr std::size_t kMaxWaiting = 256; ///< commands
    static constexpr std::size_t kMaxWaitingBytes = 4 * 1024 * 1024;
    /// Messages that aren't JSON objects, before the connection is closed.
    static constexpr std::size_t kMaxMalformed = 50;
    static constexpr std::size_t kMaxKeptBytes = 256 * 1024; ///< before the greeting

    ControlConnection(ControlServices& services, net::HttpRequest request, std::string domain);
    ~ControlConnection() override;

    // Any thread. What is sent before the greeting is dropped.
    void send(const json::object& message);
    void sendShared(std::shared_ptr<const std::string> text);
    /// Says why, then closes. A command of this very connection that causes it is answered first.
    void close(CloseCause cause);
    void goAway();                ///< 1001

    // Facts that are fixed once the connection is in the hub.
    const std::string& userId() const noexcept { return userId_; }
    /// The account's name now, "" if it is gone.
    std::string userName() const;
    const std::string& sessionId() const noexcept { return sessionId_; }
    const std::string& domain() const noexcept { return domain_; }
    const std::string& loginSession() const noexcept { return admission_.loginSession; }
    bool byLoginToken() const noexcept { return admission_.byLoginToken; }
    const std::string& loginToken() const noexcept { return admission_.loginToken; }
    bool diesWithPassword() const noexcept {
        return admission_.loginSession.empty() && !admission_.byLoginToken;
    }

    void onOpen(net::WebSocket& socket) override;
    void onMessage(net::WebSocket& socket, net::Opcode opcode, net::Bytes payload) override;
    void onClose(net::WebSocket& socket, const net::WebSocketClose& reason) noexcept override;

private:
    enum class State : std::uint8_t {
        Arguments = 1,
        InnerHello,
        InnerUser,
        Deciding,
        Open,
        Closed
    };

    // On the loop.
    void beginAdmission(const net::Query& extra);
    void takeArguments(std::string_view text);
    void takeInnerHello(std::string_view text);
    void takeInnerUser(std::string_view text);
    void queue(std::string text);
    void keep(net::WebSocket& socket, std::string_view text);
    void fault(net::WebSocket& socket, std::uint16_t code, const std::string& why);
    // On the worker pool.
    void decideThen(std::function<Admission()> decide);
    void admitted(Admission admission);
    void enter(net::WebSocket& socket, const model::User& user); // on the loop where it stays
    void greet(const model::User& user);
    void endWithToken(net::WebSocket& socket);
    void serve(const std::string& text);
    void closeNow(CloseCause cause);
    void refuseBusy(const std::string& text);
    bool isStillSignedIn();
    sdk::Caller caller(const model::User& user) const;
    void announceCount(std::size_t count);

    ControlServices& services_;
    std::unique_ptr<net::HttpRequest> request_; ///< until admission is decided
    std::optional<CloseCause> closeAfter_; ///< the strand's; what a command of its own causes
    const std::string domain_;
    const std::string address_;
    const std::string userAgent_;
    net::WebSocketHandle handle_;
    net::Timer admissionTimer_;     ///< loop
    State state_ = State::Deciding; ///< loop
    RateLimit rate_;                ///< loop
    std::string innerNonce_;        ///< loop
    bus::Strand strand_;
    std::atomic<std::size_t> waitingBytes_{0};
    std::size_t malformed_ = 0; // on strand_
    std::atomic<bool> isGreeted_{false};
    std::atomic<bool> isClosing_{false};
    bool isInHub_ = false; ///< loop
    std::vector<std::string> kept_; ///< loop; arrived while the login is decided
    std::size_t keptBytes_ = 0;     ///< loop
    Admission admission_;
    std::string userId_, sessionId_;
};

} // namespace trellis::api
