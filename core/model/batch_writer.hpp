/// A thread that saves, at intervals, what is allowed to wait. Internal to core/model.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace trellis::model {

/// `flush` may throw: what it could not save it keeps and tries again. That is logged once per
/// outage.
class BatchWriter {
public:
    /// `what`: of the log lines, for example "device changes".
    BatchWriter(std::string what, std::function<void()> flush);
    ~BatchWriter();
    BatchWriter(const BatchWriter&) = delete;
    BatchWriter& operator=(const BatchWriter&) = delete;
    /// Does nothing when it runs already.
    void start(std::chrono::milliseconds interval);
    /// After this `flush` is not called any more. It is not called a last time.
    void stop() noexcept;

private:
    void run(std::chrono::milliseconds interval);
    void flushOnce();

    std::string what_;
    std::function<void()> flush_;
    bool isFailing_ = false; // the thread's own
    std::mutex mutex_;       // guards isStopping_ and thread_
    std::condition_variable wakes_;
    bool isStopping_ = false;
    std::thread thread_;
};

} // namespace trellis::model
