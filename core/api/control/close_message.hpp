/// The JSON texts that refuse or end a control connection (control-protocol 1.7).
#pragma once

#include <string>

namespace trellis::api {

enum class CloseCause : std::uint8_t {
    InvalidOrigin = 1,
    NoCredentials,   ///< none given, or only an invalid `auth` cookie
    BadQueryLogin,   ///< ?user=&pass= wrong or locked
    MalformedHeader, ///< x-meshauth of fewer than 2 or more than 3 parts; failed inner login
    BadHeaderLogin,  ///< x-meshauth wrong or locked
    TokenRequired,   ///< second factor missing or wrong
    BadArguments,    ///< inner authentication
    BadTlsHash,      ///< inner authentication
    NoTools,         ///< site right 128
    Expired,
    Banned,
    TooManySessions,
    ForcedOff, ///< account removed or locked, password changed, session ended
};

/// One JSON text, to be sent before the WebSocket is closed.
std::string closeMessage(CloseCause cause);

} // namespace trellis::api
