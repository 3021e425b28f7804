/// A script's HTTP request: a WebSocket for ws: and wss: addresses, else a plain request.
/// Events: verify({digest, fingerprint}, der) -> bool, upgrade(head), response(head), data, drain,
/// pong, end(reason), error(reason).
#pragma once

#include "agent/script/host.hpp"

namespace trellis::device {

struct WebRequest {
    Url url;
    std::string method;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    Trust trust = Trust::Chain;
    bool isVerified = false;  ///< the script's `verify` decides about the certificate
    std::optional<Proxy> proxy;
};

/// Connects. Its id is `id`.
std::unique_ptr<Handle> openWeb(ScriptHost& host, HandleId id, WebRequest request);

/// A script's TCP or TLS connection. Events: verify, connect, data, drain, end(reason), error(reason).
struct TcpRequest {
    std::string host;
    std::uint16_t port = 0;
    bool isSecure = false;
    Trust trust = Trust::Chain;
    bool isVerified = false;
};
std::unique_ptr<Handle> openTcp(ScriptHost& host, HandleId id, const TcpRequest& request);

/// emit "verify"; shared by both.
bool askAboutPeer(ScriptHost& host, HandleId id, const PeerCertificate& peer);

}  // namespace trellis::device
