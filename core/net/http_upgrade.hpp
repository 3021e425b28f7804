/// The opening handshake of RFC 6455 section 4.2; for core/net only.
#pragma once

#include <string>
#include <string_view>

#include "core/net/http_message.hpp"

namespace trellis::net {

struct UpgradeProblem {
    int status = 0; ///< 0: none
    std::string_view reason;
};

/// Form only; whether the Origin is welcome is for the route.
UpgradeProblem checkUpgrade(const HttpRequest& request, bool hasBody);

/// Sec-WebSocket-Accept for the key as it was sent: agents send base64 whose unused bits aren't
/// zero.
std::string acceptKey(std::string_view key);

/// The 101 answer. `hasDeflate` tells whether compression was agreed on.
std::string upgradeAnswer(const HttpRequest& request, bool allowDeflate, bool& hasDeflate);

} // namespace trellis::net
