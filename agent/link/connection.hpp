/// One outgoing TCP connection: name, address, HTTP proxy, TLS, then bytes with flow control.
#pragma once

#include "agent/link/resolver.hpp"
#include "agent/link/tls.hpp"
#include "agent/link/url.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace trellis::device {

struct ConnectionTarget {
    std::string host;
    std::uint16_t port = 0;
    bool isSecure = true;
    Trust trust = Trust::Any;
    std::optional<Proxy> proxy;
    /// Protocol 1.4: 20 s until everything stands, this class's part included.
    Milliseconds timeout{20'000};
};

class Connection {
public:
    /// All calls come from the loop. Each may destroy the Connection.
    class Handler {
    public:
        virtual ~Handler() = default;
        /// TLS stands. False refuses the peer: the connection is closed with "refused certificate".
        /// Called only for secure targets.
        virtual bool onPeer(const PeerCertificate&) { return true; }
        virtual void onConnected() = 0;
        virtual void onData(std::string_view bytes) = 0;
        /// The output queue has become empty.
        virtual void onDrained() {}
        /// Once, also when connecting failed; not after close(). Nothing else follows.
        virtual void onClosed(const std::string& reason) = 0;
    };

    Connection(Loop& loop, TlsContext& tls, Handler& handler);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Once. Failures come as onClosed from the loop.
    void open(ConnectionTarget target);
    /// Queued without a limit of its own: callers look at queued() and stop in time.
    void send(std::string_view bytes);
    /// The same for who adds to the end of the queue himself, so that large messages are not copied twice.
    void sendWith(const std::function<void(std::string& queue)>& append);
    std::size_t queued() const noexcept { return out_.size() - outAt_; }
    /// While paused nothing is read, so that TCP slows the sender.
    void pause(bool isPaused);
    /// Sends what is queued for at most `longest`, then ends; no callbacks but onClosed.
    void closeAfterSending(Milliseconds longest);
    /// Ends at once, without onClosed.
    void close() noexcept;
    /// Numeric address of the peer, "" before it is known.
    const std::string& address() const noexcept { return address_; }

private:
    enum class Stage : std::uint8_t { New = 1, Resolving, Connecting, Proxy, Tls, Open, Closed };

    void onResolved(std::vector<Address> addresses, const std::string& error);
    void tryNextAddress(const std::string& lastError);
    bool startConnect(const Address& address, std::string& error);
    void onIo(std::uint32_t events);
    void onConnectDone();
    void startProxy();
    void readProxy();
    void startTls();
    void stepTls();
    void becomeOpen();
    void readSome();
    void postRead();
    void writeSome();
    TlsStream::Result readRaw(char* into, std::size_t size, std::size_t& count);
    TlsStream::Result writeRaw(std::string_view bytes, std::size_t& count);
    void updateInterest();
    void fail(const std::string& reason);
    void release() noexcept;

    Loop& loop_;
    TlsContext& tlsContext_;
    Handler& handler_;
    ConnectionTarget target_;
    Stage stage_ = Stage::New;
    Lookup lookup_;
    std::vector<Address> addresses_;
    std::size_t nextAddress_ = 0;
    Fd fd_;
    std::unique_ptr<TlsStream> tls_;
    std::string proxyHead_;
    std::string out_;
    std::size_t outAt_ = 0;
    std::string address_;
    bool isPaused_ = false;
    bool isClosing_ = false;
    bool isReadPosted_ = false;
    bool wantsWrite_ = false;  // TLS must write before it can go on
    Timer deadline_;
    Timer attempt_;
    /// Tells code on the stack that a callback destroyed this object.
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace trellis::device
