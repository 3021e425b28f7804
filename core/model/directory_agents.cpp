// Changes by agents: memory now, the database with the next flush. Only an enrolment waits for it.
#include "core/model/directory_impl.hpp"

#include "core/model/ids.hpp"
#include "core/model/limits.hpp"
#include "core/model/text.hpp"

#include <trellis/sdk/error.hpp>

namespace trellis::model {

namespace {

using sdk::Error;
using sdk::ErrorCode;

} // namespace

DevicePtr Directory::enrolDevice(Device device) {
    device.links.clear();
    const auto now = nowMs();
    if (device.createdMs == 0)
        device.createdMs = now;
    clean(device, Device{});
    check(device);
    const auto record = std::make_shared<const Device>(std::move(device));
    impl_->change([&](State& state) {
        const auto group = state.group(record->groupId);
        if (group == nullptr || group->deletedMs != 0)
            throw Error(ErrorCode::NotFound, "no such device group", "/meshid");
        if (state.device(record->id) != nullptr)
            throw Error(ErrorCode::Conflict, "the device exists already", "/nodeid");
        impl_->put(state, record);
        impl_->markDirty(record->id);
    });
    try {
        impl_->flush(); // together with all that enrol meanwhile
    } catch (...) {
        impl_->change([&](State& state) {
            if (const auto* entry = state.device(record->id))
                impl_->erase(state, DevicePtr(entry->record));
        });
        throw;
    }
    return record;
}

DevicePtr Directory::touchDevice(std::string_view id, const std::function<void(Device&)>& change) {
    DevicePtr result;
    impl_->change([&](State& state) {
        const auto* entry = state.device(id);
        if (entry == nullptr)
            return;
        const auto before = entry->record;
        auto after = std::make_shared<Device>(*before);
        change(*after);
        after->id = before->id;
        after->domain = before->domain;
        after->groupId = before->groupId;
        after->links = before->links;
        clean(*after, *before);
        result = before;
        if (*after == *before)
            return;
        result = after;
        impl_->put(state, result);
        impl_->markDirty(result->id);
    });
    return result;
}

ConnectionToken Directory::agentConnected(std::string_view deviceId, std::string address) {
    ConnectionToken token = 0;
    const auto now = nowMs();
    address = cleanText(address, 64);
    impl_->change([&](State& state) {
        auto* entry = state.device(deviceId);
        if (entry == nullptr)
            return;
        token = ++impl_->lastToken_;
        entry->token = token;
        auto record = std::make_shared<Device>(*entry->record);
        record->lastConnectMs = now;
        record->lastSeenMs = now;
        record->lastAddress = address;
        // Not told as a change of the record: onPresence says it, and every reconnect would be an
        // event.
        state.put(DevicePtr(std::move(record)));
        auto presence = entry->presence;
        presence.connection |= connection::kAgent;
        presence.power = 1;
        presence.agentSinceMs = now;
        presence.address = std::move(address);
        presence.sessions.clear();
        impl_->setPresence(state, *entry, std::move(presence));
        impl_->markDirty(entry->record->id);
    });
    return token;
}

bool Directory::agentDisconnected(std::string_view deviceId, ConnectionToken token) {
    bool isDone = false;
    const auto now = nowMs();
    impl_->change([&](State& state) {
        auto* entry = state.device(deviceId);
        if (entry == nullptr || token == 0 || entry->token != token)
            return;
        entry->token = 0;
        auto record = std::make_shared<Device>(*entry->record);
        record->lastSeenMs = now;
        state.put(DevicePtr(std::move(record)));
        auto presence = entry->presence;
        presence.connection &= ~connection::kAgent;
        presence.agentSinceMs = 0;
        presence.address.clear();
        presence.sessions.clear();
        if (presence.connection == 0)
            presence.power = 0;
        impl_->setPresence(state, *entry, std::move(presence));
        impl_->markDirty(entry->record->id);
        isDone = true;
    });
    return isDone;
}

void Directory::updatePresence(std::string_view deviceId,
                               const std::function<void(Presence&)>& change) {
    impl_->change([&](State& state) {
        auto* entry = state.device(deviceId);
        if (entry == nullptr)
            return;
        auto presence = entry->presence;
        change(presence);
        impl_->setPresence(state, *entry, std::move(presence));
    });
}

} // namespace trellis::model
