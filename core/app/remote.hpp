/// Where `trellisctl` finds a server that is not on this machine, and how it is known to be the right
/// one.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace trellis::app {

struct RemoteTarget {
    std::string url;   ///< https://HOST[:PORT], nothing behind it
    std::string token; ///< API token, or login token as "~t:<name>:<secret>"; from the environment
    std::filesystem::path caFile; ///< "": the system's authorities
    std::string pin; ///< SHA-256 of the certificate in hex, colons allowed; "": by authorities
};

/// Throws sdk::Error{InvalidArgument} for what is no such address or fingerprint, or without a token.
void checkTarget(const RemoteTarget& target);

/// `POST /api/v1/<command>` there. Throws what the server answered, and sdk::Error{Unavailable} when
/// it can't be reached, is not the server it should be, or gives no answer within `limit`. Blocks.
boost::json::value callRemote(const RemoteTarget& target, const std::string& command,
                              const boost::json::object& arguments, std::chrono::seconds limit);

} // namespace trellis::app
