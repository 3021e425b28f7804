/// How long texts of records may be. People get an error, agents' texts are cut.
#pragma once

#include "core/model/records.hpp"

namespace trellis::model {

namespace limit {
inline constexpr std::size_t kGroupName = 128; ///< characters; control-protocol.md 3.4 `createmesh`
inline constexpr std::size_t kUserGroupName = 64; ///< 3.3 `createusergroup`
inline constexpr std::size_t kDesc = 1024;        ///< 3.3, 3.4
inline constexpr std::size_t kDeviceName = 256;   ///< 3.6 `addlocaldevice`
inline constexpr std::size_t kTag = 63;           ///< 3.6 `changedevice`
inline constexpr std::size_t kTags = 64;          ///< ours
inline constexpr std::size_t kEmail = 1024;       ///< 3.1
inline constexpr std::size_t kRealName = 256;     ///< 3.1
inline constexpr std::size_t kAgentText = 256;    ///< ours: one text of an agent, in bytes
inline constexpr std::size_t kAgentList = 64;     ///< ours: logged-in users
inline constexpr std::size_t kExtra = 32 * 1024;  ///< ours: `extra` as JSON
inline constexpr std::size_t kExtraDepth = 16;    ///< ours: nesting in `extra`
} // namespace limit

/// Throw InvalidArgument with the wire's field name.
void check(const User& user);
void check(const Group& group);
void check(const UserGroup& group);
void check(const Device& device);

/// Cuts and cleans what an agent set. `extra` over its limit is replaced by that of `before`.
void clean(Device& device, const Device& before);

} // namespace trellis::model
