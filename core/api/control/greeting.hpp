/// The first messages of a control connection (control-protocol 2.1 to 2.3).
#pragma once

#include <string>

#include <boost/json/object.hpp>

#include "core/api/ports.hpp"
#include "core/model/records.hpp"

namespace trellis::api {

struct GreetingFacts {
    bool byLoginToken = false;
    std::int64_t nowMs = 0;
    std::string tenantHost{};    ///< its own host name, "" if it has none
    std::string tenantPath{};    ///< what its paths begin with, without slashes, "" if nothing
    bool hasGuestSharing = true; ///< whether something here answers those commands
    bool hasSecondFactors = false;
};

/// {"action":"serverinfo","serverinfo":{...}}, members in the order that clients print.
boost::json::object serverInfo(const ServerFacts& server, const model::User& user,
                               const GreetingFacts& facts);
/// {"action":"userinfo","userinfo":{...}}
boost::json::object userInfo(const model::User& user);

} // namespace trellis::api
