/// Open control connections keep the login sessions that they came with.
#pragma once

#include "core/api/control/hub.hpp"
#include "core/auth/sessions.hpp"

namespace trellis::api {

/// These sessions count as used now: whoever has the page open sees what happens there, although
/// nothing is asked of the server. Connections that are gone are closed after 150 s without an answer.
/// From time to time, more often than sessions end for idleness. Any thread, never blocks.
void keepSignedIn(const ControlHub& hub, auth::Sessions& sessions);

} // namespace trellis::api
