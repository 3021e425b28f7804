#include "agent/link/control.hpp"

#include "agent/base/log.hpp"

#include <trellis/wire/text.hpp>

#include <openssl/rand.h>

#include <cstdlib>

namespace trellis::device {
namespace {
/// Ours: the largest core that a server may push, and its command's head.
constexpr std::size_t kMaxMessage = 16 * 1024 * 1024 + 64;
/// Protocol 1.6.
constexpr Milliseconds kPongTime{5'000};
/// With several servers, one that holds us without proving itself must not hold us for good.
constexpr Milliseconds kAuthTime{60'000};
constexpr Milliseconds kAfterNetworkChange{3'000};  // protocol 1.7

std::uint32_t randomBelow(std::uint32_t limit) {
    std::uint32_t value = 0;
    RAND_bytes(reinterpret_cast<unsigned char*>(&value), sizeof value);
    return value % limit;
}

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}
}  // namespace

Control::Control(Loop& loop, TlsContext& tls, const Settings& settings, const Identity& identity,
                 Database& database, DeviceFacts facts, Handler& handler)
    : loop_(loop), tls_(tls), settings_(settings), identity_(identity), database_(database),
      facts_(std::move(facts)), handler_(handler), backOff_(randomBelow), retryTimer_(loop),
      idleTimer_(loop), pongDeadline_(loop), authDeadline_(loop) {}

Control::~Control() = default;

void Control::start() {
    isStopped_ = false;
    connect();
}

void Control::stop() {
    isStopped_ = true;
    retryTimer_.stop();
    disconnect("stopping");
}

void Control::disconnect(const std::string& reason) {
    if (socket_) onClosed(reason);
}

void Control::chooseProxy() {
    proxy_.reset();
    // The one in the settings, then the usual variables; after a failure once without (protocol 1.7).
    auto text = settings_.proxy;
    if (text.empty() && !settings_.ignoreProxy) text = environment("https_proxy");
    if (text.empty() && !settings_.ignoreProxy) text = environment("HTTPS_PROXY");
    if (text.empty() || hasProxyFailed_) return;
    proxy_ = parseProxy(text);
    if (!proxy_) log::warning("the proxy address is not host:port; connecting directly");
}

void Control::connect() {
    choice_ = &settings_.servers[nextServer_];
    chooseProxy();
    WsOptions options;
    options.url = choice_->url;
    options.proxy = proxy_;
    options.trust = settings_.validateWebCert ? Trust::Chain : Trust::Any;
    options.maxMessage = wire::kMaxHandshakeMessage;
    socket_ = std::make_unique<WsClient>(loop_, tls_, static_cast<WsClient::Handler&>(*this),
                                         std::move(options));
    socket_->open();
}

std::string Control::pinKey() const {
    // Bound to the ServerID: another server behind the same certificate has to prove itself.
    return "ServerTlsCertHash." +
           wire::encodeHex(wire::ByteView(choice_->serverId).first(20), wire::HexCase::Lower);
}

bool Control::onPeer(const PeerCertificate& peer) {
    peer_ = peer.hashes;
    return true;
}

void Control::onOpen(const ResponseHead&) {
    HandshakeInput input;
    input.identity = &identity_;
    input.serverId = choice_->serverId;
    input.isLegacyId = choice_->isLegacyId;
    input.peer = peer_;
    if (const auto pin = database_.get(pinKey()); pin && pin->size() == wire::kHashSize) {
        input.pinned = wire::hashAt(wire::bytesOf(*pin));
    }
    input.nonce = wire::randomNonce();
    input.info.agentId = facts_.agentId;
    input.info.platformType = facts_.platformType;
    input.info.groupId = settings_.groupId;
    input.info.capabilities = facts_.capabilities | settings_.extraCapabilities;
    input.info.hostName = facts_.hostName;
    input.commitDate = facts_.commitDate;
    input.hostInfo = facts_.hostInfo;
    input.agentName = settings_.agentName;
    handshake_ = std::make_unique<Handshake>(std::move(input));
    wasRefused_ = false;
    // From here on silence is noticed by pings; connecting had its own deadline.
    watchIdle();
    if (settings_.servers.size() > 1) {
        authDeadline_.start(kAuthTime, [this] { disconnect("the server does not authenticate"); });
    }
    sendAll(handshake_->start());
}

void Control::sendAll(const std::vector<wire::Bytes>& messages) {
    for (const auto& message : messages) {
        socket_->send(wire::isJson(message), wire::textOf(message));
    }
}

void Control::onMessage(bool, std::string_view message) {
    if (isReady_) return handler_.onMessage(message);
    onHandshakeMessage(message);
}

void Control::onHandshakeMessage(std::string_view message) {
    const auto step = handshake_->take(wire::bytesOf(message));
    if (step.refusal != Handshake::Refusal::None && !wasRefused_) {
        wasRefused_ = true;  // once per connection, whatever the server repeats
        log::warning("server refused", {{"url", choice_->text},
                                        {"reason", describe(step.refusal)}});
    }
    if (step.isServerProved) {
        try {
            database_.put(pinKey(), wire::textOf(peer_.full));
        } catch (const std::exception& e) {
            log::warning("can't remember the server's certificate", {{"reason", e.what()}});
        }
    }
    sendAll(step.send);
    if (handshake_->isInfoSent()) backOff_.reset();
    if (handshake_->isDone()) becomeReady();
}

void Control::becomeReady() {
    authDeadline_.stop();
    isReady_ = true;
    hasProxyFailed_ = false;
    lastFailure_.clear();
    handshake_.reset();
    socket_->setMaxMessage(kMaxMessage);
    server_.url = choice_->text;
    server_.address = socket_->address();
    server_.serverId = choice_->serverId;
    server_.groupId = settings_.groupId;
    server_.certificate = peer_;
    log::info("connected", {{"url", choice_->text}, {"address", server_.address}});
    handler_.onReady();
}

Control::Sent Control::send(bool isText, std::string_view message) {
    if (!isReady_) return Sent::NotConnected;
    if (message.empty()) return Sent::Written;  // zero-length messages are not sent (protocol 1.4)
    if (socket_->queued() + message.size() > kMaxQueue) return Sent::Full;
    const bool isIdle = socket_->queued() == 0;
    socket_->send(isText || message[0] == '{', message);
    return isIdle ? Sent::Written : Sent::Queued;
}

void Control::watchIdle() {
    const auto quiet = std::chrono::duration_cast<Milliseconds>(Clock::now() - socket_->quietSince());
    const Milliseconds limit = settings_.idleTimeout;
    if (quiet >= limit && !pongDeadline_.isActive()) testLink();
    const auto wait = quiet >= limit ? limit : limit - quiet;
    idleTimer_.start(wait, [this] { watchIdle(); });
}

void Control::testLink() {
    const auto asked = Clock::now();
    socket_->ping();
    pongDeadline_.start(kPongTime, [this, asked] {
        // A large message under way may hold up the pong; bytes are as good a sign of life.
        if (socket_->lastReceived() < asked) disconnect("no answer to a ping");
    });
}

void Control::onNetworkChange() {
    if (isStopped_) return;
    if (retryTimer_.isActive()) {
        retryTimer_.start(kAfterNetworkChange, [this] { connect(); });
    } else if (socket_ && socket_->isOpen() && !pongDeadline_.isActive()) {
        testLink();
    }
}

void Control::onClosed(const std::string& reason) {
    idleTimer_.stop();
    pongDeadline_.stop();
    authDeadline_.stop();
    // Silenced now, freed later: the caller may be a method of the socket.
    if (socket_) socket_->abort();
    loop_.post([old = std::shared_ptr<WsClient>(std::move(socket_))] {});
    handshake_.reset();
    const bool wasReady = std::exchange(isReady_, false);
    hasProxyFailed_ = !wasReady && proxy_ && !hasProxyFailed_;
    // A lost server is tried first again; one that never answered gives way to the next in the list.
    nextServer_ = wasReady ? 0 : (nextServer_ + 1) % settings_.servers.size();
    if (!isStopped_ && (wasReady || reason != lastFailure_)) {
        log::warning(wasReady ? "connection lost" : "can't connect",
                     {{"url", choice_->text}, {"reason", reason}});
    }
    lastFailure_ = reason;
    if (wasReady) handler_.onLost();
    retry();
}

void Control::retry() {
    if (isStopped_) return;
    retryTimer_.start(backOff_.next(), [this] { connect(); });
}

}  // namespace trellis::device
