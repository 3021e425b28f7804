/// Which addresses a webhook may go to: else anybody who may make one could reach what only the
/// server can (server-side request forgery).
#pragma once

#include <string>
#include <vector>

#include <Poco/Net/IPAddress.h>

namespace webhooks {

/// "10.0.0.0/8", "fd00::/8" or one address.
struct Network {
    Poco::Net::IPAddress base;
    unsigned bits = 0;
    bool contains(const Poco::Net::IPAddress& address) const;
    /// Throws std::invalid_argument.
    static Network parse(const std::string& text);
};

/// Reachable by everybody: neither loopback, link-local, private, shared, multicast, documentation,
/// nor one that carries an IPv4 address inside (IPv4-mapped ones count as the IPv4 address). IANA's
/// special-purpose registries, RFC 6890.
bool isPublic(const Poco::Net::IPAddress& address);

/// The first address of `host` if every one of them is public or in `allowed`. Resolves names:
/// blocks. Throws std::runtime_error that says which one isn't, Poco's exceptions when there is
/// none.
Poco::Net::IPAddress resolveSafely(const std::string& host, const std::vector<Network>& allowed);

} // namespace webhooks
