#include "core/net/listener.hpp"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <future>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <trellis/sdk/error.hpp>

#include "core/net/loop_impl.hpp"
#include "core/telemetry/log.hpp"
#include "core/telemetry/metrics.hpp"

namespace trellis::net {

namespace {

constexpr int kAcceptBatch = 128;
constexpr Millis kRetryAccept{100};
constexpr auto kLogEvery = std::chrono::seconds(60);

[[noreturn]] void refuse(const ListenerOptions& options, const std::string& what) {
    const std::string reason =
        errno == EADDRINUSE ? "another program listens there already" : std::strerror(errno);
    const auto where = !options.unixPath.empty()  ? options.unixPath
                       : options.address.empty() ? "port " + std::to_string(options.port)
                                                 : "[" + options.address +
                                                       "]:" + std::to_string(options.port);
    throw sdk::Error(sdk::ErrorCode::Unavailable,
                     "can't listen on " + where + ": " + what + ": " + reason);
}

int openSocket(int family, const ListenerOptions& options) {
    const int fd = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        refuse(options, "socket");
    return fd;
}

/// What stands for every address: "0.0.0.0" on a kernel without IPv6.
std::string everyAddress() {
    const int probe = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe < 0)
        return errno == EAFNOSUPPORT ? "0.0.0.0" : "::";
    ::close(probe);
    return "::";
}

int bindTcp(const ListenerOptions& options) {
    const auto text = options.address.empty() ? everyAddress() : options.address;
    const auto address = Address::parse(text);
    if (!address) {
        errno = EINVAL;
        refuse(options, "not an IP address");
    }
    sockaddr_storage storage{};
    socklen_t size = 0;
    const bool isV6 = address->family() == Address::Family::V6;
    if (isV6) {
        auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(options.port);
        std::memcpy(&v6.sin6_addr, address->bytes().data(), 16);
        size = sizeof v6;
    } else {
        auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
        v4.sin_family = AF_INET;
        v4.sin_port = htons(options.port);
        std::memcpy(&v4.sin_addr, address->bytes().data(), 4);
        size = sizeof v4;
    }
    const int fd = openSocket(storage.ss_family, options);
    const int on = 1;
    const int off = 0;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (isV6) // "::" takes IPv4 as well, whatever the system's default is
        ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (::bind(fd, reinterpret_cast<sockaddr*>(&storage), size) != 0) {
        const int error = errno;
        ::close(fd);
        errno = error;
        refuse(options, "bind");
    }
    return fd;
}

int bindUnix(const ListenerOptions& options) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (options.unixPath.size() >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        refuse(options, "bind");
    }
    std::memcpy(address.sun_path, options.unixPath.data(), options.unixPath.size());
    const int fd = openSocket(AF_UNIX, options);
    ::unlink(options.unixPath.c_str());
    // The file gets its mode from the descriptor, so that there is no moment in which others may
    // connect.
    ::fchmod(fd, 0600);
    if (::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        const int error = errno;
        ::close(fd);
        errno = error;
        refuse(options, "bind");
    }
    return fd;
}

int openListener(const ListenerOptions& options) {
    int fd = -1;
    if (!options.unixPath.empty()) {
        fd = bindUnix(options);
    } else if (options.address.empty()) {
        try {
            fd = bindTcp(options);
        } catch (const sdk::Error&) {
            if (errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL)
                throw;
            auto onlyV4 = options; // a machine without IPv6
            onlyV4.address = "0.0.0.0";
            fd = bindTcp(onlyV4);
        }
    } else {
        fd = bindTcp(options);
    }
    if (::listen(fd, SOMAXCONN) != 0) {
        const int error = errno;
        ::close(fd);
        errno = error;
        refuse(options, "listen");
    }
    return fd;
}

std::uint16_t portOf(int fd) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0)
        return 0;
    return Address::fromSockaddr(reinterpret_cast<sockaddr*>(&storage)).port();
}

} // namespace

class Listener::Acceptor final : public IoHandler, public std::enable_shared_from_this<Acceptor> {
public:
    Acceptor(Loops& loops, ListenerOptions options, StreamFactory factory)
        : loops_(loops), loop_(loops.next()), options_(std::move(options)),
          factory_(std::move(factory)), fd_(openListener(options_)), port_(portOf(fd_)),
          spare_(::open("/dev/null", O_RDONLY | O_CLOEXEC)) {}
    ~Acceptor() override {
        ::close(fd_);
        ::close(spare_);
    }

    void start() { loop_.watch(fd_, EPOLLIN, *this); }
    void stop() {
        retry_.cancel();
        loop_.unwatch(fd_, *this);
        if (!options_.unixPath.empty())
            ::unlink(options_.unixPath.c_str());
    }
    void onEvents(std::uint32_t) override;

    Loop& loop() noexcept { return loop_; }
    std::uint16_t port() const noexcept { return port_; }
    std::size_t connections() const noexcept { return open_->load(); }

private:
    void take(int fd, const sockaddr* peer);
    void dropOne();
    ConnectionInfo describe(int fd, const sockaddr* peer) const;
    void logRarely(std::string_view text);

    Loops& loops_;
    const std::shared_ptr<void> keepAlive_ = loops_.keepAlive();
    Loop& loop_;
    const ListenerOptions options_;
    const StreamFactory factory_;
    const int fd_;
    const std::uint16_t port_;
    int spare_; // given up for a moment when no descriptor is left
    Timer retry_;
    std::shared_ptr<std::atomic<std::size_t>> open_ = std::make_shared<std::atomic<std::size_t>>(0);
    Clock::time_point lastLogged_{};
};

void Listener::Acceptor::logRarely(std::string_view text) {
    if (lastLogged_ != Clock::time_point() && loop_.now() - lastLogged_ < kLogEvery)
        return;
    lastLogged_ = loop_.now();
    telemetry::log("net").warning(text, {{"listener", options_.name}, {"open", open_->load()}});
}

// No descriptor is left. The spare one lets us take the waiting connection off the queue and close
// it, so that its client learns at once and the loop doesn't spin on an event it can't handle.
void Listener::Acceptor::dropOne() {
    logRarely("out of file descriptors, refusing connections");
    ::close(spare_);
    const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd >= 0)
        ::close(fd);
    spare_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        return;
    loop_.unwatch(fd_, *this); // somebody else took it: wait instead of spinning
    retry_.arm(loop_, kRetryAccept, [this] { start(); });
}

void Listener::Acceptor::onEvents(std::uint32_t) {
    for (int i = 0; i < kAcceptBatch; ++i) {
        sockaddr_storage peer{};
        socklen_t size = sizeof peer;
        const int fd =
            ::accept4(fd_, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            take(fd, reinterpret_cast<const sockaddr*>(&peer));
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            return dropOne();
        if (errno == EAGAIN)
            return;
        // ECONNABORTED and network errors of the waiting connection: the next one (accept(2)).
    }
}

ConnectionInfo Listener::Acceptor::describe(int fd, const sockaddr* peer) const {
    ConnectionInfo info;
    info.peer = Address::fromSockaddr(peer);
    info.localPort = port_;
    if (!options_.unixPath.empty()) {
        info.isLocal = true;
        info.peer = Address::local();
        ucred credentials{};
        socklen_t size = sizeof credentials;
        if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0)
            info.localUid = credentials.uid;
    }
    if (options_.tls) {
        info.isTls = true;
        info.tls = options_.tls->current();
    }
    return info;
}

void Listener::Acceptor::take(int fd, const sockaddr* peer) {
    static auto& accepted = telemetry::Metrics::instance().counter(
        "trellis_net_connections_accepted_total", "Connections accepted on all ports.");
    static auto& refused = telemetry::Metrics::instance().counter(
        "trellis_net_connections_refused_total", "Connections above a port's limit.");
    if (open_->load() >= options_.maxConnections) {
        refused.add();
        ::close(fd);
        logRarely("too many connections, refusing more");
        return;
    }
    Connection::Options options;
    options.info = describe(fd, peer);
    std::shared_ptr<StreamHandler> handler;
    try {
        handler = factory_(options.info);
    } catch (const std::exception& e) {
        telemetry::log("net").error("no handler for a connection", {{"reason", e.what()}});
    }
    if (!handler) {
        ::close(fd);
        return;
    }
    accepted.add();
    if (options_.unixPath.empty()) {
        const int on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    ++*open_;
    options.onGone = [open = open_] { --*open; };
    options.handshakeTimeout = options_.handshakeTimeout;
    options.expectProxyHeader = containsAddress(options_.proxyProtocolFrom, options.info.peer);
    Connection::adopt(loops_.next(), loops_.keepAlive(), fd, std::move(handler),
                      std::move(options));
}

Listener::Listener(Loops& loops, ListenerOptions options, StreamFactory factory)
    : acceptor_(std::make_shared<Acceptor>(loops, std::move(options), std::move(factory))) {
    acceptor_->loop().post([acceptor = acceptor_] { acceptor->start(); });
}

Listener::~Listener() {
    std::promise<void> stopped;
    const bool isRunning = acceptor_->loop().post([&] {
        acceptor_->stop();
        stopped.set_value();
    });
    if (isRunning)
        stopped.get_future().wait();
}

std::uint16_t Listener::port() const noexcept {
    return acceptor_->port();
}

std::size_t Listener::connections() const noexcept {
    return acceptor_->connections();
}

} // namespace trellis::net
