/// How Directory keeps memory and database in step. Internal to core/model.
///
/// Two locks. `turn_` lets one change by people (or one flush) at a time go through the database;
/// it is held across disk I/O. `mutex_` guards memory and is held for hash look-ups only. Order:
/// turn_ first.
#pragma once

#include "core/model/batch_writer.hpp"
#include "core/model/notifier.hpp"
#include "core/model/state.hpp"
#include "core/store/turn.hpp"

#include <shared_mutex>

namespace trellis::model {

class Directory::Impl {
public:
    Impl(store::Database& database, store::Clock clock);

    void flush();

    /// Reads memory.
    template <class Work> auto look(const Work& work) const {
        const std::shared_lock lock(mutex_);
        return work(static_cast<const State&>(state_));
    }
    /// Changes memory, then tells the observers.
    template <class Work> void change(const Work& work) {
        {
            const std::unique_lock lock(mutex_);
            work(state_);
        }
        notifier_.drain();
    }
    /// Waits for the turn; `work` may then write to the database. Observers hear of it after the
    /// turn.
    template <class Work> void inTurn(const Work& work) {
        {
            takeTurn();
            const store::TurnGuard guard(turn_);
            work();
        }
        notifier_.drain();
    }
    void write(const std::function<void(store::Session&)>& work) { database_.transaction(work); }

    // Put the record into memory and tell; inside commit(), `before` is looked up.
    void put(State& state, UserPtr user);
    void put(State& state, GroupPtr group);
    void put(State& state, UserGroupPtr group);
    void put(State& state, DevicePtr device);
    // By value: a reference into `state` would not survive the erasing.
    void erase(State& state, UserPtr user);
    void erase(State& state, GroupPtr group);
    void erase(State& state, UserGroupPtr group);
    void erase(State& state, DevicePtr device);
    void setPresence(State& state, DeviceEntry& entry, Presence presence);
    /// Memory only, both sides of a link. Unknown sides are skipped.
    void link(State& state, std::string_view holder, std::string_view target, Rights rights);
    bool unlink(State& state, std::string_view holder, std::string_view target);
    /// All links from and to `id`.
    void unlinkAll(State& state, std::string_view id);
    /// The device's row is older than memory.
    void markDirty(std::string id) { dirty_.insert(std::move(id)); }

    /// Changes memory without telling: inside inTurn(), which tells afterwards.
    template <class Work> void commit(const Work& work) {
        const std::unique_lock lock(mutex_);
        work(state_);
    }

    store::Database& database_;
    store::Clock clock_;
    Notifier notifier_;
    ConnectionToken lastToken_ = 0; // guarded by mutex_
    BatchWriter writer_{"device changes", [this] { flush(); }};

private:
    void takeTurn();
    std::vector<DevicePtr> takeDirty(std::size_t limit);
    bool flushPiece();
    template <class Ptr>
    void editLinks(State& state, const Ptr& before, std::string_view other, const Rights* rights);
    void editSide(State& state, std::string_view id, std::string_view other, const Rights* rights);

    store::Turn turn_{1};
    mutable std::shared_mutex mutex_; // guards state_, dirty_, lastToken_
    State state_;
    TextSet dirty_;
};

} // namespace trellis::model
