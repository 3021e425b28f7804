#include "core/net/connection.hpp"

#include <algorithm>
#include <atomic>

#include "core/net/connection_impl.hpp"
#include "core/net/loop_impl.hpp"
#include "core/telemetry/log.hpp"

namespace trellis::net {

void logHandlerFault(const char* what) noexcept {
    try {
        telemetry::log("net").error("a connection handler failed", {{"reason", what}});
    } catch (...) { // out of memory: the connection is closed all the same
    }
}

void StreamHandler::onPeerEnd(Connection& connection) {
    connection.closeAfterFlush("the peer closed");
}

Connection::Connection() : impl_(std::make_unique<ConnectionImpl>(*this)) {}
Connection::~Connection() = default;

std::shared_ptr<Connection> Connection::adopt(Loop& loop, std::shared_ptr<void> keepAlive, int fd,
                                              std::shared_ptr<StreamHandler> handler,
                                              Options options) {
    static std::atomic<std::uint64_t> lastId{0};
    std::shared_ptr<Connection> connection(new Connection);
    auto& impl = *connection->impl_;
    impl.fd = fd;
    impl.keepAlive = std::move(keepAlive);
    impl.loop = &loop;
    impl.handler = std::move(handler);
    impl.info = std::move(options.info);
    impl.info.id = ++lastId;
    impl.handshakeTimeout = options.handshakeTimeout;
    impl.expectProxy = options.expectProxyHeader;
    impl.onGone = std::move(options.onGone);
    if (!loop.post([connection] { connection->impl_->attach(); }) && impl.onGone)
        impl.onGone(); // the destructor closes the descriptor
    return connection;
}

bool Connection::write(Bytes bytes) {
    auto& impl = *impl_;
    if (impl.phase != Phase::Open)
        return false;
    if (impl.queueLimit != 0 && impl.out.size() + bytes.size() > impl.queueLimit) {
        abort("the write queue is full", CloseReason::Kind::Overflow);
        return false;
    }
    impl.out.append(bytes);
    impl.queueFlush();
    return true;
}

bool Connection::writeShared(std::shared_ptr<const std::string> text) {
    auto& impl = *impl_;
    if (impl.phase != Phase::Open)
        return false;
    if (impl.queueLimit != 0 && impl.out.size() + text->size() > impl.queueLimit) {
        abort("the write queue is full", CloseReason::Kind::Overflow);
        return false;
    }
    impl.out.append(std::move(text));
    impl.queueFlush();
    return true;
}

std::size_t Connection::bufferedBytes() const noexcept {
    return impl_->out.size();
}

std::uint64_t Connection::bytesWritten() const noexcept {
    return impl_->written;
}

void Connection::setWaterMarks(std::size_t high, std::size_t low) noexcept {
    impl_->high = high;
    impl_->low = std::min(low, high);
}

bool Connection::isAboveHighWater() const noexcept {
    return impl_->out.size() > impl_->high;
}

void Connection::setQueueLimit(std::size_t bytes) noexcept {
    impl_->queueLimit = bytes;
}

void Connection::pauseReading() noexcept {
    impl_->isPaused = true;
}

void Connection::resumeReading() {
    auto& impl = *impl_;
    if (!impl.isPaused)
        return;
    impl.isPaused = false;
    impl.lastReceived = Clock::now();
    impl.queueReady();
}

bool Connection::isReadingPaused() const noexcept {
    return impl_->isPaused;
}

void Connection::closeAfterFlush(std::string reason) {
    auto& impl = *impl_;
    if (impl.phase != Phase::Open)
        return;
    impl.phase = Phase::Flushing;
    impl.reason = {impl.hasEnded ? CloseReason::Kind::PeerClosed : CloseReason::Kind::Local,
                   std::move(reason)};
    impl.queueFlush();
    impl.armTimer();
}

void Connection::abort(std::string reason, CloseReason::Kind kind) {
    impl_->fail(kind, std::move(reason));
}

bool Connection::isOpen() const noexcept {
    return impl_->phase == Phase::Open;
}

void Connection::setIdleTimeout(Millis limit) {
    auto& impl = *impl_;
    impl.idleTimeout = limit;
    impl.lastReceived = Clock::now();
    if (impl.phase == Phase::Open && impl.isAttached)
        impl.armTimer();
}

void Connection::setHandler(std::shared_ptr<StreamHandler> handler) {
    impl_->newcomer = std::move(handler);
    impl_->queueReady();
}

void Connection::moveTo(Loop& target, std::function<void(Connection&)> then) {
    auto& impl = *impl_;
    if (impl.phase != Phase::Open)
        return;
    impl.moveTarget = &target;
    impl.afterMove = std::move(then);
    impl.queueClose();
}

Loop& Connection::loop() const noexcept {
    return *impl_->loop.load(std::memory_order_acquire);
}

const ConnectionInfo& Connection::info() const noexcept {
    return impl_->info;
}

void Connection::post(std::function<void(Connection&)> task) {
    Loop& target = loop();
    target.post([self = shared_from_this(), task = std::move(task)]() mutable {
        if (!self->loop().isCurrent()) { // it has moved on
            self->post(std::move(task));
            return;
        }
        if (self->impl_->phase == Phase::Closed)
            return;
        if (!self->impl_->isAttached) { // it is on its way to this loop
            self->post(std::move(task));
            return;
        }
        if (self->isOpen())
            task(*self);
    });
}

} // namespace trellis::net
