/// HTTP/1.1 on connections: hand `factory()` to a Listener.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "core/net/address.hpp"
#include "core/net/http_message.hpp"
#include "core/net/listener.hpp"
#include "core/net/loop.hpp"
#include "core/net/router.hpp"
#include "core/net/tenants.hpp"

namespace trellis::net {

struct HttpServerOptions {
    Millis headTimeout{10000}; ///< from the first byte of a request to the end of its head: 408
    Millis keepAliveTimeout{60000}; ///< silence between requests: closed
    std::size_t minBodyRate = 1024; ///< bytes/s averaged over the body after 10 s of grace: 408
    std::size_t maxRequestsPerConnection = 1000;
    Millis writeStallTimeout{60000}; ///< a response of which nothing can be written for so long
    /// X-Forwarded-For (first entry) and X-Forwarded-Proto count only from these peers.
    std::vector<Cidr> trustedProxies;
    /// Added to each response that doesn't have the field itself.
    Headers defaultHeaders = securityHeaders();
    std::string serverHeader; ///< "Server" field, "" for none
    Tenants tenants;          ///< names each request's tenant before its route is looked up

    /// HSTS (only sent over TLS), X-Content-Type-Options, Referrer-Policy, Content-Security-Policy
    /// (default-src 'self', no inline, frame-ancestors 'none'), X-Frame-Options,
    /// Cross-Origin-Opener-Policy, Permissions-Policy.
    static Headers securityHeaders();
};

/// Must outlive neither listener nor connections: they share what they need.
class HttpServer {
public:
    /// `workers` runs routes of RunOn::Workers; its refusal (Unavailable) is answered with 503.
    HttpServer(std::shared_ptr<Router> router, Executor workers, HttpServerOptions options = {});
    StreamFactory factory() const;

private:
    struct Shared;
    friend class HttpSession;
    std::shared_ptr<Shared> shared_;
};

} // namespace trellis::net
