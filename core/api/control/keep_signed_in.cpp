#include "core/api/control/keep_signed_in.hpp"

#include "core/api/control/connection.hpp"

namespace trellis::api {

void keepSignedIn(const ControlHub& hub, auth::Sessions& sessions) {
    for (const auto& connection : hub.all())
        if (!connection->loginSession().empty())
            sessions.used(connection->loginSession());
}

} // namespace trellis::api
