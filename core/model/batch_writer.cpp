#include "core/model/batch_writer.hpp"

#include "core/telemetry/log.hpp"

#include <pthread.h>

namespace trellis::model {

BatchWriter::BatchWriter(std::string what, std::function<void()> flush)
    : what_(std::move(what)), flush_(std::move(flush)) {}

BatchWriter::~BatchWriter() {
    stop();
}

void BatchWriter::start(std::chrono::milliseconds interval) {
    const std::lock_guard lock(mutex_);
    if (thread_.joinable() || isStopping_)
        return;
    thread_ = std::thread([this, interval] { run(interval); });
    pthread_setname_np(thread_.native_handle(), "model-writer");
}

void BatchWriter::run(std::chrono::milliseconds interval) {
    std::unique_lock lock(mutex_);
    while (!wakes_.wait_for(lock, interval, [this] { return isStopping_; })) {
        lock.unlock();
        flushOnce();
        lock.lock();
    }
}

void BatchWriter::flushOnce() {
    try {
        flush_();
        if (isFailing_)
            telemetry::log("model").info("saved again", {{"what", what_}});
        isFailing_ = false;
    } catch (const std::exception& problem) {
        if (!isFailing_)
            telemetry::log("model").error("cannot be saved, kept in memory",
                                          {{"what", what_}, {"detail", problem.what()}});
        isFailing_ = true;
    }
}

void BatchWriter::stop() noexcept {
    std::thread thread;
    {
        const std::lock_guard lock(mutex_);
        isStopping_ = true;
        thread = std::move(thread_);
    }
    wakes_.notify_all();
    if (thread.joinable())
        thread.join();
}

} // namespace trellis::model
