#include "core/net/websocket.hpp"

#include "core/net/connection_impl.hpp"
#include "core/net/websocket_impl.hpp"
#include "core/net/ws_deflate.hpp"
#include "core/telemetry/log.hpp"
#include "core/telemetry/metrics.hpp"

namespace trellis::net {

namespace {

constexpr Millis kCloseAnswer{5000};
// Smaller shared messages are copied: a chunk of their own would cost more and make a small record.
constexpr std::size_t kShareAbove = 8 * 1024;

// The WebSocket as its connection sees it.
class WsStream final : public StreamHandler {
public:
    explicit WsStream(std::shared_ptr<WebSocket> socket) : socket_(std::move(socket)) {}

    void onOpen(Connection&) override {
        auto& impl = socket_->impl();
        impl.armTimer();
        impl.guarded([&] { impl.handler->onOpen(*socket_); });
    }
    std::size_t onData(Connection&, MutableBytes bytes) override {
        return socket_->impl().receive(bytes);
    }
    void onWritable(Connection&) override {
        auto& impl = socket_->impl();
        if (impl.state == WsState::Open)
            impl.guarded([&] { impl.handler->onDrained(*socket_); });
    }
    void onPeerEnd(Connection& connection) override {
        connection.closeAfterFlush("the peer closed");
        ended("the peer closed without a close frame", true);
    }
    void onLeaveLoop(Connection&) override { socket_->impl().timer.cancel(); }
    void onClose(Connection&, const CloseReason& reason) noexcept override {
        ended(reason.text, reason.kind != CloseReason::Kind::Local);
    }

private:
    // The stream ended without a close frame, perhaps in place of the answer to ours.
    void ended(const std::string& text, bool byPeer) noexcept {
        auto& impl = socket_->impl();
        if (impl.state == WsState::CloseSent)
            impl.finish(impl.sentCode, impl.sentReason, false);
        else
            impl.finish(close_code::kAbnormal, text, byPeer);
    }

    std::shared_ptr<WebSocket> socket_;
};

} // namespace

void logWebSocketFault(const char* what) noexcept {
    try {
        telemetry::log("net").error("a WebSocket handler failed", {{"reason", what}});
    } catch (...) { // out of memory: the connection is closed all the same
    }
}

WebSocket::WebSocket() : impl_(std::make_unique<WebSocketImpl>(*this)) {}
WebSocket::~WebSocket() = default;

std::shared_ptr<WebSocket> WebSocket::attach(Connection& connection,
                                             const WebSocketOptions& options,
                                             bool deflateNegotiated, const Address& peer,
                                             std::shared_ptr<WebSocketHandler> handler) {
    std::shared_ptr<WebSocket> socket(new WebSocket);
    auto& impl = *socket->impl_;
    impl.connection = connection.shared_from_this();
    impl.handler = std::move(handler);
    impl.options = options;
    impl.peer = peer;
    impl.hasDeflate = deflateNegotiated;
    impl.parser = FrameParser(deflateNegotiated);
    impl.lastSent = connection.loop().now();
    connection.setWaterMarks(options.highWater, options.lowWater);
    connection.setIdleTimeout(options.idleTimeout);
    connection.setHandler(std::make_shared<WsStream>(socket));
    return socket;
}

SendResult WebSocketImpl::mayQueue(std::size_t size) {
    if (state != WsState::Open || !connection->isOpen())
        return SendResult::Closed;
    if (connection->bufferedBytes() + waiting.size() <= options.queueLimit)
        return SendResult::Queued;
    static auto& overflows =
        telemetry::Metrics::instance().counter("trellis_net_websocket_overflows_total",
                                               "WebSockets aborted because the peer didn't read.");
    overflows.add();
    telemetry::log("net").warning("WebSocket aborted, the peer doesn't read",
                                  {{"peer", peer.text()},
                                   {"queued_bytes", connection->bufferedBytes()},
                                   {"message_bytes", size}});
    connection->abort("the peer doesn't read, the send queue is full", CloseReason::Kind::Overflow);
    return SendResult::Overflow;
}

void WebSocketImpl::put(Opcode opcode, Bytes payload, bool rsv1) {
    const auto header = serverHeader(opcode, true, payload.size(), rsv1);
    lastSent = connection->loop().now();
    if (frameLeft > 0) {
        waiting.append(asText(header)).append(asText(payload));
        return;
    }
    connection->write(header);
    connection->write(payload);
}

SendResult WebSocketImpl::sendData(Opcode opcode, Bytes message) {
    if (const auto result = mayQueue(message.size()); result != SendResult::Queued)
        return result;
    if (hasDeflate && message.size() > options.deflateAbove) {
        const auto packed = deflateMessage(message);
        if (!packed.empty()) {
            put(opcode, asBytes(packed), true);
            return SendResult::Queued;
        }
    }
    put(opcode, message);
    return SendResult::Queued;
}

SendResult WebSocketImpl::sendPacked(Opcode opcode, Bytes packed) {
    const auto result = mayQueue(packed.size());
    if (result == SendResult::Queued)
        put(opcode, packed, true);
    return result;
}

SendResult WebSocket::sendText(std::string_view message) {
    return impl_->sendData(Opcode::Text, asBytes(message));
}

SendResult WebSocket::sendBinary(Bytes message) {
    return impl_->sendData(Opcode::Binary, message);
}

SendResult WebSocket::send(Opcode opcode, std::shared_ptr<const std::string> message) {
    auto& impl = *impl_;
    if (message->size() < kShareAbove || impl.hasDeflate || impl.frameLeft > 0)
        return impl.sendData(opcode, asBytes(*message));
    if (const auto result = impl.mayQueue(message->size()); result != SendResult::Queued)
        return result;
    impl.lastSent = loop().now();
    impl.connection->write(serverHeader(opcode, true, message->size()));
    impl.connection->writeShared(std::move(message));
    return SendResult::Queued;
}

void WebSocket::ping(std::string_view payload) {
    if (impl_->state == WsState::Open)
        impl_->put(Opcode::Ping, asBytes(payload.substr(0, 125)));
}

void WebSocket::beginFrame(const FrameHeader& header) {
    auto& impl = *impl_;
    if (impl.state != WsState::Open || impl.frameLeft > 0)
        return;
    impl.connection->write(serverHeader(header.opcode, header.fin, header.length));
    impl.frameLeft = header.length;
    impl.lastSent = loop().now();
}

void WebSocket::framePayload(Bytes payload) {
    auto& impl = *impl_;
    if (impl.state != WsState::Open)
        return;
    payload = payload.first(
        static_cast<std::size_t>(std::min<std::uint64_t>(payload.size(), impl.frameLeft)));
    if (payload.empty())
        return;
    impl.connection->write(payload);
    impl.frameLeft -= payload.size();
    if (impl.frameLeft == 0)
        impl.releaseWaiting();
}

void WebSocketImpl::releaseWaiting() {
    if (waitingPong) {
        put(Opcode::Pong, asBytes(*waitingPong));
        waitingPong.reset();
    }
    if (waiting.empty())
        return;
    connection->write(waiting);
    std::string().swap(waiting);
}

bool WebSocket::isInsideFrame() const noexcept {
    return impl_->frameLeft > 0;
}

void WebSocketImpl::sendClose(std::uint16_t code, std::string_view reason) {
    std::string payload;
    if (code != close_code::kNone) {
        payload += static_cast<char>(code >> 8);
        payload += static_cast<char>(code & 0xff);
        payload += reason.substr(0, 123);
    }
    sentCode = code;
    sentReason = reason;
    put(Opcode::Close, asBytes(payload));
}

void WebSocket::close(std::uint16_t code, std::string_view reason) {
    auto& impl = *impl_;
    if (impl.state != WsState::Open)
        return;
    if (impl.frameLeft > 0)
        return abort("closed inside a frame");
    impl.sendClose(code, reason);
    impl.state = WsState::CloseSent;
    // Its answer has to be read, and what comes before it is thrown away.
    impl.connection->resumeReading();
    impl.timer.arm(loop(), kCloseAnswer, [&impl] {
        impl.connection->closeAfterFlush("the peer didn't answer the close frame");
        impl.finish(impl.sentCode, impl.sentReason, false);
    });
}

void WebSocketImpl::failWith(std::uint16_t code, std::string_view reason) {
    if (state == WsState::Done)
        return;
    if (frameLeft > 0) {
        connection->abort(std::string(reason));
        return finish(code, std::string(reason), false);
    }
    if (state == WsState::Open)
        sendClose(code, reason);
    connection->closeAfterFlush(std::string(reason));
    finish(code, std::string(reason), false);
}

void WebSocketImpl::finish(std::uint16_t code, std::string reason, bool byPeer) noexcept {
    if (state == WsState::Done)
        return;
    state = WsState::Done;
    timer.cancel();
    std::string().swap(collected);
    std::string().swap(waiting);
    const auto receiver = std::move(handler);
    if (receiver)
        receiver->onClose(self, {code, std::move(reason), byPeer});
}

void WebSocketImpl::armTimer() {
    if (state == WsState::Open && options.pingEvery.count() > 0)
        timer.arm(connection->loop(), options.pingEvery, [this] { onTimer(); });
    else if (state == WsState::Open)
        timer.cancel();
}

void WebSocketImpl::onTimer() {
    const auto silent = std::chrono::floor<Millis>(connection->loop().now() - lastSent);
    if (silent < options.pingEvery)
        return timer.rearm(connection->loop(), options.pingEvery - silent);
    self.ping();
    timer.rearm(connection->loop(), options.pingEvery);
}

void WebSocket::abort(std::string reason) {
    impl_->connection->abort(std::move(reason));
}

bool WebSocket::isOpen() const noexcept {
    return impl_->state == WsState::Open;
}

void WebSocket::pauseReading() noexcept {
    if (impl_->state == WsState::Open)
        impl_->connection->pauseReading();
}

void WebSocket::resumeReading() {
    impl_->connection->resumeReading();
}

bool WebSocket::isReadingPaused() const noexcept {
    return impl_->connection->isReadingPaused();
}

std::size_t WebSocket::bufferedBytes() const noexcept {
    return impl_->connection->bufferedBytes() + impl_->waiting.size();
}

bool WebSocket::isAboveHighWater() const noexcept {
    return impl_->connection->isAboveHighWater();
}

void WebSocket::setWaterMarks(std::size_t high, std::size_t low) noexcept {
    impl_->connection->setWaterMarks(high, low);
}

void WebSocket::setPingEvery(Millis interval) {
    impl_->options.pingEvery = interval;
    impl_->armTimer();
}

void WebSocket::setIdleTimeout(Millis limit) {
    impl_->connection->setIdleTimeout(limit);
}

void WebSocket::setMessageLimit(std::size_t bytes) noexcept {
    // Not below what is collected already, so that the room left can't be negative.
    impl_->options.messageLimit = std::max(bytes, impl_->collected.size());
}

void WebSocket::setHandler(std::shared_ptr<WebSocketHandler> handler) {
    if (impl_->state != WsState::Done)
        impl_->handler = std::move(handler);
}

void WebSocket::receiveMessages() {
    impl_->wantsFrames = false;
}

void WebSocket::receiveFrames(Fragments fragments) {
    impl_->wantsFrames = true;
    impl_->fragments = fragments;
}

void WebSocket::moveTo(Loop& target, std::function<void(WebSocket&)> then) {
    impl_->connection->moveTo(target,
                              [self = shared_from_this(), then = std::move(then)](Connection&) {
                                  self->impl_->armTimer();
                                  if (then)
                                      then(*self);
                              });
}

Loop& WebSocket::loop() const noexcept {
    return impl_->connection->loop();
}

const ConnectionInfo& WebSocket::info() const noexcept {
    return impl_->connection->info();
}

const Address& WebSocket::peer() const noexcept {
    return impl_->peer;
}

WebSocketHandle WebSocket::handle() noexcept {
    return WebSocketHandle(weak_from_this());
}

void WebSocket::post(std::function<void(WebSocket&)> task) {
    impl_->connection->post([self = shared_from_this(), task = std::move(task)](Connection&) {
        if (self->impl_->state == WsState::Open)
            self->impl_->guarded([&] { task(*self); });
    });
}

} // namespace trellis::net
