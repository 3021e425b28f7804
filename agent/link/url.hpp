/// Addresses of servers and of what scripts connect to (RFC 3986, the part that is needed).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trellis::device {

struct Url {
    std::string scheme;  ///< ws, wss, http or https, lower case
    std::string host;    ///< without the brackets of an IPv6 address
    std::uint16_t port = 0;
    std::string path;    ///< with the query, begins with '/'

    bool isSecure() const noexcept { return scheme == "wss" || scheme == "https"; }
    /// Value of the Host header: the port only if it is not the scheme's own (protocol 1.4).
    std::string hostHeader() const;
};

/// nullopt if the scheme is unknown, host or port are wrong, user information is present, or there is
/// a space or control character anywhere (it would end up in a request line).
std::optional<Url> parseUrl(std::string_view text);

struct Proxy {
    std::string host;
    std::uint16_t port = 0;
    std::string authorization;  ///< value of Proxy-Authorization, "" = none
};
/// "host:port", "http://host:port" or "http://user:password@host:port".
std::optional<Proxy> parseProxy(std::string_view text);

}  // namespace trellis::device
