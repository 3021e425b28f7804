/// What a client of the control channel shows to prove who it is (control-protocol 1.4, 1.5).
#pragma once

#include <string>
#include <string_view>

#include "core/net/http_message.hpp"

namespace trellis::api {

struct Credentials {
    enum class Style : std::uint8_t {
        None = 1,
        Malformed,      ///< x-meshauth that is not 2 or 3 parts of base64
        Inner,          ///< x-meshauth: *
        QueryPassword,  ///< ?user=&pass=[&token=]
        HeaderPassword, ///< x-meshauth: b64,b64[,b64]
        Session,        ///< the browser's cookie
    };
    Style style = Style::None;
    std::string user, password, token;
    /// `auth=` of the query; tried first where step 7 of the order is reached, falls through if
    /// bad.
    std::string authCookie;
    std::string sessionSecret; ///< of the cookie, "" if there is none
};

/// Reads them in the order of the specification; decides nothing. `extra`: arguments sent in the
/// first message (`moreargs=1`), which are merged into the query.
Credentials readCredentials(const net::HttpRequest& request, const net::Query& extra = {});

/// The parts of an x-meshauth header: 2 or 3 texts, or none if it is not that.
struct MeshAuth {
    bool isGood = false;
    std::string user, password, token;
};
MeshAuth parseMeshAuth(std::string_view header);

} // namespace trellis::api
