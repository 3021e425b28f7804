/// Audit: who did what, on what, with which result. Append-only.
#pragma once

#include <chrono>
#include <string>

#include <boost/json/object.hpp>

namespace trellis::api {

struct AuditRecord {
    std::chrono::system_clock::time_point time;
    std::string userId;  ///< "" for the local administrator
    std::string address; ///< peer address as text
    std::string domain;
    std::string command;
    std::string target;            ///< id of the device or group, "" if the command names none
    boost::json::object arguments; ///< secrets are replaced by "***"
    std::string result;            ///< "ok", or the code's name: "forbidden", "not_found", ...
    std::string traceId;
    std::string token{}; ///< name of the API token that was used, "" if none
};

/// Any thread. Must not throw: a record that cannot be written is logged and counted there.
class AuditTrail {
public:
    virtual ~AuditTrail() = default;
    virtual void append(const AuditRecord& record) noexcept = 0;
};

} // namespace trellis::api
