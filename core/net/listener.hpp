/// Listening sockets: TCP on IPv4 or IPv6, and AF_UNIX.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/net/address.hpp"
#include "core/net/connection.hpp"
#include "core/net/loop.hpp"
#include "core/net/tls.hpp"

namespace trellis::net {

/// Makes the handler of one accepted connection. Runs on the listener's loop; must be cheap.
/// Null refuses the connection (it is closed at once).
using StreamFactory = std::function<std::shared_ptr<StreamHandler>(const ConnectionInfo&)>;

struct ListenerOptions {
    std::string name = "listener"; ///< in log lines and metrics
    /// "0.0.0.0", "::" (both families), an address, or "" for "::" if the machine has IPv6.
    std::string address;
    std::uint16_t port = 0; ///< 0: any free one, see Listener::port()
    std::string unixPath;   ///< set: AF_UNIX stream socket instead, mode 0600, stale file replaced
    std::shared_ptr<TlsContext> tls; ///< null: plain
    /// Connections above this are closed right after accept, counted and logged once a minute.
    std::size_t maxConnections = 100000;
    Millis handshakeTimeout{10000};
    /// Peers that must speak the PROXY protocol (v1 or v2) first; others must not.
    std::vector<Cidr> proxyProtocolFrom;
};

/// Accepts until destroyed; connections go round the loops and outlive the listener.
class Listener {
public:
    /// Throws sdk::Error{Unavailable} with address, port and the system's reason.
    Listener(Loops& loops, ListenerOptions options, StreamFactory factory);
    ~Listener(); ///< after this no factory call runs. Not from a loop.
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    std::uint16_t port() const noexcept;      ///< the port bound, 0 for AF_UNIX. Any thread.
    std::size_t connections() const noexcept; ///< open ones accepted here. Any thread.

private:
    class Acceptor;
    std::shared_ptr<Acceptor> acceptor_;
};

/// A StreamFactory for port 80: answers every request with 308 to
/// https://<host>[:httpsPort]<target>, or 400 if the Host header isn't a plain host name; then
/// closes.
StreamFactory redirectToHttps(std::uint16_t httpsPort);

} // namespace trellis::net
