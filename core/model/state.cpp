#include "core/model/state.hpp"

#include <algorithm>

namespace trellis::model {

const DeviceEntry* State::device(std::string_view id) const {
    const auto found = devices_.find(id);
    return found == devices_.end() ? nullptr : &found->second;
}

DeviceEntry* State::device(std::string_view id) {
    const auto found = devices_.find(id);
    return found == devices_.end() ? nullptr : &found->second;
}

std::vector<DevicePtr> State::devicesOf(std::string_view groupId) const {
    std::vector<DevicePtr> result;
    const auto found = byGroup_.find(groupId);
    if (found == byGroup_.end())
        return result;
    result.reserve(found->second.size());
    for (const auto* entry : found->second)
        result.push_back(entry->record);
    return result;
}

void State::put(UserPtr user) {
    users_[user->id] = std::move(user);
}
void State::put(GroupPtr group) {
    groups_[group->id] = std::move(group);
}
void State::put(UserGroupPtr group) {
    userGroups_[group->id] = std::move(group);
}

void State::put(DevicePtr device) {
    auto& entry = devices_[device->id];
    const bool isNew = entry.record == nullptr;
    if (!isNew && entry.record->groupId != device->groupId)
        byGroup_[entry.record->groupId].erase(&entry);
    if (isNew || entry.record->groupId != device->groupId)
        byGroup_[device->groupId].insert(&entry);
    entry.record = std::move(device);
}

void State::setPresence(DeviceEntry& entry, Presence presence) {
    if (entry.presence.isConnected())
        --connected_;
    entry.presence = std::move(presence);
    if (entry.presence.isConnected())
        ++connected_;
}

void State::eraseUser(std::string_view id) {
    if (const auto found = users_.find(id); found != users_.end())
        users_.erase(found);
}

void State::eraseGroup(std::string_view id) {
    if (const auto found = groups_.find(id); found != groups_.end())
        groups_.erase(found);
    if (const auto found = byGroup_.find(id); found != byGroup_.end() && found->second.empty())
        byGroup_.erase(found);
}

void State::eraseUserGroup(std::string_view id) {
    if (const auto found = userGroups_.find(id); found != userGroups_.end())
        userGroups_.erase(found);
}

void State::eraseDevice(std::string_view id) {
    const auto found = devices_.find(id);
    if (found == devices_.end())
        return;
    if (found->second.presence.isConnected())
        --connected_;
    byGroup_[found->second.record->groupId].erase(&found->second);
    devices_.erase(found);
}

} // namespace trellis::model
