/// Threads for work that may block: database, RSA, DNS, HTTP clients, files.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace trellis::bus {

using Task = std::function<void()>;

/// A fixed number of named threads and one bounded queue. A task that throws is logged and counted;
/// it never ends the process.
class WorkerPool {
public:
    struct Settings {
        std::size_t threads = 4;
        std::size_t queueLimit = 10000;  ///< tasks waiting, turns of lanes and strands not counted
        std::string name = "worker";     ///< thread name, at most 12 characters
    };
    explicit WorkerPool(Settings settings);
    ~WorkerPool();  ///< stop() with 10 s
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    /// False when the queue is full or the pool stopped: the task was not taken, the refusal counted.
    [[nodiscard]] bool post(Task task);

    /// Takes no more tasks and runs what is queued until `limit` has passed; what is left then is
    /// dropped. Joins the threads. Idempotent; not from a worker.
    void stop(std::chrono::milliseconds limit = std::chrono::seconds(10));

    std::size_t queued() const;
    std::size_t threads() const noexcept { return threads_.size(); }

private:
    friend class Lane;
    friend class Strand;
    /// A turn of a lane or strand: always taken while running, since those are bounded themselves.
    bool postTurn(Task task);
    bool enqueue(Task task, bool isBounded);
    void run();

    const Settings settings_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Task> queue_;
    bool isStopping_ = false;
    std::chrono::steady_clock::time_point stopAt_{};
    std::vector<std::thread> threads_;
};

}  // namespace trellis::bus
