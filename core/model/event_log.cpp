#include "core/model/event_log.hpp"

#include "core/model/batch_writer.hpp"
#include "core/model/event_rows.hpp"
#include "core/model/limits.hpp"
#include "core/model/text.hpp"
#include "core/telemetry/log.hpp"

#include <trellis/sdk/error.hpp>

#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>

namespace trellis::model {

namespace {

constexpr std::size_t kPiece = 5000; // rows in one transaction of flush() and expire()
constexpr std::chrono::seconds kBatchInterval{2};
constexpr std::size_t kMaxLimit = 10'000;

} // namespace

void tidy(Event& event, std::int64_t now) {
    if (event.action.empty() || event.action.size() > 64)
        throw sdk::Error(sdk::ErrorCode::Internal, "an event's action has 1 to 64 characters");
    if (event.timeMs == 0)
        event.timeMs = now;
    event.msg = cleanText(event.msg, 4096);
    event.userName = cleanText(event.userName, 256);
    for (const auto* id : {&event.userId, &event.deviceId, &event.groupId})
        if (!id->empty())
            event.targets.push_back(*id);
    std::sort(event.targets.begin(), event.targets.end());
    event.targets.erase(std::unique(event.targets.begin(), event.targets.end()),
                        event.targets.end());
    if (event.extra.size() > 64)
        event.extra.clear();
}

class EventLog::Impl {
public:
    Impl(store::Database& database, store::Clock clock)
        : database_(database), clock_(std::move(clock)) {}

    void record(Event event, Durability durability) {
        tidy(event, clock_());
        if (durability == Durability::Now) {
            flush(); // so that numbers follow the order of things
            database_.transaction([&](store::Session& session) { rows::write(session, event); });
            tell(event);
            return;
        }
        tell(event);
        writer_.start(kBatchInterval);
        if (add(std::move(event)))
            return;
        try {
            if (!isFailing_) // else every caller would wait for the same locked database
                flush();
        } catch (const std::exception&) {
            // They wait on; the surplus goes.
        }
        dropSurplus();
    }

    void stop() noexcept { writer_.stop(); }
    void onRecorded(std::function<void(const Event&)> told) { told_ = std::move(told); }

    void flush() {
        const std::lock_guard turn(flushMutex_);
        while (true) {
            const auto piece = take();
            if (piece.empty()) {
                isFailing_ = false;
                return;
            }
            try {
                database_.transaction([&](store::Session& session) {
                    for (const auto& event : piece)
                        rows::write(session, event);
                });
            } catch (...) {
                isFailing_ = true;
                giveBack(piece);
                throw;
            }
        }
    }

    std::vector<Event> query(EventFilter filter) {
        flush();
        filter.limit = std::clamp<std::size_t>(filter.limit, 1, kMaxLimit);
        std::vector<Event> result;
        database_.read(
            [&](store::Session& session) { result = rows::readEvents(session, filter); });
        return result;
    }

    std::size_t expire(const EventRetention& retention) {
        const auto oldest =
            clock_() - std::chrono::duration_cast<std::chrono::milliseconds>(retention.age).count();
        std::size_t total = 0;
        while (true) {
            std::size_t removed = 0;
            database_.transaction([&](store::Session& session) {
                removed = rows::expireEvents(session, oldest, retention.count, kPiece);
            });
            total += removed;
            if (removed < kPiece)
                return total;
        }
    }

    std::uint64_t dropped() const {
        const std::lock_guard lock(mutex_);
        return dropped_;
    }

private:
    void tell(const Event& event) const {
        if (told_)
            told_(event);
    }

    /// False when the queue is full now.
    bool add(Event event) {
        const std::lock_guard lock(mutex_);
        waiting_.push_back(std::move(event));
        return waiting_.size() < kMaxWaiting;
    }

    void dropSurplus() {
        const std::lock_guard lock(mutex_);
        std::size_t surplus = 0;
        for (; waiting_.size() >= kMaxWaiting; ++surplus)
            waiting_.pop_front();
        if (surplus != 0 && dropped_ == 0)
            telemetry::log("model").error("events are being lost: the database takes no more");
        dropped_ += surplus;
    }

    std::vector<Event> take() {
        const std::lock_guard lock(mutex_);
        const auto count = std::min(kPiece, waiting_.size());
        const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
        std::vector<Event> piece(std::make_move_iterator(waiting_.begin()),
                                 std::make_move_iterator(end));
        waiting_.erase(waiting_.begin(), end);
        return piece;
    }

    void giveBack(const std::vector<Event>& piece) {
        {
            const std::lock_guard lock(mutex_);
            waiting_.insert(waiting_.begin(), piece.begin(), piece.end());
        }
        dropSurplus();
    }

    store::Database& database_;
    store::Clock clock_;
    std::function<void(const Event&)> told_; // set before use
    std::mutex flushMutex_;    // one flush at a time; taken before mutex_, held across disk I/O
    mutable std::mutex mutex_; // guards waiting_ and dropped_
    std::deque<Event> waiting_;
    std::uint64_t dropped_ = 0;
    std::atomic<bool> isFailing_ = false; // the last flush failed
    BatchWriter writer_{"events", [this] { flush(); }};
};

EventLog::EventLog(store::Database& database, store::Clock clock)
    : impl_(std::make_unique<Impl>(database, std::move(clock))) {}

EventLog::~EventLog() {
    impl_->stop();
    try {
        impl_->flush();
    } catch (const std::exception& problem) {
        telemetry::log("model").error("events are lost at the end", {{"detail", problem.what()}});
    }
}

void EventLog::record(Event event, Durability durability) {
    impl_->record(std::move(event), durability);
}

void EventLog::onRecorded(std::function<void(const Event&)> told) {
    impl_->onRecorded(std::move(told));
}
std::vector<Event> EventLog::query(const EventFilter& filter) {
    return impl_->query(filter);
}
void EventLog::flush() {
    impl_->flush();
}
std::size_t EventLog::expire(const EventRetention& retention) {
    return impl_->expire(retention);
}
std::uint64_t EventLog::droppedCount() const {
    return impl_->dropped();
}

} // namespace trellis::model
