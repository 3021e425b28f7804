/// The audit and event log (control-protocol.md sections 2.5 and 5.9).
#pragma once

#include "core/store/clock.hpp"
#include "core/store/database.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace trellis::model {

/// One line. `extra` holds the members of section 2.5 beyond these (`msgid`, `msgArgs`, `ip`...).
struct Event {
    std::int64_t number = 0; ///< given by the log, increasing
    std::int64_t timeMs = 0; ///< 0: now
    std::string domain;
    std::string etype;  ///< "user", "mesh", "node", "ugrp", "relay", "server" or ""
    std::string action; ///< 1..64 characters
    std::string userId; ///< who did it, "" = the server
    std::string userName;
    std::string deviceId;
    std::string groupId;
    std::string msg; ///< English text, up to 4096 bytes
    std::vector<std::string>
        targets; ///< ids that may see it; `*` = admins only. User, device and group are added
    boost::json::object extra;
};

/// Which events. Empty members do not filter.
struct EventFilter {
    std::string domain{};
    std::vector<std::string> targets{}; ///< one of these; containing `*` means the whole domain
    std::string userId{};
    std::string deviceId{};
    std::string action{};
    std::int64_t sinceMs = 0;
    std::int64_t untilMs = 0;      ///< 0: no end
    std::int64_t beforeNumber = 0; ///< for paging: only older ones
    std::size_t limit = 100;       ///< 1..10000
};

struct EventRetention {
    std::chrono::hours age{24 * 20}; ///< section 5.1
    std::int64_t count = 1'000'000;
};

enum class Durability : std::uint8_t {
    Batched = 1, ///< in memory, written with the next batch (within 2 s)
    Now,         ///< on disk when record() returns; throws as Database does
};

/// Any thread. At most kMaxWaiting events wait for a batch, which a thread of the log writes; when
/// full, record() writes the batch itself, and if the database refuses, the oldest go and
/// droppedCount() counts them.
class EventLog {
public:
    static constexpr std::size_t kMaxWaiting = 10'000;
    explicit EventLog(store::Database& database, store::Clock clock = store::systemClock());
    ~EventLog();

    void record(Event event, Durability durability = Durability::Batched);
    /// Told of each event once it was taken, on the thread that recorded it and with no lock held;
    /// must neither block nor throw. Set before the first record().
    void onRecorded(std::function<void(const Event&)> told);
    /// Newest first. Includes what still waits (it is written first).
    std::vector<Event> query(const EventFilter& filter);
    void flush();
    /// Removes what is older or beyond. Returns how many. In pieces of 5,000 so that writers get a
    /// turn.
    std::size_t expire(const EventRetention& retention);
    std::uint64_t droppedCount() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace trellis::model
