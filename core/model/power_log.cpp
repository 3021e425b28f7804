#include "core/model/power_log.hpp"

#include "core/telemetry/log.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace trellis::model {

namespace {

constexpr std::chrono::seconds kBatchInterval{2};
constexpr std::int64_t kPiece = 5000; // rows in one transaction of expire()

} // namespace

PowerLog::PowerLog(Directory& directory) : directory_(directory) {
    directory_.addObserver(this);
}

PowerLog::~PowerLog() {
    directory_.removeObserver(this);
    writer_.stop();
    try {
        flush();
    } catch (const std::exception& problem) {
        telemetry::log("model").error("power states are lost at the end",
                                      {{"detail", problem.what()}});
    }
}

void PowerLog::serverStarted() {
    add({"*", directory_.nowMs(), 0});
}

void PowerLog::onPresence(const DevicePtr& device, const Presence& before, const Presence& after) {
    if (device && before.power != after.power)
        add({device->id, directory_.nowMs(), after.power});
}

void PowerLog::onDevice(const DevicePtr& before, const DevicePtr& after) {
    if (!before || after)
        return;
    writer_.start(kBatchInterval);
    const std::lock_guard lock(mutex_);
    std::erase_if(waiting_, [&](const PowerEvent& event) { return event.deviceId == before->id; });
    gone_.push_back(before->id);
}

void PowerLog::add(PowerEvent event) {
    writer_.start(kBatchInterval);
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= kMaxWaiting)
        waiting_.erase(waiting_.begin(), waiting_.begin() + kMaxWaiting / 10);
    waiting_.push_back(std::move(event));
}

void PowerLog::flush() {
    const std::lock_guard turn(flushMutex_);
    std::vector<PowerEvent> events;
    std::vector<std::string> gone;
    {
        const std::lock_guard lock(mutex_);
        events.swap(waiting_);
        gone.swap(gone_);
    }
    if (events.empty() && gone.empty())
        return;
    try {
        directory_.database().transaction([&](store::Session& session) {
            for (const auto& id : gone)
                session.run("DELETE FROM power_events WHERE device_id=?", {id});
            for (const auto& event : events)
                session.run("INSERT INTO power_events (device_id, time_ms, power) VALUES (?, ?, ?)",
                            {event.deviceId, event.timeMs, std::int64_t{event.power}});
        });
    } catch (...) {
        const std::lock_guard lock(mutex_);
        waiting_.insert(waiting_.begin(), events.begin(), events.end());
        gone_.insert(gone_.begin(), gone.begin(), gone.end());
        throw;
    }
}

std::vector<PowerEvent> PowerLog::of(std::string_view deviceId) {
    flush();
    std::vector<PowerEvent> events;
    directory_.database().read([&](store::Session& session) {
        session.query("SELECT device_id, time_ms, power FROM power_events "
                      "WHERE device_id=? OR device_id='*' ORDER BY time_ms DESC LIMIT ?",
                      {std::string(deviceId), static_cast<std::int64_t>(kMostOfOne)},
                      [&](const store::Row& row) {
                          events.push_back({row.text(0), row.integer(1),
                                            static_cast<std::uint32_t>(row.integer(2))});
                      });
    });
    std::reverse(events.begin(), events.end());
    return events;
}

std::size_t PowerLog::expire(std::chrono::hours age) {
    const auto oldest = directory_.nowMs() -
                        std::chrono::duration_cast<std::chrono::milliseconds>(age).count();
    std::size_t total = 0;
    for (;;) {
        std::size_t removed = 0;
        directory_.database().transaction([&](store::Session& session) {
            removed = session.run("DELETE FROM power_events WHERE number IN (SELECT number FROM "
                                  "power_events WHERE time_ms<? LIMIT ?)",
                                  {oldest, kPiece});
        });
        total += removed;
        if (removed < static_cast<std::size_t>(kPiece))
            return total;
    }
}

boost::json::array powerTimeline(const std::vector<PowerEvent>& events, std::uint32_t powerNow,
                                 std::int64_t nowMs) {
    constexpr std::int64_t kShortMs = 120'000;
    boost::json::array line;
    std::int64_t sinceMs = 0;
    std::uint32_t state = 0;
    for (std::size_t i = 0; i < events.size(); ++i) {
        const auto& event = events[i];
        if (event.power == state)
            continue;
        if (line.empty()) {
            line = {state, event.timeMs / 1000, event.power};
        } else {
            const bool isShort =
                i + 1 < events.size() && events[i + 1].timeMs - event.timeMs < kShortMs;
            if (isShort)
                continue;
            line.emplace_back((event.timeMs - sinceMs) / 1000);
            line.emplace_back(event.power);
        }
        sinceMs = event.timeMs;
        state = event.power;
    }
    if (line.empty())
        return {powerNow, nowMs, powerNow};
    return line;
}

} // namespace trellis::model
