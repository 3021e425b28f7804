#include "core/bus/worker_pool.hpp"

#include <pthread.h>

#include <Poco/Exception.h>

#include "core/bus/short_turns.hpp"
#include "core/telemetry/log.hpp"
#include "core/telemetry/metrics.hpp"

namespace trellis::bus {
namespace {

sdk::Counter& refusals() {
    static auto& counter = telemetry::Metrics::instance().counter(
        "trellis_bus_tasks_refused_total", "Tasks refused because the worker queue was full");
    return counter;
}

void runGuarded(const Task& task) {
    static auto& faults = telemetry::Metrics::instance().counter(
        "trellis_bus_task_faults_total", "Tasks that ended with an exception");
    try {
        task();
    } catch (const Poco::Exception& e) {
        faults.add();
        telemetry::log("bus").error("task failed", {{"error", e.displayText()}});
    } catch (const std::exception& e) {
        faults.add();
        telemetry::log("bus").error("task failed", {{"error", e.what()}});
    } catch (...) {
        faults.add();
        telemetry::log("bus").error("task failed", {{"error", "not a standard exception"}});
    }
}

}  // namespace

WorkerPool::WorkerPool(Settings settings) : settings_(std::move(settings)) {
    for (std::size_t i = 0; i < settings_.threads; ++i) {
        threads_.emplace_back([this] { run(); });
        const auto name = settings_.name.substr(0, 12) + "-" + std::to_string(i);
        pthread_setname_np(threads_.back().native_handle(), name.substr(0, 15).c_str());
    }
}

WorkerPool::~WorkerPool() {
    stop();
}

bool WorkerPool::post(Task task) {
    const bool isTaken = enqueue(std::move(task), true);
    if (!isTaken) refusals().add();
    return isTaken;
}

bool WorkerPool::postTurn(Task task) {
    return enqueue(std::move(task), false);
}

bool WorkerPool::enqueue(Task task, bool isBounded) {
    {
        const std::scoped_lock lock(mutex_);
        if (isBounded && (isStopping_ || queue_.size() >= settings_.queueLimit)) return false;
        if (isStopping_ && threads_.empty()) return false;
        queue_.push_back(std::move(task));
    }
    wake_.notify_one();
    return true;
}

std::size_t WorkerPool::queued() const {
    const std::scoped_lock lock(mutex_);
    return queue_.size();
}

void WorkerPool::run() {
    askForShortTurns();
    for (;;) {
        Task task;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return isStopping_ || !queue_.empty(); });
            if (queue_.empty()) return;
            if (isStopping_ && std::chrono::steady_clock::now() >= stopAt_) return;
            task = std::move(queue_.front());
            queue_.pop_front();
        }
        runGuarded(task);
    }
}

void WorkerPool::stop(std::chrono::milliseconds limit) {
    {
        const std::scoped_lock lock(mutex_);
        if (isStopping_) return;
        isStopping_ = true;
        stopAt_ = std::chrono::steady_clock::now() + limit;
    }
    wake_.notify_all();
    for (auto& thread : threads_) thread.join();
    std::deque<Task> left;
    {
        const std::scoped_lock lock(mutex_);
        threads_.clear();
        left.swap(queue_);
    }
    if (!left.empty()) {
        telemetry::log("bus").warning("tasks dropped at stop", {{"count", left.size()}});
    }
}

}  // namespace trellis::bus
