/// The records in memory with their indexes. No locks and no database: Directory owns both.
/// Internal to core/model.
#pragma once

#include "core/model/directory.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace trellis::model {

struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
        return std::hash<std::string_view>{}(text);
    }
};

template <class T> using TextMap = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;
using TextSet = std::unordered_set<std::string, TextHash, std::equal_to<>>;

struct DeviceEntry {
    DevicePtr record;
    Presence presence;
    ConnectionToken token = 0; ///< of the newest agent connection
};

class State {
public:
    UserPtr user(std::string_view id) const { return at(users_, id); }
    GroupPtr group(std::string_view id) const { return at(groups_, id); } ///< also hidden ones
    UserGroupPtr userGroup(std::string_view id) const { return at(userGroups_, id); }
    const DeviceEntry* device(std::string_view id) const;
    DeviceEntry* device(std::string_view id);
    std::vector<DevicePtr> devicesOf(std::string_view groupId) const;

    const TextMap<UserPtr>& users() const noexcept { return users_; }
    const TextMap<GroupPtr>& groups() const noexcept { return groups_; }
    const TextMap<UserGroupPtr>& userGroups() const noexcept { return userGroups_; }
    std::size_t deviceCount() const noexcept { return devices_.size(); }
    std::size_t connectedCount() const noexcept { return connected_; }

    /// Insert or replace.
    void put(UserPtr user);
    void put(GroupPtr group);
    void put(UserGroupPtr group);
    void put(DevicePtr device);
    void setPresence(DeviceEntry& entry, Presence presence);
    void eraseUser(std::string_view id);
    void eraseGroup(std::string_view id);
    void eraseUserGroup(std::string_view id);
    void eraseDevice(std::string_view id);

private:
    template <class Ptr> static Ptr at(const TextMap<Ptr>& map, std::string_view id) {
        const auto found = map.find(id);
        return found == map.end() ? nullptr : found->second;
    }

    TextMap<UserPtr> users_;
    TextMap<GroupPtr> groups_;
    TextMap<UserGroupPtr> userGroups_;
    TextMap<DeviceEntry> devices_;
    // Entries of an unordered_map stay where they are until they are erased.
    TextMap<std::unordered_set<const DeviceEntry*>> byGroup_;
    std::size_t connected_ = 0;
};

} // namespace trellis::model
