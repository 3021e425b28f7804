/// The PROXY protocol, versions 1 and 2, as sent by load balancers in front of a connection.
/// Source: haproxy's doc/proxy-protocol.txt, sections 2.1 and 2.2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/net/address.hpp"

namespace trellis::net {

/// Version 2 headers may carry extensions up to 64 KiB; those of real proxies are far smaller.
inline constexpr std::size_t kMaxProxyHeader = 2048;

struct ProxyHeader {
    enum class State : std::uint8_t { NeedMore = 1, Done, Bad };
    State state = State::NeedMore;
    std::size_t size = 0;          ///< bytes of the header when Done
    std::optional<Address> source; ///< none for UNKNOWN and LOCAL: the proxy speaks for itself
};

/// `bytes`: everything received so far, from the first byte on.
ProxyHeader parseProxyHeader(std::string_view bytes);

} // namespace trellis::net
