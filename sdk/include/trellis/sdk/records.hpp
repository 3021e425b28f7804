/// What a plugin may write into the logs.
#pragma once

#include <cstdint>
#include <string>

#include <trellis/sdk/json.hpp>

namespace trellis::sdk {

/// One line of the event log, as control-protocol 2.5 has it. `deviceId` or `groupId` says who may see
/// it: those who see that device or group.
struct LogEvent {
    std::string etype;   ///< "node", "mesh", "user", "relay", "server" or ""
    std::string action;  ///< 1 to 64 characters
    std::string text;    ///< English, up to 4096 bytes
    std::string domain;
    std::string userId, userName;  ///< who did it, "" for the server
    std::string deviceId, groupId;
    json::object extra;   ///< further members of the wire's event: msgid, msgArgs, ...
    bool isKept = true;   ///< false: told to those who are connected, not stored
};

/// One line of the audit trail, for what no command did.
struct AuditEntry {
    std::string userId;   ///< in whose name
    std::string address;  ///< from where
    std::string domain;
    std::string action;   ///< "<plugin id>.<verb>"
    std::string target;   ///< id of what it was done to
    json::object details; ///< without secrets
    std::string result;   ///< "ok", or an error code's name
};

}  // namespace trellis::sdk
