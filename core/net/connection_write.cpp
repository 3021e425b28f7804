// How bytes go out.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "core/net/connection_impl.hpp"
#include "core/net/loop_impl.hpp"
#include "core/telemetry/traffic.hpp"

namespace trellis::net {

void ConnectionImpl::queueFlush() {
    if (!isAttached) // on its way to another loop, which flushes on arrival
        return;
    if (!isAboveHigh && out.size() > high)
        isAboveHigh = true;
    if (isInFlush)
        return;
    isInFlush = true;
    loop.load()->impl().flushList.push_back(self.shared_from_this());
}

void ConnectionImpl::onFlushTurn() {
    isInFlush = false;
    if (!isHere() || phase == Phase::Closed)
        return;
    flush();
    if (phase == Phase::Open)
        reportDrained();
    if (phase == Phase::Flushing && out.empty())
        shutdownStream();
}

void ConnectionImpl::flush() {
    while (!out.empty() && isWritable && phase != Phase::Closed) {
        const auto sent = ssl ? sendTls() : sendPlain();
        telemetry::traffic().bytesOut.fetch_add(sent, std::memory_order_relaxed);
        loop.load()->impl().bulkRest.carried(sent);
        out.consume(sent);
        written += sent;
    }
}

std::size_t ConnectionImpl::sendPlain() {
    std::array<iovec, 16> parts{};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = static_cast<std::size_t>(out.gather(parts.data(), parts.size()));
    const auto sent = ::sendmsg(fd, &message, MSG_NOSIGNAL);
    if (sent >= 0)
        return static_cast<std::size_t>(sent);
    if (errno == EAGAIN)
        isWritable = false;
    else if (errno != EINTR)
        fail(CloseReason::Kind::PeerReset, std::strerror(errno));
    return 0;
}

std::size_t ConnectionImpl::sendTls() {
    ERR_clear_error();
    const auto bytes = out.front();
    std::size_t sent = 0;
    // One record for each call: the peer is woken for several of them, not for each.
    moreFollows = out.size() > std::min(bytes.size(), OutQueue::kBlock);
    const int result = SSL_write_ex(ssl, bytes.data(), bytes.size(), &sent);
    moreFollows = false; // what TLS itself has to say goes at once
    if (result == 1)
        return sent;
    switch (SSL_get_error(ssl, result)) {
    case SSL_ERROR_WANT_WRITE:
    case SSL_ERROR_WANT_READ: // not without renegotiation; if it ever comes, wait for the next edge
        isWritable = false;
        break;
    case SSL_ERROR_SSL:
        fail(CloseReason::Kind::TlsFailed, "TLS: write failed");
        break;
    default:
        fail(CloseReason::Kind::PeerReset, errno != 0 ? std::strerror(errno) : "reset");
    }
    ERR_clear_error();
    return 0;
}

void ConnectionImpl::reportDrained() {
    if (!isAboveHigh || out.size() > low)
        return;
    isAboveHigh = false;
    guarded([&] { handler->onWritable(self); });
}

void ConnectionImpl::shutdownStream() {
    if (ssl) {
        ERR_clear_error();
        SSL_shutdown(ssl); // sends close_notify; if that isn't possible, the end of TCP has to do
        ERR_clear_error();
        SSL_free(ssl);
        ssl = nullptr;
    }
    ::shutdown(fd, SHUT_WR);
    if (hasEnded) {
        phase = Phase::Closed;
        queueClose();
        return;
    }
    // RFC 9112 section 9.6: closing at once could make the kernel answer input still on its way
    // with a reset, which throws away what the peer hasn't read yet.
    phase = Phase::Lingering;
    armTimer();
    isReadable = true;
    discardInput();
}

} // namespace trellis::net
