/// Order for one owner (a control connection, a device, a plugin) without owning a thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "core/bus/worker_pool.hpp"

namespace trellis::bus {

/// Tasks run on the pool one after another, in the order posted; a turn runs at most 32 of them, so
/// that strands share the workers. Any thread may post.
class Strand {
public:
    /// `limit`: tasks waiting. The pool must outlive the strand's last task.
    explicit Strand(WorkerPool& pool, std::size_t limit = 1000);
    ~Strand();  ///< what waits still runs; use close() to drop it
    Strand(const Strand&) = delete;
    Strand& operator=(const Strand&) = delete;

    /// False when full, closed or the pool stopped: the task was not taken.
    [[nodiscard]] bool post(Task task);
    /// Takes no more tasks and drops those that wait; a running one goes on.
    void close();
    /// Waits until nothing runs or waits; false at the deadline. Not from a task of this strand.
    bool drain(std::chrono::steady_clock::time_point deadline);
    std::size_t waiting() const;
    /// Whether the calling thread is running a task of this strand.
    bool isCurrent() const noexcept;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace trellis::bus
