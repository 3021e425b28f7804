// How a connection starts, ends and moves between loops.
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/net/connection_impl.hpp"
#include "core/net/loop_impl.hpp"

namespace trellis::net {

namespace {

constexpr std::uint32_t kEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
constexpr Millis kFlushStall{10000};
constexpr Millis kLinger{2000};

} // namespace

ConnectionImpl::~ConnectionImpl() {
    SSL_free(ssl);
    if (fd >= 0)
        ::close(fd);
}

bool ConnectionImpl::isHere() const noexcept {
    return loop.load(std::memory_order_acquire) == Loop::current() && isAttached;
}

void ConnectionImpl::link() {
    auto& first = loop.load()->impl().connections;
    next = first;
    previous = nullptr;
    if (first)
        first->impl().previous = &self;
    first = &self;
    keepSelf = self.shared_from_this();
    isAttached = true;
}

void ConnectionImpl::unlink() noexcept {
    if (!isAttached)
        return;
    auto& owner = *loop.load();
    (previous ? previous->impl().next : owner.impl().connections) = next;
    if (next)
        next->impl().previous = previous;
    previous = next = nullptr;
    owner.unwatch(fd, *this);
    timer.cancel();
    isAttached = isInReady = isInFlush = isInClose = isInHandshakes = false;
}

void ConnectionImpl::attach() {
    link();
    guarded([&] {
        loop.load()->watch(fd, kEvents, *this);
        phase = expectProxy ? Phase::Proxy : Phase::Handshake;
        armTimer();
        if (!expectProxy)
            startTls();
    });
}

void ConnectionImpl::queueReady() {
    if (isInReady || !isAttached)
        return;
    isInReady = true;
    loop.load()->impl().readyList.push_back(self.shared_from_this());
}

void ConnectionImpl::armTimer() {
    Millis delay{0};
    switch (phase) {
    case Phase::Proxy:
    case Phase::Handshake:
        delay = handshakeTimeout;
        break;
    case Phase::Open:
        delay = idleTimeout;
        break;
    case Phase::Flushing:
        delay = kFlushStall;
        writtenAtTimer = written;
        break;
    case Phase::Lingering:
        delay = kLinger;
        break;
    case Phase::New:
    case Phase::Closed:
        break;
    }
    if (delay.count() == 0)
        timer.cancel();
    else
        timer.arm(*loop.load(), delay, [this] { onTimer(); });
}

void ConnectionImpl::onTimer() {
    switch (phase) {
    case Phase::Proxy:
    case Phase::Handshake:
        return fail(CloseReason::Kind::Timeout, "no TLS handshake in time");
    case Phase::Open: {
        if (isPaused)
            return timer.rearm(*loop.load(), idleTimeout);
        const auto rest =
            std::chrono::ceil<Millis>(lastReceived + idleTimeout - loop.load()->now());
        if (rest.count() > 0)
            return timer.rearm(*loop.load(), rest);
        return fail(CloseReason::Kind::Timeout, "nothing received in time");
    }
    case Phase::Flushing:
        if (written == writtenAtTimer)
            return fail(CloseReason::Kind::Timeout, "the peer doesn't read");
        return armTimer();
    case Phase::Lingering:
        phase = Phase::Closed;
        return queueClose();
    case Phase::New:
    case Phase::Closed:
        return;
    }
}

void ConnectionImpl::fail(CloseReason::Kind kind, std::string text) {
    if (phase == Phase::Closed)
        return;
    const bool wasClosing = phase == Phase::Flushing || phase == Phase::Lingering;
    if (!wasClosing)
        reason = {kind, std::move(text)};
    phase = Phase::Closed;
    if (kind == CloseReason::Kind::Timeout || kind == CloseReason::Kind::Overflow) {
        // The peer doesn't read: what the kernel still holds for it is not worth keeping.
        const linger reset{1, 0};
        ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    }
    queueClose();
}

void ConnectionImpl::queueClose() {
    if (isInClose || !isAttached)
        return;
    isInClose = true;
    loop.load()->impl().closeList.push_back(self.shared_from_this());
}

void ConnectionImpl::onCloseTurn() {
    isInClose = false;
    if (!isHere())
        return;
    if (phase == Phase::Closed)
        return bury();
    if (moveTarget && phase == Phase::Open)
        move();
}

void ConnectionImpl::bury() {
    phase = Phase::Closed;
    unlink();
    const auto last = std::move(keepSelf);
    SSL_free(ssl);
    ssl = nullptr;
    ERR_clear_error();
    ::close(fd);
    fd = -1;
    out.clear();
    retain({});
    moveTarget = nullptr;
    afterMove = nullptr;
    newcomer.reset();
    const auto current = std::move(handler);
    if (wasOpened)
        guarded([&] { current->onClose(self, reason); });
    const auto gone = std::move(onGone);
    if (gone)
        gone();
}

void ConnectionImpl::move() {
    Loop& target = *moveTarget;
    moveTarget = nullptr;
    if (&target == loop.load()) {
        const auto then = std::move(afterMove);
        afterMove = nullptr;
        deliverRetained = true;
        queueReady();
        if (then)
            guarded([&] { then(self); });
        return;
    }
    guarded([&] { handler->onLeaveLoop(self); });
    if (phase != Phase::Open)
        return; // it was closed there, its turn comes
    unlink();
    const auto inTransit = self.shared_from_this();
    loop.store(&target, std::memory_order_release);
    // From here on this thread owns nothing of it, unless the target has stopped.
    if (target.post([inTransit] { inTransit->impl().arrive(); }))
        return;
    phase = Phase::Closed;
    reason = {CloseReason::Kind::Shutdown, "the server stops"};
    bury();
}

void ConnectionImpl::arrive() {
    link();
    guarded([&] { loop.load()->watch(fd, kEvents, *this); });
    armTimer();
    deliverRetained = true;
    const auto then = std::move(afterMove);
    afterMove = nullptr;
    if (then && phase == Phase::Open)
        guarded([&] { then(self); });
    if (!out.empty())
        queueFlush();
    queueReady();
}

} // namespace trellis::net
