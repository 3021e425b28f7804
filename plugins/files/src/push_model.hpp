/// One file for many devices: what is kept of it, and how it looks in the database.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <trellis/sdk/json.hpp>

namespace files {

namespace json = trellis::sdk::json;

/// States of a device in a push. Those from kDone on are final.
namespace state {
inline constexpr const char* kQueued = "queued";
inline constexpr const char* kRunning = "running";
inline constexpr const char* kDone = "done";
inline constexpr const char* kFailed = "failed";
inline constexpr const char* kExpired = "expired";      ///< was offline until the time was over
inline constexpr const char* kDenied = "denied";        ///< the owner lacked the right when it was due
inline constexpr const char* kCancelled = "cancelled";
}  // namespace state

struct Run {
    std::string token;  ///< 24 hex digits, known to server and device
    std::string device, name;
    std::string state = state::kQueued;
    std::string error;
    std::int64_t at = 0;      ///< bytes that the device asked for until now
    std::int64_t seenMs = 0;  ///< when it last asked, or was first told
    std::int64_t toldMs = 0;  ///< when it was told last
    bool hasAsked = false;    ///< since it was first told
    std::string placed{};     ///< path at the device, once it has told; not kept
    bool isFinal() const { return state != state::kQueued && state != state::kRunning; }
};

struct Push {
    std::string id, ownerId, ownerName, address, domain;  ///< ownerId "": the local administrator
    std::string name, path, windowsPath, exists, sha384;
    std::int64_t size = 0, received = 0, createdMs = 0, expiresMs = 0;
    bool isWhole = false;  ///< the server has all of the file
    std::vector<Run> runs;
    bool isOver() const;
    /// Until nothing is left to be sent, or sent again.
    bool needsFile(std::int64_t now) const;
};

json::object toJson(const Push& push);
Push pushFrom(const json::object& object);

/// "bytes=<from>-<to>", both given, at most `most` bytes of `size` (RFC 9110 section 14.1.2); false if
/// it is none of these. The one range form that the device asks with.
bool parseRange(std::string_view text, std::int64_t size, std::int64_t most, std::int64_t& from,
                std::int64_t& to);

}  // namespace files
