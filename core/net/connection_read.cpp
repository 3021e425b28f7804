// How bytes come in: PROXY header, TLS handshake, input, end of input.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "core/net/connection_impl.hpp"
#include "core/net/loop_impl.hpp"
#include "core/net/proxy_protocol.hpp"
#include "core/net/tls_bio.hpp"
#include "core/telemetry/traffic.hpp"

namespace trellis::net {

namespace {

// After so many rounds of 64 KiB other connections get their turn.
constexpr int kRoundsPerTurn = 4;

std::string tlsErrorText() {
    const auto code = ERR_get_error();
    const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
    ERR_clear_error();
    return reason ? reason : "connection lost";
}

} // namespace

void ConnectionImpl::onEvents(std::uint32_t events) {
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        isReadable = true;
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        sawHangup = true;
    if (events & EPOLLOUT) {
        isWritable = true;
        if (!out.empty())
            queueFlush();
    }
    // While paused nothing is read, so a reset would stay unnoticed. An AF_UNIX peer that has
    // closed hangs up too, but what it sent before still counts.
    if (phase == Phase::Open && isPaused && !info.isLocal && (events & (EPOLLHUP | EPOLLERR))) {
        fail(CloseReason::Kind::PeerReset, "the peer reset the connection");
        return;
    }
    handleInput();
}

void ConnectionImpl::handleInput() {
    switch (phase) {
    case Phase::Proxy:
        readProxyHeader();
        break;
    case Phase::Handshake:
        if (!isInHandshakes) {
            isInHandshakes = true;
            loop.load()->impl().handshakes.push_back(self.shared_from_this());
        }
        break;
    case Phase::Open:
        readInput();
        break;
    case Phase::Flushing:
    case Phase::Lingering:
        discardInput();
        break;
    case Phase::New:
    case Phase::Closed:
        break;
    }
}

void ConnectionImpl::readProxyHeader() {
    std::array<char, kMaxProxyHeader> bytes{};
    const auto got = ::recv(fd, bytes.data(), bytes.size(), MSG_PEEK);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0)
        return fail(CloseReason::Kind::PeerClosed, "closed before the PROXY header");
    const auto parsed = parseProxyHeader({bytes.data(), static_cast<std::size_t>(got)});
    if (parsed.state == ProxyHeader::State::Bad)
        return fail(CloseReason::Kind::PeerReset, "the PROXY header is malformed");
    if (parsed.state == ProxyHeader::State::NeedMore)
        return;
    if (::recv(fd, bytes.data(), parsed.size, 0) != static_cast<ssize_t>(parsed.size))
        return fail(CloseReason::Kind::PeerReset, "the PROXY header vanished");
    if (parsed.source)
        info.peer = *parsed.source;
    startTls();
}

void ConnectionImpl::startTls() {
    if (!info.tls)
        return opened();
    ssl = SSL_new(info.tls->context);
    if (!ssl)
        return fail(CloseReason::Kind::TlsFailed, "out of memory");
    BIO* bio = makeSocketBio(*this);
    SSL_set_bio(ssl, bio, bio);
    SSL_set_accept_state(ssl);
    phase = Phase::Handshake;
    if (isReadable) // behind a PROXY header; else nothing is set up before the first byte
        handleInput();
}

void ConnectionImpl::onHandshakeTurn() {
    isInHandshakes = false;
    if (isHere() && phase == Phase::Handshake)
        handshake();
}

void ConnectionImpl::handshake() {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl);
    if (result == 1)
        return opened();
    const int error = SSL_get_error(ssl, result);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
        return;
    fail(CloseReason::Kind::TlsFailed, "TLS handshake: " + tlsErrorText());
}

void ConnectionImpl::opened() {
    phase = Phase::Open;
    wasOpened = true;
    lastReceived = loop.load()->now();
    armTimer();
    guarded([&] { handler->onOpen(self); });
    noteHandlerChange();
    readInput();
}

void ConnectionImpl::onReady() {
    isInReady = false;
    if (!isHere())
        return;
    noteHandlerChange();
    handleInput();
}

void ConnectionImpl::noteHandlerChange() {
    while (newcomer && phase == Phase::Open) {
        handler = std::move(newcomer);
        newcomer.reset();
        deliverRetained = true;
        guarded([&] { handler->onOpen(self); });
    }
}

void ConnectionImpl::readInput() {
    auto& scratch = loop.load()->impl().scratch;
    const auto mayRead = [&] {
        return phase == Phase::Open && !isPaused && !moveTarget && !newcomer;
    };
    for (int round = 0; mayRead(); ++round) {
        const auto kept = retained.size();
        if (kept == 0)
            deliverRetained = false;
        const bool mayHaveMore = !hasEnded && (isReadable || (ssl && SSL_has_pending(ssl)));
        if (!deliverRetained && !mayHaveMore)
            break;
        if (round == kRoundsPerTurn)
            return queueReady();
        std::size_t count = 0;
        if (!deliverRetained) {
            count = fill({scratch.get() + kept, LoopImpl::kScratch - kept});
            // Drained, ended or failed. Half a TLS record may still be pending, so what is readable
            // can't be asked again here without turning in a circle.
            if (count == 0)
                break;
            lastReceived = loop.load()->now();
        }
        deliverRetained = false;
        std::copy(retained.begin(), retained.end(), scratch.get());
        deliver({scratch.get(), kept + count});
    }
    if (mayRead() && hasEnded)
        inputEnded();
}

std::size_t ConnectionImpl::fill(MutableBytes into) {
    const auto got = ssl ? fillTls(into) : fillPlain(into);
    telemetry::traffic().bytesIn.fetch_add(got, std::memory_order_relaxed);
    loop.load()->impl().bulkRest.carried(got);
    return got;
}

std::size_t ConnectionImpl::fillPlain(MutableBytes into) {
    const auto got = ::recv(fd, into.data(), into.size(), 0);
    if (got > 0) {
        if (static_cast<std::size_t>(got) < into.size() && !sawHangup)
            isReadable = false;
        return static_cast<std::size_t>(got);
    }
    isReadable = false;
    if (got == 0)
        hasEnded = true;
    else if (errno != EAGAIN && errno != EINTR)
        fail(CloseReason::Kind::PeerReset, std::strerror(errno));
    return 0;
}

std::size_t ConnectionImpl::fillTls(MutableBytes into) {
    std::size_t total = 0;
    while (total < into.size()) {
        ERR_clear_error();
        errno = 0;
        std::size_t got = 0;
        const int result = SSL_read_ex(ssl, into.data() + total, into.size() - total, &got);
        total += got;
        if (result == 1)
            continue;
        const int error = SSL_get_error(ssl, result);
        if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
            break;
        if (total > 0) { // comes again with the next call
            isReadable = true;
            break;
        }
        isReadable = false;
        if (error == SSL_ERROR_ZERO_RETURN)
            hasEnded = true;
        else if (error == SSL_ERROR_SSL)
            fail(CloseReason::Kind::TlsFailed, "TLS: " + tlsErrorText());
        else
            fail(CloseReason::Kind::PeerReset, errno != 0 ? std::strerror(errno) : "reset");
        break;
    }
    return total;
}

void ConnectionImpl::deliver(MutableBytes bytes) {
    const auto current = handler;
    std::size_t used = 0;
    guarded([&] { used = std::min(current->onData(self, bytes), bytes.size()); });
    if (phase != Phase::Open)
        return;
    const auto rest = bytes.subspan(used);
    deliverRetained = !rest.empty() && (isPaused || newcomer || moveTarget);
    if (!deliverRetained && rest.size() >= LoopImpl::kScratch)
        return fail(CloseReason::Kind::Overflow, "the handler can't use so much input");
    retain(rest);
}

void ConnectionImpl::retain(Bytes rest) {
    if (rest.empty()) {
        if (retained.capacity() != 0)
            std::vector<std::byte>().swap(retained);
        return;
    }
    retained.assign(rest.begin(), rest.end());
}

void ConnectionImpl::inputEnded() {
    if (endReported)
        return;
    endReported = true;
    guarded([&] { handler->onPeerEnd(self); });
}

void ConnectionImpl::discardInput() {
    auto& scratch = loop.load()->impl().scratch;
    while (isReadable) {
        const auto got = ::recv(fd, scratch.get(), LoopImpl::kScratch, 0);
        if (got > 0)
            continue;
        isReadable = false;
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        hasEnded = true;
        if (got < 0 || phase == Phase::Lingering) {
            phase = Phase::Closed;
            queueClose();
        }
    }
}

} // namespace trellis::net
