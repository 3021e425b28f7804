#include "core/bus/strand.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>

#include <Poco/Exception.h>

#include "core/telemetry/log.hpp"

namespace trellis::bus {
namespace {

constexpr int kTasksPerTurn = 32;
thread_local const void* currentStrand = nullptr;

}  // namespace

struct Strand::State : std::enable_shared_from_this<State> {
    State(WorkerPool& p, std::size_t l) : pool(p), limit(l) {}

    /// Runs up to kTasksPerTurn tasks, then hands the turn back to the pool if some are left.
    void turn() {
        currentStrand = this;
        for (int i = 0; i < kTasksPerTurn; ++i) {
            Task task;
            {
                const std::scoped_lock lock(mutex);
                if (tasks.empty()) break;
                task = std::move(tasks.front());
                tasks.pop_front();
            }
            runOne(task);
        }
        currentStrand = nullptr;
        const std::scoped_lock lock(mutex);
        if (!tasks.empty() && schedule()) return;
        isScheduled = false;
        idle.notify_all();
    }

    static void runOne(const Task& task) {
        try {
            task();
        } catch (const Poco::Exception& e) {
            telemetry::log("bus").error("strand task failed", {{"error", e.displayText()}});
        } catch (const std::exception& e) {
            telemetry::log("bus").error("strand task failed", {{"error", e.what()}});
        } catch (...) {
            telemetry::log("bus").error("strand task failed", {{"error", "foreign exception"}});
        }
    }

    bool schedule() {
        return pool.postTurn([self = shared_from_this()] { self->turn(); });
    }

    WorkerPool& pool;
    const std::size_t limit;
    mutable std::mutex mutex;
    std::condition_variable idle;
    std::deque<Task> tasks;
    bool isScheduled = false;
    bool isClosed = false;
};

Strand::Strand(WorkerPool& pool, std::size_t limit) : state_(std::make_shared<State>(pool, limit)) {}

Strand::~Strand() = default;

bool Strand::post(Task task) {
    const std::scoped_lock lock(state_->mutex);
    if (state_->isClosed || state_->tasks.size() >= state_->limit) return false;
    state_->tasks.push_back(std::move(task));
    if (state_->isScheduled) return true;
    state_->isScheduled = state_->schedule();
    if (!state_->isScheduled) state_->tasks.pop_back();
    return state_->isScheduled;
}

void Strand::close() {
    std::deque<Task> dropped;  // destroyed outside the lock: a task may own anything
    {
        const std::scoped_lock lock(state_->mutex);
        state_->isClosed = true;
        dropped.swap(state_->tasks);
    }
}

bool Strand::drain(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(state_->mutex);
    return state_->idle.wait_until(lock, deadline, [this] { return !state_->isScheduled; });
}

std::size_t Strand::waiting() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->tasks.size();
}

bool Strand::isCurrent() const noexcept {
    return currentStrand == state_.get();
}

}  // namespace trellis::bus
