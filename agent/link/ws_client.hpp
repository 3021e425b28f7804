/// WebSocket client (RFC 6455) over Connection, as the control channel and the tunnels use it.
#pragma once

#include "agent/link/connection.hpp"
#include "agent/link/http_head.hpp"
#include "agent/link/ws_codec.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace trellis::device {

struct WsOptions {
    Url url;
    Trust trust = Trust::Any;
    std::optional<Proxy> proxy;
    std::vector<std::pair<std::string, std::string>> headers;  ///< no line ends in them
    std::size_t maxMessage = 4 * 1024 * 1024;
    Milliseconds timeout{20'000};  ///< until the upgrade is answered
};

class WsClient : private Connection::Handler {
public:
    /// All calls come from the loop. Each may destroy the WsClient.
    class Handler {
    public:
        virtual ~Handler() = default;
        virtual bool onPeer(const PeerCertificate&) { return true; }
        virtual void onOpen(const ResponseHead&) = 0;
        /// `message` is valid during the call.
        virtual void onMessage(bool isText, std::string_view message) = 0;
        virtual void onPong() {}
        virtual void onDrained() {}
        /// Once, last; also at the end of close().
        virtual void onClosed(const std::string& reason) = 0;
    };

    WsClient(Loop& loop, TlsContext& tls, Handler& handler, WsOptions options);
    ~WsClient() override;

    void open();
    /// One masked frame. Ignored unless open. Never calls back.
    void send(bool isText, std::string_view message);
    void ping();
    /// Bytes waiting to be written.
    std::size_t queued() const noexcept { return connection_.queued(); }
    /// While paused no message is delivered and the socket is not read.
    void pause(bool isPaused);
    /// CLOSE frame behind what is queued; onClosed when the peer has answered or after `longest`.
    void close(Milliseconds longest);
    /// Ends at once; no call follows.
    void abort() noexcept;
    bool isOpen() const noexcept { return stage_ == Stage::Open; }
    void setMaxMessage(std::size_t bytes) noexcept { reader_.setMaxMessage(bytes); }
    /// The older of the last receipt and the last sending.
    Clock::time_point quietSince() const noexcept { return std::min(lastReceived_, lastSent_); }
    Clock::time_point lastReceived() const noexcept { return lastReceived_; }
    const std::string& address() const noexcept { return connection_.address(); }

private:
    enum class Stage : std::uint8_t { New = 1, Connecting, Upgrading, Open, Closing, Closed };

    bool onPeer(const PeerCertificate& peer) override { return handler_.onPeer(peer); }
    void onConnected() override;
    void onData(std::string_view bytes) override;
    void onDrained() override;
    void onClosed(const std::string& reason) override { finish(reason); }

    void readUpgrade();
    void pump();
    void onEvent(const WsEvent& event);
    void onCloseFrame(std::string_view payload);
    void refuse(std::uint16_t code);
    void sendFrame(Opcode opcode, std::string_view payload);
    void finish(const std::string& reason);

    Loop& loop_;
    Handler& handler_;
    WsOptions options_;
    Connection connection_;
    WsReader reader_;
    Stage stage_ = Stage::New;
    std::string key_;
    std::string head_;
    bool isPaused_ = false;
    Timer deadline_;
    Clock::time_point lastReceived_ = Clock::now();
    Clock::time_point lastSent_ = Clock::now();
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace trellis::device
