/// A part of the worker pool for work that comes in floods.
#pragma once

#include <cstddef>
#include <memory>

#include "core/bus/worker_pool.hpp"

namespace trellis::bus {

/// At most `width` of its tasks run at once, taken in the order posted, and only so many wait in the
/// pool's queue: whatever else is posted there finds a free worker soon. Any thread may post.
class Lane {
public:
    /// `limit`: tasks waiting. The pool must outlive the lane's last task.
    Lane(WorkerPool& pool, std::size_t width, std::size_t limit);
    ~Lane(); ///< what waits still runs
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;

    /// False when full or the pool stopped: the task was not taken.
    [[nodiscard]] bool post(Task task);
    std::size_t waiting() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace trellis::bus
