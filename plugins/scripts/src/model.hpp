/// What the plugin keeps: scripts, jobs and their runs. Times are milliseconds since 1970.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <trellis/sdk/json.hpp>

#include "sealed.hpp"

namespace scripts {

namespace json = trellis::sdk::json;

/// Who started something: a user, or the server's own administrator.
struct Owner {
    std::string userId; ///< "" for the local administrator
    std::string name;
    std::string domain;
    bool isLocalAdmin() const { return userId.empty(); }
};

/// What runs on each device, already resolved: a later change of the library does not reach it.
struct Spec {
    std::string name;
    std::string interpreter;
    std::string text;
    std::string as;           ///< "agent" or "user"
    std::int64_t seconds = 0; ///< time limit on the device
    std::int64_t concurrency = 0;
    std::int64_t ttlMs = 0; ///< how long devices that are offline are waited for
    std::map<std::string, std::string> parameters;
    Secrets secrets;
    std::vector<std::string> secretNames; ///< also when the values are not here
    std::string scriptId;                 ///< "" for text that is in no library
    std::int64_t version = 0;
    std::string source;     ///< "user", "schedule:<id>", "rule:<id>", "rerun:<job id>"
    std::int64_t depth = 0; ///< rules on the way here
};

json::object toJson(const Spec& spec); ///< without the secrets' values
Spec specFrom(const json::object& object);

/// States of one device in a job. Those from kDone on are final.
namespace state {
inline constexpr const char* kQueued = "queued";
inline constexpr const char* kRunning = "running";
inline constexpr const char* kDone = "done";     ///< exit code 0
inline constexpr const char* kFailed = "failed"; ///< another exit code, or it did not start
inline constexpr const char* kTimedOut = "timed_out";
inline constexpr const char* kCancelled = "cancelled";
inline constexpr const char* kExpired = "expired"; ///< was offline until the time to live ended
inline constexpr const char* kDenied = "denied";   ///< the owner lacked the right when it was due
inline constexpr const char* kUnknown = "unknown"; ///< was sent; nobody can say what became of it
} // namespace state

bool isFinal(const std::string& state);

struct Result {
    std::string state;
    std::int64_t exitCode = -1; ///< -1: none
    std::int64_t durationMs = 0;
    std::string error;
    std::string out, err; ///< UTF-8
    bool isOutCut = false, isErrCut = false;
};

} // namespace scripts
