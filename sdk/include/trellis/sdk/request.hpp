/// Who is asking, for what, and until when.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace trellis::sdk {

using Clock = std::chrono::steady_clock;
using Deadline = Clock::time_point;
using Seconds = std::chrono::seconds;
using Milliseconds = std::chrono::milliseconds;

/// A signed-in user, or the server's own administrator on the local socket.
struct Caller {
    std::string userId;     ///< "user/<domain>/<name>"; "" for the local administrator
    std::string userName;   ///< display name
    std::string domain;     ///< tenant id, "" for the default one
    std::string sessionId;  ///< control session or login, unique; never a secret
    std::string address;    ///< peer address as text, after trusted-proxy resolution
    std::uint32_t siteRights = 0;
    bool isLocalAdmin = false;  ///< trellisctl on the server itself
    bool byLoginToken = false;  ///< signed in with a login token: may not manage credentials
};

struct Request {
    Caller caller;
    Deadline deadline;               ///< after this the caller is answered DeadlineExceeded
    std::string deviceId;            ///< "node/<domain>/<id>" if the requirement names a device
    std::string groupId;             ///< "mesh/<domain>/<id>" if it names a group, or the device's
    std::uint32_t deviceRights = 0;  ///< the caller's rights on that device or group
    std::string traceId;             ///< also in every log line written while serving
};

}  // namespace trellis::sdk
