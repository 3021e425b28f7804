#include "core/bus/lane.hpp"

#include <deque>
#include <mutex>

namespace trellis::bus {

struct Lane::State : std::enable_shared_from_this<State> {
    State(WorkerPool& p, std::size_t w, std::size_t l) : pool(p), width(w), limit(l) {}

    bool schedule() {
        return pool.postTurn([self = shared_from_this()] { self->turn(); });
    }

    /// One task; then to the back of the pool's queue, if there are more.
    void turn() {
        Task task;
        {
            const std::scoped_lock lock(mutex);
            if (tasks.empty()) { // another turn was faster
                --active;
                return;
            }
            task = std::move(tasks.front());
            tasks.pop_front();
        }
        try {
            task();
        } catch (...) {
            finish();
            throw; // the pool logs it
        }
        finish();
    }

    void finish() {
        const std::scoped_lock lock(mutex);
        if (tasks.empty() || !schedule()) --active;
    }

    WorkerPool& pool;
    const std::size_t width;
    const std::size_t limit;
    mutable std::mutex mutex;
    std::deque<Task> tasks;
    std::size_t active = 0; ///< turns that run or are in the pool's queue
};

Lane::Lane(WorkerPool& pool, std::size_t width, std::size_t limit)
    : state_(std::make_shared<State>(pool, width, limit)) {}

Lane::~Lane() = default;

bool Lane::post(Task task) {
    const std::scoped_lock lock(state_->mutex);
    if (state_->tasks.size() >= state_->limit) return false;
    state_->tasks.push_back(std::move(task));
    if (state_->active == state_->width) return true;
    if (state_->schedule()) {
        ++state_->active;
        return true;
    }
    state_->tasks.pop_back();
    return false;
}

std::size_t Lane::waiting() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->tasks.size();
}

}  // namespace trellis::bus
