/// All users, groups, user groups and devices, in memory, written through to the database.
///
/// Threads: any. Lookups take a shared lock for a hash look-up and never touch the disk, so an I/O
/// loop may call them. What people change ("add", "update", "remove", "link") is in the database
/// before the call returns and blocks on it: worker pool only. What agents change ("touch",
/// presence) is in memory at once and written in batches; nothing people asked for is lost if the
/// process dies.
///
/// Errors (sdk::Error): InvalidArgument with the JSON pointer of the field, NotFound, Conflict
/// (exists already, or changed meanwhile), Unavailable as in store::Database; memory is then
/// unchanged too.
#pragma once

#include "core/model/observer.hpp"
#include "core/model/records.hpp"
#include "core/store/clock.hpp"
#include "core/store/database.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace trellis::model {

enum class RemoveKind : std::uint8_t { Hide = 1, Erase };

/// Names one connection of a device, so that a late goodbye of an old one does no harm.
using ConnectionToken = std::uint64_t;

class Directory {
public:
    explicit Directory(store::Database& database, store::Clock clock = store::systemClock());
    ~Directory(); ///< stops the writer and flushes
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;

    /// Applies the core's migrations and reads everything. Once, before anything else.
    void load();
    /// Reads the users again, after another process (trellisctl) wrote them. Observers are told.
    void reloadUsers();
    /// Starts the thread that flushes agent-made changes every `interval`.
    void startWriter(std::chrono::milliseconds interval = std::chrono::seconds(2));
    /// Writes what agents changed, now. Throws as Database does; the changes are kept for the next
    /// try.
    void flush();
    /// Observers outlive the directory or remove themselves first.
    void addObserver(Observer* observer);
    void removeObserver(Observer* observer);

    // --- Look-ups. Null when there is none. ---
    UserPtr user(std::string_view id) const;
    UserPtr userByName(std::string_view domain, std::string_view name) const; ///< any case
    GroupPtr group(std::string_view id) const;       ///< not the hidden ones
    GroupPtr hiddenGroup(std::string_view id) const; ///< only the hidden ones
    UserGroupPtr userGroup(std::string_view id) const;
    DevicePtr device(std::string_view id) const;
    Presence presence(std::string_view deviceId) const; ///< all zero when not connected or unknown
    std::vector<UserPtr> users(std::string_view domain) const;   ///< by id
    std::vector<GroupPtr> groups(std::string_view domain) const; ///< by id, without the hidden ones
    std::vector<UserGroupPtr> userGroups(std::string_view domain) const;
    std::vector<DevicePtr> devicesOf(std::string_view groupId) const; ///< by id
    std::size_t deviceCount() const;
    std::size_t connectedCount() const;
    std::size_t userCount(std::string_view domain) const;
    std::size_t fullAdminCount(std::string_view domain) const; ///< that are able to log in

    // --- Changes by people. `change` may run twice, so it only sets fields; id, domain and links
    // that it changes are ignored (links have their own functions). ---
    UserPtr addUser(User user);
    UserPtr updateUser(std::string_view id, const std::function<void(User&)>& change);
    /// With its links. `check` runs under the writer's turn and may throw to refuse.
    void removeUser(std::string_view id, const std::function<void(const User&)>& check = {});
    /// `creator` gets all rights on it. Id, creation time and creator are filled in.
    GroupPtr addGroup(Group group, const UserPtr& creator);
    GroupPtr updateGroup(std::string_view id, const std::function<void(Group&)>& change);
    /// Hide keeps the record, so that its agents revive it (section 5.3). Devices and links go
    /// either way.
    void removeGroup(std::string_view id, RemoveKind kind = RemoveKind::Hide);
    GroupPtr reviveGroup(std::string_view id);
    UserGroupPtr addUserGroup(UserGroup group);
    UserGroupPtr updateUserGroup(std::string_view id,
                                 const std::function<void(UserGroup&)>& change);
    void removeUserGroup(std::string_view id);
    DevicePtr addDevice(Device device); ///< for devices made by people; waits for the database
    DevicePtr updateDevice(std::string_view id, const std::function<void(Device&)>& change);
    DevicePtr moveDevice(std::string_view id, std::string_view groupId);
    void removeDevice(std::string_view id);

    /// Rights of `holder` (user or user group) on `target` (group or device), or membership of a
    /// user in a user group (`rights` 1). Same domain only. 0 is a link too: visible without
    /// rights.
    void setLink(std::string_view holder, std::string_view target, Rights rights);
    /// Returns false if there was none.
    bool removeLink(std::string_view holder, std::string_view target);

    // --- Changes by agents. But for enrolDevice they never block on the database. `change` runs
    // under the lock of the records: it only sets fields. ---
    /// A device that enrolled itself; stored when this returns. Worker thread: waits for the
    /// database, one transaction for all that wait. NotFound: no such group. Conflict: the device
    /// exists. Unavailable: not stored, and the device is not there.
    DevicePtr enrolDevice(Device device);
    /// Null if the device is unknown. Texts are cut to their limits rather than refused.
    DevicePtr touchDevice(std::string_view id, const std::function<void(Device&)>& change);
    /// The agent is connected (replaces an older connection of it) and verified. Sets lastConnect*.
    /// 0 if the device is unknown.
    ConnectionToken agentConnected(std::string_view deviceId, std::string address);
    /// Does nothing, and returns false, when a newer connection has taken over.
    bool agentDisconnected(std::string_view deviceId, ConnectionToken token);
    /// For other kinds of connection and for `sessions`. Does nothing if the device is unknown.
    void updatePresence(std::string_view deviceId, const std::function<void(Presence&)>& change);

    store::Database& database() const noexcept;
    std::int64_t nowMs() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace trellis::model
