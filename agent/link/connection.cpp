#include "agent/link/connection.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace trellis::device {
namespace {
/// Per wake-up, so that one busy tunnel does not hold up the others.
constexpr int kReadsPerTurn = 16;
constexpr std::size_t kReadSize = 16 * 1024;
constexpr std::size_t kMaxProxyHead = 8 * 1024;
constexpr Milliseconds kLeastPerAddress{2'000};
/// Once this much has been sent from the front, and no more is left behind it, the rest is moved up.
constexpr std::size_t kCompactAt = 256 * 1024;
/// From two TLS records on the peer is woken for several of them, not for each.
constexpr std::size_t kCorkAbove = 16 * 1024;

void cork(int fd, bool isOn) noexcept {
    const int value = isOn ? 1 : 0;
    ::setsockopt(fd, IPPROTO_TCP, TCP_CORK, &value, sizeof value);
}
}  // namespace

Connection::Connection(Loop& loop, TlsContext& tls, Handler& handler)
    : loop_(loop), tlsContext_(tls), handler_(handler), deadline_(loop), attempt_(loop) {}

Connection::~Connection() {
    *alive_ = false;
    release();
}

void Connection::open(ConnectionTarget target) {
    target_ = std::move(target);
    stage_ = Stage::Resolving;
    deadline_.start(target_.timeout, [this] { fail("no connection in time"); });
    const auto& host = target_.proxy ? target_.proxy->host : target_.host;
    const auto port = target_.proxy ? target_.proxy->port : target_.port;
    lookup_ = resolve(loop_, host, port,
                      [this](auto found, const auto& error) { onResolved(std::move(found), error); });
}

void Connection::onResolved(std::vector<Address> addresses, const std::string& error) {
    lookup_.reset();
    addresses_ = std::move(addresses);
    tryNextAddress(error.empty() ? "the name has no address" : error);
}

void Connection::tryNextAddress(const std::string& lastError) {
    std::string error = lastError;
    while (nextAddress_ < addresses_.size()) {
        const auto& address = addresses_[nextAddress_++];
        if (startConnect(address, error)) return;
    }
    fail(error);
}

bool Connection::startConnect(const Address& address, std::string& error) {
    attempt_.stop();
    if (fd_) loop_.unwatch(fd_.get());
    fd_.reset(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const auto* where = reinterpret_cast<const sockaddr*>(&address.storage);
    if (!fd_ || (::connect(fd_.get(), where, address.size) != 0 && errno != EINPROGRESS)) {
        error = std::strerror(errno);
        fd_.reset();
        return false;
    }
    const int on = 1;
    ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    address_ = address.text();
    stage_ = Stage::Connecting;
    loop_.watch(fd_.get(), EPOLLOUT, [this](std::uint32_t events) { onIo(events); });
    const auto others = static_cast<int>(addresses_.size() - nextAddress_);
    if (others > 0) {
        // A dead first address must leave time for the second.
        const auto share = std::max(target_.timeout / (others + 2), kLeastPerAddress);
        attempt_.start(share, [this] { tryNextAddress("no answer"); });
    }
    return true;
}

void Connection::onIo(std::uint32_t events) {
    const auto alive = alive_;
    switch (stage_) {
    case Stage::Connecting: return onConnectDone();
    case Stage::Proxy: return readProxy();
    case Stage::Tls: return stepTls();
    case Stage::Open: break;
    default: return;
    }
    if ((events & EPOLLOUT) != 0 || wantsWrite_) writeSome();
    if (!*alive || stage_ != Stage::Open) return;
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
        if (!isPaused_) return readSome();
        // Reported even though nobody asked; without this a paused end would spin.
        if ((events & (EPOLLHUP | EPOLLERR)) != 0) fail("connection lost");
    }
}

void Connection::onConnectDone() {
    attempt_.stop();
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return tryNextAddress(std::strerror(error));
    if (target_.proxy) return startProxy();
    target_.isSecure ? startTls() : becomeOpen();
}

void Connection::startProxy() {
    stage_ = Stage::Proxy;
    const bool isV6 = target_.host.find(':') != std::string::npos;
    const auto name = (isV6 ? '[' + target_.host + ']' : target_.host) + ':' +
                      std::to_string(target_.port);
    // RFC 9110 section 9.3.6.
    auto request = "CONNECT " + name + " HTTP/1.1\r\nHost: " + name + "\r\n";
    if (!target_.proxy->authorization.empty()) {
        request += "Proxy-Authorization: " + target_.proxy->authorization + "\r\n";
    }
    request += "\r\n";
    std::size_t sent = 0;
    // A fresh socket takes a few hundred bytes; if it does not, something is very wrong.
    if (writeRaw(request, sent) != TlsStream::Result::Done || sent != request.size()) {
        return fail("the proxy takes no request");
    }
    loop_.modify(fd_.get(), EPOLLIN);
}

void Connection::readProxy() {
    // Byte by byte: what follows the head belongs to TLS and has to stay in the socket.
    for (;;) {
        char byte = 0;
        std::size_t count = 0;
        const auto result = readRaw(&byte, 1, count);
        if (result == TlsStream::Result::WantRead) return;
        if (result != TlsStream::Result::Done) return fail("the proxy closed the connection");
        proxyHead_ += byte;
        if (proxyHead_.size() > kMaxProxyHead) return fail("the proxy's answer is too long");
        if (proxyHead_.ends_with("\r\n\r\n")) break;
    }
    const auto space = proxyHead_.find(' ');
    if (!proxyHead_.starts_with("HTTP/1.") || proxyHead_.compare(space + 1, 1, "2") != 0) {
        return fail("the proxy refused: " + proxyHead_.substr(0, proxyHead_.find('\r')));
    }
    proxyHead_ = {};
    target_.isSecure ? startTls() : becomeOpen();
}

void Connection::startTls() {
    stage_ = Stage::Tls;
    tls_ = std::make_unique<TlsStream>(tlsContext_, fd_.get(), target_.host, target_.trust);
    stepTls();
}

void Connection::stepTls() {
    switch (tls_->handshake()) {
    case TlsStream::Result::WantRead: return loop_.modify(fd_.get(), EPOLLIN);
    case TlsStream::Result::WantWrite: return loop_.modify(fd_.get(), EPOLLOUT);
    case TlsStream::Result::Done: break;
    default: return fail("TLS: " + tls_->error());
    }
    const auto alive = alive_;
    const auto peer = tls_->peer();
    const bool isTrusted = peer && handler_.onPeer(*peer);
    if (!*alive || stage_ != Stage::Tls) return;
    isTrusted ? becomeOpen() : fail("refused certificate");
}

void Connection::becomeOpen() {
    stage_ = Stage::Open;
    deadline_.stop();
    addresses_ = {};
    const auto alive = alive_;
    updateInterest();
    handler_.onConnected();
    if (!*alive || stage_ != Stage::Open) return;
    if (tls_) postRead();
    writeSome();
}

TlsStream::Result Connection::readRaw(char* into, std::size_t size, std::size_t& count) {
    if (tls_) return tls_->read(into, size, count);
    const auto got = ::recv(fd_.get(), into, size, 0);
    if (got > 0) {
        count = static_cast<std::size_t>(got);
        return TlsStream::Result::Done;
    }
    if (got == 0) return TlsStream::Result::Closed;
    return errno == EAGAIN || errno == EINTR ? TlsStream::Result::WantRead
                                             : TlsStream::Result::Failed;
}

TlsStream::Result Connection::writeRaw(std::string_view bytes, std::size_t& count) {
    if (tls_) return tls_->write(bytes, count);
    const auto sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
        count = static_cast<std::size_t>(sent);
        return TlsStream::Result::Done;
    }
    return errno == EAGAIN || errno == EINTR ? TlsStream::Result::WantWrite
                                             : TlsStream::Result::Failed;
}

void Connection::readSome() {
    const auto alive = alive_;
    std::array<char, kReadSize> buffer;  // NOLINT: filled by the read
    for (int turn = 0; turn < kReadsPerTurn; ++turn) {
        std::size_t count = 0;
        switch (readRaw(buffer.data(), buffer.size(), count)) {
        case TlsStream::Result::Done: break;
        case TlsStream::Result::WantRead: return;
        case TlsStream::Result::WantWrite:
            wantsWrite_ = true;
            return updateInterest();
        case TlsStream::Result::Closed: return fail("closed by the peer");
        case TlsStream::Result::Failed:
            return fail(tls_ ? "TLS: " + tls_->error() : std::strerror(errno));
        }
        loop_.carried(count);
        if (isClosing_) continue;  // read only to notice the end
        handler_.onData({buffer.data(), count});
        if (!*alive || stage_ != Stage::Open || isPaused_) return;
    }
    postRead();
}

/// TLS may hold bytes that the descriptor won't report again.
void Connection::postRead() {
    if (isReadPosted_) return;
    isReadPosted_ = true;
    loop_.post([this, alive = alive_] {
        if (!*alive) return;
        isReadPosted_ = false;
        if (stage_ == Stage::Open && !isPaused_) readSome();
    });
}

void Connection::send(std::string_view bytes) {
    sendWith([bytes](std::string& out) { out.append(bytes); });
}

void Connection::sendWith(const std::function<void(std::string&)>& append) {
    if (stage_ == Stage::Closed || isClosing_) return;
    const bool isFirst = queued() == 0;
    append(out_);
    if (stage_ != Stage::Open || !isFirst) return;
    // Written in the next round, so that a caller is never called back from within send().
    loop_.post([this, alive = alive_] {
        if (*alive && stage_ == Stage::Open) writeSome();
    });
}

void Connection::writeSome() {
    wantsWrite_ = false;
    const bool hadOutput = queued() > 0;
    const bool isCorked = queued() > kCorkAbove;
    if (isCorked) cork(fd_.get(), true);
    while (queued() > 0) {
        std::size_t count = 0;
        const auto result = writeRaw(std::string_view(out_).substr(outAt_), count);
        if (result == TlsStream::Result::Done) {
            outAt_ += count;
            loop_.carried(count);
            continue;
        }
        if (result == TlsStream::Result::WantWrite || result == TlsStream::Result::WantRead) break;
        return fail(tls_ ? "TLS: " + tls_->error() : "connection lost");
    }
    if (isCorked) cork(fd_.get(), false);
    if (queued() == 0) {
        // Idle connections keep no buffer.
        out_ = {};
        outAt_ = 0;
    } else if (outAt_ > kCompactAt && outAt_ >= queued()) {
        out_.erase(0, outAt_);
        outAt_ = 0;
    }
    updateInterest();
    if (queued() != 0) return;
    if (isClosing_) return fail("closed");
    if (hadOutput) handler_.onDrained();
}

void Connection::updateInterest() {
    if (stage_ != Stage::Open) return;
    const std::uint32_t in = isPaused_ ? 0U : static_cast<std::uint32_t>(EPOLLIN);
    const std::uint32_t out =
        queued() > 0 || wantsWrite_ ? static_cast<std::uint32_t>(EPOLLOUT) : 0U;
    loop_.modify(fd_.get(), in | out);
}

void Connection::pause(bool isPaused) {
    if (isPaused_ == isPaused) return;
    isPaused_ = isPaused;
    if (stage_ != Stage::Open) return;
    updateInterest();
    if (!isPaused) postRead();
}

void Connection::closeAfterSending(Milliseconds longest) {
    if (stage_ == Stage::Closed || isClosing_) return;
    isClosing_ = true;
    pause(false);
    if (stage_ == Stage::Open && queued() > 0) {
        // A caller may destroy us next; what fits into the socket now is on its way then.
        std::size_t count = 0;
        if (writeRaw(std::string_view(out_).substr(outAt_), count) == TlsStream::Result::Done) {
            outAt_ += count;
        }
    }
    deadline_.start(longest, [this] { fail("closed"); });
    loop_.post([this, alive = alive_] {
        if (!*alive || stage_ == Stage::Closed) return;
        if (stage_ != Stage::Open || queued() == 0) fail("closed");
    });
}

void Connection::fail(const std::string& reason) {
    if (stage_ == Stage::Closed) return;
    release();
    handler_.onClosed(reason);
}

void Connection::close() noexcept { release(); }

void Connection::release() noexcept {
    if (stage_ == Stage::Open && tls_) tls_->shutdown();
    stage_ = Stage::Closed;
    deadline_.stop();
    attempt_.stop();
    lookup_.reset();
    if (fd_) loop_.unwatch(fd_.get());
    tls_.reset();
    fd_.reset();
    out_ = {};
    outAt_ = 0;
}

}  // namespace trellis::device
