/// The control channel: finds a server, proves both ends, keeps the connection, tries again.
#pragma once

#include "agent/link/back_off.hpp"
#include "agent/link/ws_client.hpp"

namespace trellis::device {

/// What the agent says about itself; fixed for the life of the process.
struct DeviceFacts {
    std::uint32_t agentId = 0;
    std::uint32_t platformType = 1;
    std::uint32_t capabilities = 0;
    std::string hostName;
    std::string hostInfo;    ///< "<OS name> - <arch>"
    std::string commitDate;
};

/// The server behind an authenticated channel.
struct ServerView {
    std::string url;
    std::string address;  ///< numeric
    wire::Hash serverId{};
    wire::Hash groupId{};
    PeerHashes certificate;
};

class Control : private WsClient::Handler {
public:
    class Handler {
    public:
        virtual ~Handler() = default;
        /// Both ends are authenticated; messages flow from here on.
        virtual void onReady() = 0;
        /// A whole message from the authenticated server. Valid during the call.
        virtual void onMessage(std::string_view message) = 0;
        /// Only after onReady.
        virtual void onLost() = 0;
    };

    /// `settings`, `identity` and `database` outlive this object.
    Control(Loop& loop, TlsContext& tls, const Settings& settings, const Identity& identity,
            Database& database, DeviceFacts facts, Handler& handler);
    ~Control() override;

    void start();
    /// Ends the connection and makes no new one.
    void stop();
    /// Ends the connection; the next attempt follows the back-off.
    void disconnect(const std::string& reason);
    /// The device's addresses have changed: a waiting attempt comes soon, a standing connection is
    /// tested.
    void onNetworkChange();

    bool isReady() const noexcept { return isReady_; }
    /// The channel's queue limit; a server that does not read is no reason to grow.
    static constexpr std::size_t kMaxQueue = 4 * 1024 * 1024;
    enum class Sent : std::int8_t { Written = 1, Queued = 0, Full = -1, NotConnected = -4 };
    /// JSON (first byte '{') and other text go as TEXT frames, binary as BIN (protocol 1.4).
    Sent send(bool isText, std::string_view message);
    Sent send(const wire::Bytes& command) { return send(false, wire::textOf(command)); }
    /// Of the connection in use, or of the last one.
    const ServerView& server() const noexcept { return server_; }
    /// Proxy in use for this server, for tunnels to the same one.
    const std::optional<Proxy>& proxy() const noexcept { return proxy_; }

private:
    bool onPeer(const PeerCertificate& peer) override;
    void onOpen(const ResponseHead& head) override;
    void onMessage(bool isText, std::string_view message) override;
    void onPong() override { pongDeadline_.stop(); }
    void onClosed(const std::string& reason) override;

    void connect();
    void chooseProxy();
    void retry();
    void sendAll(const std::vector<wire::Bytes>& messages);
    void onHandshakeMessage(std::string_view message);
    void becomeReady();
    void watchIdle();
    void testLink();
    std::string pinKey() const;

    Loop& loop_;
    TlsContext& tls_;
    const Settings& settings_;
    const Identity& identity_;
    Database& database_;
    DeviceFacts facts_;
    Handler& handler_;
    BackOff backOff_;
    std::unique_ptr<WsClient> socket_;
    std::unique_ptr<Handshake> handshake_;
    PeerHashes peer_;
    ServerView server_;
    std::optional<Proxy> proxy_;
    std::size_t nextServer_ = 0;
    const ServerChoice* choice_ = nullptr;
    bool isReady_ = false;
    bool isStopped_ = true;
    bool hasProxyFailed_ = false;
    bool wasRefused_ = false;
    std::string lastFailure_;
    Timer retryTimer_;
    Timer idleTimer_;
    Timer pongDeadline_;
    Timer authDeadline_;
};

}  // namespace trellis::device
