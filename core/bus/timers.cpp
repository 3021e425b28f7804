#include "core/bus/timers.hpp"

#include <algorithm>

#include <pthread.h>

namespace trellis::bus {

struct Timers::Entry {
    std::mutex mutex;
    std::condition_variable finished;
    bool isWithdrawn = false;
    bool isRunning = false;
    std::thread::id runner;
    std::chrono::milliseconds period{0};
    Run run;
    std::function<void()> callback;
};

class Timers::Owner final : public sdk::Handle {
public:
    explicit Owner(std::shared_ptr<Entry> entry) : entry_(std::move(entry)) {}
    ~Owner() override {
        std::unique_lock lock(entry_->mutex);
        entry_->isWithdrawn = true;
        if (entry_->isRunning && entry_->runner == std::this_thread::get_id()) return;
        // A callback that was handed over but not yet begun sees isWithdrawn and does nothing.
        entry_->finished.wait(lock, [this] {
            return !entry_->isRunning || entry_->runner == std::thread::id{};
        });
    }

private:
    std::shared_ptr<Entry> entry_;
};

Timers::Timers() : thread_([this] { loop(); }) {
    pthread_setname_np(thread_.native_handle(), "timers");
}

Timers::~Timers() {
    stop();
}

void Timers::stop() {
    {
        const std::scoped_lock lock(mutex_);
        if (isStopping_) return;
        isStopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

sdk::HandlePtr Timers::after(std::chrono::milliseconds delay, Run run,
                             std::function<void()> callback) {
    return add(delay, std::chrono::milliseconds(0), std::move(run), std::move(callback));
}

sdk::HandlePtr Timers::every(std::chrono::milliseconds period, Run run,
                             std::function<void()> callback) {
    const auto atLeast = std::max(period, std::chrono::milliseconds(1));
    return add(atLeast, atLeast, std::move(run), std::move(callback));
}

sdk::HandlePtr Timers::add(std::chrono::milliseconds delay, std::chrono::milliseconds period,
                           Run run, std::function<void()> callback) {
    auto entry = std::make_shared<Entry>();
    entry->period = period;
    entry->run = std::move(run);
    entry->callback = std::move(callback);
    {
        const std::scoped_lock lock(mutex_);
        due_.emplace(std::chrono::steady_clock::now() + delay, entry);
    }
    wake_.notify_one();
    return std::make_unique<Owner>(std::move(entry));
}

void Timers::fire(const std::shared_ptr<Entry>& entry) {
    {
        const std::scoped_lock lock(entry->mutex);
        if (entry->isWithdrawn || entry->isRunning) return;
        entry->isRunning = true;
        entry->runner = {};
    }
    const auto finish = [entry] {
        const std::scoped_lock lock(entry->mutex);
        entry->isRunning = false;
        entry->runner = {};
        entry->finished.notify_all();
    };
    const bool isTaken = entry->run([entry, finish] {
        bool isWithdrawn = false;
        {
            const std::scoped_lock lock(entry->mutex);
            isWithdrawn = entry->isWithdrawn;
            if (!isWithdrawn) entry->runner = std::this_thread::get_id();
        }
        if (isWithdrawn) {
            finish();
            return;
        }
        try {
            entry->callback();
        } catch (...) {
            finish();
            throw;  // the pool logs and counts it
        }
        finish();
    });
    if (!isTaken) finish();
}

void Timers::loop() {
    std::unique_lock lock(mutex_);
    while (!isStopping_) {
        if (due_.empty()) {
            wake_.wait(lock);
            continue;
        }
        const auto next = due_.begin()->first;
        if (std::chrono::steady_clock::now() < next) {
            wake_.wait_until(lock, next);
            continue;
        }
        auto entry = due_.begin()->second;
        due_.erase(due_.begin());
        lock.unlock();
        fire(entry);
        bool isRepeated = entry->period.count() > 0;
        if (isRepeated) {
            const std::scoped_lock entryLock(entry->mutex);
            isRepeated = !entry->isWithdrawn;
        }
        lock.lock();
        if (!isRepeated) continue;
        // After a long stall the periods that were missed are skipped, not made up for.
        const auto base = std::max(next, std::chrono::steady_clock::now() - entry->period);
        due_.emplace(base + entry->period, entry);
    }
}

}  // namespace trellis::bus
