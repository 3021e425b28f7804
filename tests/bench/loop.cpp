#include "tests/bench/loop.hpp"

#include <cerrno>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace trellis::bench {

namespace {
constexpr int kEvents = 256;
constexpr std::size_t kReadSize = 64 * 1024;

int openSocket(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) throw std::runtime_error("no socket left; raise `ulimit -n`");
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 &&
        errno != EINPROGRESS) {
        ::close(fd);
        throw std::runtime_error("connect failed");
    }
    return fd;
}
} // namespace

Loop::Loop(std::uint16_t port)
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), port_(port), context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_mode(context_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                   SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF); // every handshake is a full one
}

Loop::~Loop() {
    SSL_CTX_free(context_);
    ::close(epoll_);
}

void Loop::turn(std::chrono::milliseconds longest) {
    epoll_event events[kEvents];
    const int count = ::epoll_wait(epoll_, events, kEvents, static_cast<int>(longest.count()));
    for (int i = 0; i < count; ++i)
        static_cast<Peer*>(events[i].data.ptr)->onEvents(events[i].events);
}

void Loop::until(const std::function<bool()>& isDone, const char* what, std::chrono::seconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!isDone()) {
        if (std::chrono::steady_clock::now() > end)
            throw std::runtime_error(std::string("not in time: ") + what);
        turn(std::chrono::milliseconds(20));
    }
}

Peer::Peer(Loop& loop, const std::string& target, const std::string& header)
    : loop_(loop), fd_(openSocket(loop.port_)) {
    if (!target.empty())
        request_ = "GET " + target + " HTTP/1.1\r\nHost: localhost:" + std::to_string(loop.port_) +
                   "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
                   header + "\r\n";
    epoll_event event{};
    waitingFor_ = EPOLLOUT;
    event.events = waitingFor_;
    event.data.ptr = this;
    ::epoll_ctl(loop_.epoll_, EPOLL_CTL_ADD, fd_, &event);
}

Peer::~Peer() {
    SSL_free(ssl_);
    if (fd_ >= 0) ::close(fd_);
}

void Peer::close() {
    if (stage_ == Stage::Closed) return;
    stage_ = Stage::Closed;
    ::close(fd_); // leaves the epoll set
    fd_ = -1;
    if (onClose) onClose();
}

void Peer::onEvents(unsigned events) {
    if (stage_ == Stage::Closed) return;
    if ((events & (EPOLLERR | EPOLLHUP)) != 0 && stage_ != Stage::WebSocket) return close();
    step();
    if (stage_ != Stage::Closed) wait();
}

void Peer::step() {
    if (stage_ == Stage::Connecting) {
        if (request_.empty()) {
            stage_ = Stage::Plain;
            if (onOpen) onOpen();
            return;
        }
        ssl_ = SSL_new(loop_.context_);
        SSL_set_fd(ssl_, fd_);
        stage_ = Stage::Tls;
    }
    if (stage_ == Stage::Plain) {
        char byte = 0;
        if (::recv(fd_, &byte, 1, 0) == 0) close();
        return;
    }
    if (stage_ == Stage::Tls) {
        ERR_clear_error();
        const int result = SSL_connect(ssl_);
        if (result != 1) {
            const int error = SSL_get_error(ssl_, result);
            waitingFor_ = error == SSL_ERROR_WANT_WRITE ? EPOLLOUT : EPOLLIN;
            if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) close();
            return;
        }
        stage_ = Stage::Upgrading;
        out_ = std::move(request_);
    }
    const bool hadUnsent = unsent() > 0;
    if (!flush()) return;
    if (isReading_ || stage_ == Stage::Upgrading) readMore();
    if (stage_ == Stage::WebSocket && hadUnsent && unsent() == 0 && onWritable) onWritable();
}

bool Peer::flush() {
    while (unsent() > 0) {
        ERR_clear_error();
        const int sent = SSL_write(ssl_, out_.data() + outAt_, static_cast<int>(unsent()));
        if (sent <= 0) {
            const int error = SSL_get_error(ssl_, sent);
            if (error == SSL_ERROR_WANT_WRITE || error == SSL_ERROR_WANT_READ) return true;
            close();
            return false;
        }
        outAt_ += static_cast<std::size_t>(sent);
    }
    out_.clear();
    outAt_ = 0;
    return true;
}

void Peer::readMore() {
    static char piece[kReadSize];
    while (stage_ != Stage::Closed && (isReading_ || stage_ == Stage::Upgrading)) {
        ERR_clear_error();
        const int got = SSL_read(ssl_, piece, sizeof piece);
        if (got <= 0) {
            const int error = SSL_get_error(ssl_, got);
            if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) close();
            return;
        }
        in_.append(piece, static_cast<std::size_t>(got));
        if (stage_ == Stage::Upgrading && !takeUpgrade()) continue;
        takeFrames();
    }
}

/// True once the upgrade is accepted.
bool Peer::takeUpgrade() {
    const auto end = in_.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    if (!in_.starts_with("HTTP/1.1 101")) {
        close();
        return false;
    }
    in_.erase(0, end + 4);
    stage_ = Stage::WebSocket;
    if (onOpen) onOpen();
    return true;
}

void Peer::takeFrames() {
    std::size_t at = 0;
    while (stage_ == Stage::WebSocket && in_.size() - at >= 2) {
        const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(in_[at + i]); };
        std::size_t length = byte(1) & 0x7FU;
        const std::size_t extra = length == 126 ? 2 : length == 127 ? 8 : 0;
        if (in_.size() - at < 2 + extra) break;
        if (extra != 0) length = 0;
        for (std::size_t i = 0; i < extra; ++i) length = length << 8U | byte(2 + i);
        if (in_.size() - at < 2 + extra + length) break;
        const int opcode = byte(0) & 0x0FU;
        const std::string_view payload(in_.data() + at + 2 + extra, length);
        if (opcode == 8) return close();
        if (opcode == 9) sendRaw(frame(10, payload));
        else if (opcode != 10 && onMessage) onMessage(opcode, payload);
        at += 2 + extra + length;
    }
    in_.erase(0, at);
    if (in_.empty() && in_.capacity() > kReadSize) in_.shrink_to_fit();
}

void Peer::send(int opcode, std::string_view payload) {
    sendRaw(frame(opcode, payload));
}

void Peer::sendRaw(std::string_view bytes) {
    if (stage_ != Stage::WebSocket) return;
    out_.append(bytes);
    if (flush()) wait();
}

void Peer::setReading(bool isOn) {
    isReading_ = isOn;
    if (isOn) readMore(); // OpenSSL may hold bytes that epoll knows nothing of
    if (stage_ != Stage::Closed) wait();
}

void Peer::wait() {
    unsigned wanted = waitingFor_;
    if (stage_ == Stage::Plain) wanted = EPOLLIN;
    if (stage_ == Stage::Upgrading || stage_ == Stage::WebSocket)
        wanted = (isReading_ ? unsigned{EPOLLIN} : 0U) | (unsent() > 0 ? unsigned{EPOLLOUT} : 0U);
    epoll_event event{};
    event.events = waitingFor_ = wanted;
    event.data.ptr = this;
    ::epoll_ctl(loop_.epoll_, EPOLL_CTL_MOD, fd_, &event);
}

std::string Peer::certificateDer() const {
    X509* certificate = SSL_get1_peer_certificate(ssl_);
    unsigned char* der = nullptr;
    const int size = i2d_X509(certificate, &der);
    std::string out(reinterpret_cast<char*>(der), size > 0 ? static_cast<std::size_t>(size) : 0U);
    OPENSSL_free(der);
    X509_free(certificate);
    return out;
}

std::string frame(int opcode, std::string_view payload) {
    std::string out(1, static_cast<char>(0x80 | opcode));
    if (payload.size() < 126) {
        out += static_cast<char>(0x80U | payload.size());
    } else {
        const int width = payload.size() < 65536 ? 2 : 8;
        out += static_cast<char>(0x80 | (width == 2 ? 126 : 127));
        for (int i = width - 1; i >= 0; --i) out += static_cast<char>(payload.size() >> (8 * i));
    }
    out.append(4, '\0');
    out += payload;
    return out;
}

} // namespace trellis::bench
