#include "core/model/directory_impl.hpp"

#include "core/model/ids.hpp"
#include "core/model/rows.hpp"

#include <trellis/sdk/error.hpp>

namespace trellis::model {

namespace {

// People wait for the one before them, who waits for the database's locks (store::DatabaseOptions).
constexpr std::chrono::seconds kTurnPatience{20};
// Rows in one transaction of a flush, so that people get their turn in between.
constexpr std::size_t kFlushPiece = 1000;

} // namespace

Directory::Impl::Impl(store::Database& database, store::Clock clock)
    : database_(database), clock_(std::move(clock)) {}

void Directory::Impl::takeTurn() {
    if (!turn_.take(kTurnPatience))
        throw sdk::Error(sdk::ErrorCode::Unavailable,
                         "too many changes are waiting for the database; nothing was saved");
}

std::vector<DevicePtr> Directory::Impl::takeDirty(std::size_t limit) {
    const std::unique_lock lock(mutex_);
    std::vector<DevicePtr> records;
    while (!dirty_.empty() && records.size() < limit) {
        const auto first = dirty_.begin();
        if (const auto* entry = state_.device(*first))
            records.push_back(entry->record);
        dirty_.erase(first);
    }
    return records;
}

bool Directory::Impl::flushPiece() {
    takeTurn();
    const store::TurnGuard guard(turn_);
    const auto records = takeDirty(kFlushPiece);
    if (records.empty())
        return false;
    try {
        write([&](store::Session& session) {
            for (const auto& record : records)
                rows::write(session, *record);
        });
    } catch (...) {
        const std::unique_lock lock(mutex_);
        for (const auto& record : records)
            dirty_.insert(record->id);
        throw;
    }
    return true;
}

void Directory::Impl::flush() {
    while (flushPiece()) {
    }
}

void Directory::Impl::put(State& state, UserPtr user) {
    notifier_.push([before = state.user(user->id), after = user](Observer& observer) {
        observer.onUser(before, after);
    });
    state.put(std::move(user));
}

void Directory::Impl::put(State& state, GroupPtr group) {
    notifier_.push([before = state.group(group->id), after = group](Observer& observer) {
        observer.onGroup(before, after);
    });
    state.put(std::move(group));
}

void Directory::Impl::put(State& state, UserGroupPtr group) {
    notifier_.push([before = state.userGroup(group->id), after = group](Observer& observer) {
        observer.onUserGroup(before, after);
    });
    state.put(std::move(group));
}

void Directory::Impl::put(State& state, DevicePtr device) {
    const auto* entry = state.device(device->id);
    notifier_.push([before = entry == nullptr ? nullptr : entry->record,
                    after = device](Observer& observer) { observer.onDevice(before, after); });
    state.put(std::move(device));
}

void Directory::Impl::erase(State& state, UserPtr user) {
    state.eraseUser(user->id);
    notifier_.push([user](Observer& observer) { observer.onUser(user, nullptr); });
}

void Directory::Impl::erase(State& state, GroupPtr group) {
    state.eraseGroup(group->id);
    notifier_.push([group](Observer& observer) { observer.onGroup(group, nullptr); });
}

void Directory::Impl::erase(State& state, UserGroupPtr group) {
    state.eraseUserGroup(group->id);
    notifier_.push([group](Observer& observer) { observer.onUserGroup(group, nullptr); });
}

void Directory::Impl::erase(State& state, DevicePtr device) {
    if (auto* entry = state.device(device->id))
        setPresence(state, *entry, {});
    state.eraseDevice(device->id);
    dirty_.erase(device->id);
    notifier_.push([device](Observer& observer) { observer.onDevice(device, nullptr); });
}

void Directory::Impl::setPresence(State& state, DeviceEntry& entry, Presence presence) {
    if (entry.presence == presence)
        return;
    notifier_.push([record = entry.record, before = entry.presence, after = presence](
                       Observer& observer) { observer.onPresence(record, before, after); });
    state.setPresence(entry, std::move(presence));
}

} // namespace trellis::model
