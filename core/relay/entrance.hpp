/// Who may connect to `/meshrelay.ashx` (agent-protocol.md section 6.4, control-protocol.md 8.4).
#pragma once

#include <string>
#include <variant>

#include "core/relay/relay_context.hpp"

namespace trellis::relay {

/// One end, authenticated.
struct Arrival {
    sdk::Side side = sdk::Side::Viewer;
    std::string id;
    std::string userId;         ///< viewer: who it is; device: for whom it was told to connect
    sdk::Caller caller;         ///< of viewers
    std::string deviceId;       ///< "" if the address names none
    std::uint16_t protocol = 0; ///< 0 if the address names none
    AnnouncedPtr announced;     ///< devices: always the entry whose secret it showed, unless it came
                                ///< with a user's own `rauth` token; guests: the same
    bool wantsPings = true;
};

struct Turned {
    int status; ///< HTTP
    std::string reason;
};

/// Never blocks.
std::variant<Arrival, Turned> examine(RelayContext& context, const net::HttpRequest& request);

} // namespace trellis::relay
