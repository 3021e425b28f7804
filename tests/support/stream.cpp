#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

#include "tests/support/client.hpp"

namespace trellis::test {

using Clock = std::chrono::steady_clock;

namespace {

[[noreturn]] void fail(const std::string& what) {
    throw ClientError(what);
}

// A new context each time: no session is ever resumed by accident.
SSL_CTX* newContext(const ClientOptions& options) {
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_cipher_list(context, "ALL:COMPLEMENTOFALL@SECLEVEL=0");
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    if (options.maxTlsVersion != 0) {
        SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
        SSL_CTX_set_max_proto_version(context, options.maxTlsVersion);
    }
    return context;
}

int openUnix(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        const std::string reason = std::strerror(errno);
        ::close(fd);
        fail("connect " + path + ": " + reason);
    }
    return fd;
}

sockaddr_in toIpv4(const std::string& host, std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1)
        fail("not an IPv4 address: " + host);
    return address;
}

int openTcp(const ClientOptions& options) {
    const auto peer = toIpv4(options.host, options.port);
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        fail("no socket");
    if (options.receiveBuffer > 0)
        ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &options.receiveBuffer,
                     sizeof options.receiveBuffer);
    if (!options.bindAddress.empty()) {
        const auto own = toIpv4(options.bindAddress, 0);
        ::bind(fd, reinterpret_cast<const sockaddr*>(&own), sizeof own);
    }
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&peer), sizeof peer) != 0) {
        const std::string reason = std::strerror(errno);
        ::close(fd);
        fail("connect: " + reason);
    }
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

} // namespace

struct Stream::Impl {
    int fd = -1;
    SSL_CTX* context = nullptr;
    SSL* ssl = nullptr;
    std::chrono::milliseconds timeout{10000};
    std::string buffer; // read from the peer and not handed out
    bool hasEnded = false;

    ~Impl() {
        SSL_free(ssl);
        SSL_CTX_free(context);
        if (fd >= 0)
            ::close(fd);
    }
    void wait(short events, Clock::time_point deadline) const {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
        pollfd item{fd, events, 0};
        if (left <= 0 || ::poll(&item, 1, static_cast<int>(left)) == 0)
            fail("timed out");
    }
    void startTls(const ClientOptions& options);
    long readOnce(char* into, std::size_t size, Clock::time_point deadline);
    bool more(); // false at the end
};

void Stream::Impl::startTls(const ClientOptions& options) {
    context = newContext(options);
    ssl = SSL_new(context);
    SSL_set_fd(ssl, fd);
    if (!options.serverName.empty())
        SSL_set_tlsext_host_name(ssl, options.serverName.c_str());
    const auto deadline = Clock::now() + timeout;
    for (;;) {
        ERR_clear_error();
        const int result = SSL_connect(ssl);
        if (result == 1)
            return;
        const int error = SSL_get_error(ssl, result);
        if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
            fail("TLS handshake failed");
        wait(error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline);
    }
}

// Bytes read, 0 at the end of the stream (a reset is one).
long Stream::Impl::readOnce(char* into, std::size_t size, Clock::time_point deadline) {
    for (;;) {
        short events = POLLIN;
        if (ssl) {
            ERR_clear_error();
            const int got = SSL_read(ssl, into, static_cast<int>(size));
            if (got > 0)
                return got;
            const int error = SSL_get_error(ssl, got);
            if (error == SSL_ERROR_WANT_WRITE)
                events = POLLOUT;
            else if (error != SSL_ERROR_WANT_READ)
                return 0;
        } else {
            const auto got = ::recv(fd, into, size, 0);
            if (got >= 0)
                return got;
            if (errno != EAGAIN && errno != EINTR)
                return 0;
        }
        wait(events, deadline);
    }
}

bool Stream::Impl::more() {
    if (hasEnded)
        return false;
    char piece[16384];
    const auto got = readOnce(piece, sizeof piece, Clock::now() + timeout);
    hasEnded = got == 0;
    buffer.append(piece, static_cast<std::size_t>(got));
    return !hasEnded;
}

Stream::Stream(const ClientOptions& options) : impl_(std::make_unique<Impl>()) {
    ::signal(SIGPIPE, SIG_IGN); // OpenSSL writes with write(2)
    impl_->timeout = options.timeout;
    impl_->fd = options.unixPath.empty() ? openTcp(options) : openUnix(options.unixPath);
    ::fcntl(impl_->fd, F_SETFL, ::fcntl(impl_->fd, F_GETFL) | O_NONBLOCK);
    if (options.tls && options.unixPath.empty())
        impl_->startTls(options);
}

Stream::~Stream() = default;
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&&) noexcept = default;

void Stream::write(std::string_view bytes) {
    const auto deadline = Clock::now() + impl_->timeout;
    while (!bytes.empty()) {
        long put = 0;
        short events = POLLOUT;
        if (impl_->ssl) {
            ERR_clear_error();
            put = SSL_write(impl_->ssl, bytes.data(), static_cast<int>(bytes.size()));
            if (put <= 0) {
                const int error = SSL_get_error(impl_->ssl, static_cast<int>(put));
                if (error == SSL_ERROR_WANT_READ)
                    events = POLLIN;
                else if (error != SSL_ERROR_WANT_WRITE)
                    fail("write failed");
            }
        } else {
            put = ::send(impl_->fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (put < 0 && errno != EAGAIN && errno != EINTR)
                fail(std::string("write: ") + std::strerror(errno));
        }
        if (put > 0)
            bytes.remove_prefix(static_cast<std::size_t>(put));
        else
            impl_->wait(events, deadline);
    }
}

std::string Stream::readSome() {
    if (impl_->buffer.empty())
        impl_->more();
    std::string bytes;
    bytes.swap(impl_->buffer);
    return bytes;
}

std::string Stream::readExactly(std::size_t count) {
    while (impl_->buffer.size() < count)
        if (!impl_->more())
            fail("the stream ended " + std::to_string(count - impl_->buffer.size()) +
                 " bytes too early");
    auto bytes = impl_->buffer.substr(0, count);
    impl_->buffer.erase(0, count);
    return bytes;
}

std::string Stream::readUntil(std::string_view end, std::size_t limit) {
    std::size_t at = 0;
    while ((at = impl_->buffer.find(end)) == std::string::npos) {
        if (impl_->buffer.size() > limit)
            fail("no end found");
        if (!impl_->more())
            fail("the stream ended too early");
    }
    return readExactly(at + end.size());
}

std::string Stream::readAll() {
    while (impl_->more()) {
    }
    return readSome();
}

bool Stream::waitForEnd() {
    try {
        while (impl_->more())
            impl_->buffer.clear();
    } catch (const ClientError&) {
        return false;
    }
    return true;
}

void Stream::shutdownWrite() {
    if (impl_->ssl)
        SSL_shutdown(impl_->ssl);
    ::shutdown(impl_->fd, SHUT_WR);
}

void Stream::close() {
    if (impl_->ssl)
        SSL_shutdown(impl_->ssl);
    impl_ = std::make_unique<Impl>();
}

void Stream::reset() {
    const linger now{1, 0};
    ::setsockopt(impl_->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    impl_ = std::make_unique<Impl>();
}

int Stream::fd() const {
    return impl_->fd;
}

std::string Stream::certificateDer() const {
    X509* certificate = impl_->ssl ? SSL_get1_peer_certificate(impl_->ssl) : nullptr;
    unsigned char* der = nullptr;
    const int size = certificate ? i2d_X509(certificate, &der) : 0;
    std::string bytes(reinterpret_cast<char*>(der), static_cast<std::size_t>(std::max(size, 0)));
    OPENSSL_free(der);
    X509_free(certificate);
    return bytes;
}

std::string Stream::tlsVersion() const {
    return impl_->ssl ? SSL_get_version(impl_->ssl) : "";
}

std::string Stream::tlsCipher() const {
    return impl_->ssl ? SSL_get_cipher_name(impl_->ssl) : "";
}

void Stream::setTimeout(std::chrono::milliseconds timeout) {
    impl_->timeout = timeout;
}

void pauseBriefly() {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
}

} // namespace trellis::test
