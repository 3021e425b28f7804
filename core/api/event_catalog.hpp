/// Every event that this server tells: what docs/reference/events.md is made from.
#pragma once

#include <span>
#include <string>

namespace trellis::api {

struct EventInfo {
    const char* action;
    const char* etype; ///< "" if it has none
    bool isStored;     ///< in the log: has an id in the stream, and is passed to webhooks as event.<action>
    const char* when;
    const char* members; ///< beyond action, etype, time, domain, userid, username, nodeid, meshid, msg
};

/// By subject, then name.
std::span<const EventInfo> eventCatalog();
std::string eventReference();

} // namespace trellis::api
