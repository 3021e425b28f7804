/// Records in the shape that MeshCentral's clients read (control-protocol.md
/// sections 2.3, 3.4, 3.6, 5). Absent values are absent, not null. Nothing secret is ever in them.
#pragma once

#include "core/model/directory.hpp"
#include "core/model/event_log.hpp"

#include <boost/json/object.hpp>

namespace trellis::model {

/// `userinfo.userinfo`, an entry of `users`, `account` of events (section 2.3).
boost::json::object userDocument(const User& user);
/// An entry of `meshes`, `mesh` of events (section 5.3). Names of links come from the directory.
boost::json::object groupDocument(const Group& group, const Directory& directory);
/// An entry of `usergroups` (section 5.6).
boost::json::object userGroupDocument(const UserGroup& group, const Directory& directory);
/// `node` of events and of `getsysinfo` (section 5.4), with `meshid` and what is known of presence.
boost::json::object deviceDocument(const Device& device, const Directory& directory);
/// An entry of `nodes`: the same without `meshid`, which is the key there (section 3.6).
boost::json::object deviceListEntry(const Device& device, const Directory& directory);
/// An event as `events` lists it and as it is sent (section 5.9): without targets and number.
boost::json::object eventDocument(const Event& event);
/// 2023-11-14T22:13:20.000Z
std::string isoTime(std::int64_t ms);

} // namespace trellis::model
