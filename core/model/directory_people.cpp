// Changes by people: first the database, then memory, then the observers.
#include "core/model/directory_impl.hpp"

#include "core/model/ids.hpp"
#include "core/model/limits.hpp"
#include "core/model/rows.hpp"

#include <trellis/sdk/error.hpp>

namespace trellis::model {

namespace {

using sdk::Error;
using sdk::ErrorCode;

template <class Ptr> const Ptr& require(const Ptr& record, const char* what) {
    if (record == nullptr)
        throw Error(ErrorCode::NotFound, std::string("no such ") + what);
    return record;
}

/// What a caller's `change` may not touch.
void keepIdentity(User& after, const User& before) {
    after.id = before.id;
    after.domain = before.domain;
    after.links = before.links;
}
void keepIdentity(Group& after, const Group& before) {
    after.id = before.id;
    after.domain = before.domain;
    after.links = before.links;
    after.deletedMs = before.deletedMs;
}
void keepIdentity(UserGroup& after, const UserGroup& before) {
    after.id = before.id;
    after.domain = before.domain;
    after.links = before.links;
    after.users = before.users;
}
void keepIdentity(Device& after, const Device& before) {
    after.id = before.id;
    after.domain = before.domain;
    after.links = before.links;
    after.groupId = before.groupId;
}

template <class Record>
std::shared_ptr<const Record> changed(const std::shared_ptr<const Record>& before,
                                      const std::function<void(Record&)>& change) {
    auto after = std::make_shared<Record>(*before);
    change(*after);
    keepIdentity(*after, *before);
    check(*after);
    return after;
}

} // namespace

UserPtr Directory::addUser(User user) {
    user.id = userId(user.domain, user.name);
    user.links.clear();
    if (user.createdS == 0)
        user.createdS = nowMs() / 1000;
    check(user);
    const auto record = std::make_shared<const User>(std::move(user));
    impl_->inTurn([&] {
        if (this->user(record->id) != nullptr)
            throw Error(ErrorCode::Conflict, "User already exists", "/username");
        impl_->write([&](store::Session& session) { rows::write(session, *record); });
        impl_->commit([&](State& state) { impl_->put(state, record); });
    });
    return record;
}

UserPtr Directory::updateUser(std::string_view id, const std::function<void(User&)>& change) {
    UserPtr after;
    impl_->inTurn([&] {
        const auto before = require(user(id), "user");
        after = changed(before, change);
        if (*after == *before)
            return;
        impl_->write([&](store::Session& session) { rows::write(session, *after); });
        impl_->commit([&](State& state) { impl_->put(state, after); });
    });
    return after;
}

void Directory::removeUser(std::string_view id, const std::function<void(const User&)>& check) {
    impl_->inTurn([&] {
        const auto before = require(user(id), "user");
        if (check)
            check(*before);
        impl_->write([&](store::Session& session) { rows::removeUser(session, before->id); });
        impl_->commit([&](State& state) {
            impl_->unlinkAll(state, before->id);
            impl_->erase(state, state.user(before->id));
        });
    });
}

GroupPtr Directory::addGroup(Group group, const UserPtr& creator) {
    if (creator != nullptr) {
        group.domain = creator->domain;
        group.creatorId = creator->id;
        group.creatorName = creator->name;
    }
    group.id = newId(IdKind::Group, group.domain);
    group.links.clear();
    group.createdMs = nowMs();
    group.deletedMs = 0;
    check(group);
    const auto id = group.id;
    const auto record = std::make_shared<const Group>(std::move(group));
    impl_->inTurn([&] {
        if (creator != nullptr)
            require(user(creator->id), "user");
        impl_->write([&](store::Session& session) {
            rows::write(session, *record);
            if (creator != nullptr)
                rows::writeLink(session, creator->id, id, right::kGroupAdmin);
        });
        impl_->commit([&](State& state) {
            impl_->put(state, record);
            if (creator != nullptr)
                impl_->link(state, creator->id, id, right::kGroupAdmin);
        });
    });
    return this->group(id);
}

GroupPtr Directory::updateGroup(std::string_view id, const std::function<void(Group&)>& change) {
    GroupPtr after;
    impl_->inTurn([&] {
        const auto before = require(group(id), "device group");
        after = changed(before, change);
        if (*after == *before)
            return;
        impl_->write([&](store::Session& session) { rows::write(session, *after); });
        impl_->commit([&](State& state) { impl_->put(state, after); });
    });
    return after;
}

void Directory::removeGroup(std::string_view id, RemoveKind kind) {
    impl_->inTurn([&] {
        const auto before = require(group(id), "device group");
        auto hidden = std::make_shared<Group>(*before);
        hidden->links.clear();
        hidden->deletedMs = nowMs();
        const auto devices = devicesOf(before->id);
        impl_->write([&](store::Session& session) {
            for (const auto& device : devices)
                rows::removeDevice(session, device->id);
            rows::removeBelongings(session, before->id);
            if (kind == RemoveKind::Hide)
                rows::write(session, *hidden);
            else
                rows::removeGroup(session, before->id);
        });
        impl_->commit([&](State& state) {
            // Also those that enrolled since: they are in memory only.
            for (const auto& device : state.devicesOf(before->id)) {
                impl_->unlinkAll(state, device->id);
                impl_->erase(state, state.device(device->id)->record);
            }
            impl_->unlinkAll(state, before->id);
            impl_->erase(state, state.group(before->id));
            if (kind == RemoveKind::Hide)
                state.put(GroupPtr(hidden));
        });
    });
}

GroupPtr Directory::reviveGroup(std::string_view id) {
    GroupPtr record;
    impl_->inTurn([&] {
        auto after = std::make_shared<Group>(*require(hiddenGroup(id), "hidden device group"));
        after->deletedMs = 0;
        record = after;
        impl_->write([&](store::Session& session) { rows::write(session, *record); });
        impl_->commit([&](State& state) {
            state.eraseGroup(record->id); // observers hear of it as of a new one
            impl_->put(state, record);
        });
    });
    return record;
}

UserGroupPtr Directory::addUserGroup(UserGroup group) {
    group.id = newId(IdKind::UserGroup, group.domain);
    group.links.clear();
    group.users.clear();
    check(group);
    const auto record = std::make_shared<const UserGroup>(std::move(group));
    impl_->inTurn([&] {
        impl_->write([&](store::Session& session) { rows::write(session, *record); });
        impl_->commit([&](State& state) { impl_->put(state, record); });
    });
    return record;
}

UserGroupPtr Directory::updateUserGroup(std::string_view id,
                                        const std::function<void(UserGroup&)>& change) {
    UserGroupPtr after;
    impl_->inTurn([&] {
        const auto before = require(userGroup(id), "user group");
        after = changed(before, change);
        if (*after == *before)
            return;
        impl_->write([&](store::Session& session) { rows::write(session, *after); });
        impl_->commit([&](State& state) { impl_->put(state, after); });
    });
    return after;
}

void Directory::removeUserGroup(std::string_view id) {
    impl_->inTurn([&] {
        const auto before = require(userGroup(id), "user group");
        impl_->write([&](store::Session& session) { rows::removeUserGroup(session, before->id); });
        impl_->commit([&](State& state) {
            impl_->unlinkAll(state, before->id);
            impl_->erase(state, state.userGroup(before->id));
        });
    });
}

DevicePtr Directory::addDevice(Device device) {
    device.links.clear();
    if (device.id.empty())
        device.id = newId(IdKind::Device, device.domain);
    if (device.createdMs == 0)
        device.createdMs = nowMs();
    check(device);
    const auto record = std::make_shared<const Device>(std::move(device));
    impl_->inTurn([&] {
        require(group(record->groupId), "device group");
        if (this->device(record->id) != nullptr)
            throw Error(ErrorCode::Conflict, "the device exists already", "/nodeid");
        impl_->write([&](store::Session& session) { rows::write(session, *record); });
        impl_->commit([&](State& state) {
            // An agent may have enrolled with this id since; then that record is the newer one.
            if (state.device(record->id) == nullptr)
                impl_->put(state, record);
        });
    });
    return this->device(record->id);
}

DevicePtr Directory::updateDevice(std::string_view id, const std::function<void(Device&)>& change) {
    DevicePtr after;
    impl_->inTurn([&] {
        const auto before = require(device(id), "device");
        after = changed(before, change);
        if (*after == *before)
            return;
        impl_->write([&](store::Session& session) { rows::write(session, *after); });
        impl_->commit([&](State& state) {
            // The agent may have changed other fields meanwhile: those stay, and the row is behind.
            const auto& current = state.device(before->id)->record;
            if (current != before) {
                after = changed(current, change);
                impl_->markDirty(after->id);
            }
            impl_->put(state, after);
        });
    });
    return after;
}

DevicePtr Directory::moveDevice(std::string_view id, std::string_view groupId) {
    DevicePtr after;
    impl_->inTurn([&] {
        const auto before = require(device(id), "device");
        const auto target = require(group(groupId), "device group");
        if (target->domain != before->domain)
            throw Error(ErrorCode::InvalidArgument, "Invalid domain", "/meshid");
        auto moved = std::make_shared<Device>(*before);
        moved->groupId = target->id;
        impl_->write([&](store::Session& session) { rows::write(session, *moved); });
        impl_->commit([&](State& state) {
            auto current = std::make_shared<Device>(*state.device(before->id)->record);
            current->groupId = target->id;
            if (*current != *moved)
                impl_->markDirty(current->id);
            after = current;
            impl_->put(state, after);
        });
    });
    return after;
}

void Directory::removeDevice(std::string_view id) {
    impl_->inTurn([&] {
        const auto before = require(device(id), "device");
        impl_->write([&](store::Session& session) { rows::removeDevice(session, before->id); });
        impl_->commit([&](State& state) {
            impl_->unlinkAll(state, before->id);
            impl_->erase(state, state.device(before->id)->record);
        });
    });
}

} // namespace trellis::model
