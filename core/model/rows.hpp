/// Records as rows. Internal to core/model.
#pragma once

#include "core/model/records.hpp"
#include "core/store/database.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace trellis::model::rows {

void readUsers(store::Session& session, const std::function<void(User)>& each);
void readGroups(store::Session& session, const std::function<void(Group)>& each);
void readUserGroups(store::Session& session, const std::function<void(UserGroup)>& each);
void readDevices(store::Session& session, const std::function<void(Device)>& each);
void readLinks(store::Session& session,
               const std::function<void(const std::string& holder, const std::string& target,
                                        Rights rights)>& each);

/// Insert or replace by id. Links are not part of it.
void write(store::Session& session, const User& user);
void write(store::Session& session, const Group& group);
void write(store::Session& session, const UserGroup& group);
void write(store::Session& session, const Device& device);
void writeLink(store::Session& session, std::string_view holder, std::string_view target,
               Rights rights);

void removeLink(store::Session& session, std::string_view holder, std::string_view target);
/// With links in both directions and side documents.
void removeUser(store::Session& session, std::string_view id);
void removeGroup(store::Session& session, std::string_view id);
void removeUserGroup(store::Session& session, std::string_view id);
void removeDevice(store::Session& session, std::string_view id);
/// The links and side documents only, for a record that stays (a hidden group).
void removeBelongings(store::Session& session, std::string_view id);

} // namespace trellis::model::rows
