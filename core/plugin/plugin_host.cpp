#include "core/plugin/plugin_host.hpp"

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

#include <pthread.h>

#include "core/plugin/loader.hpp"
#include "core/plugin/step_runner.hpp"

namespace trellis::plugin {
namespace {

/// The loader's thread and what waits for it.
class Queue {
public:
    Queue() : thread_([this] { loop(); }) { pthread_setname_np(thread_.native_handle(), "plugins"); }
    ~Queue() { end(); }
    Queue(const Queue&) = delete;
    Queue& operator=(const Queue&) = delete;

    enum class Bound : std::uint8_t { Yes = 1, No };
    /// False when it has ended, or when 1,000 operations wait. `No`: for callers that wait, who are
    /// bounded by their own number.
    bool post(std::function<void()> work, Bound bound = Bound::Yes) {
        const std::scoped_lock lock(mutex_);
        if (isEnding_ || (bound == Bound::Yes && work_.size() >= 1000)) return false;
        work_.push_back(std::move(work));
        wake_.notify_one();
        return true;
    }
    /// Runs what waits, then joins.
    void end() {
        {
            const std::scoped_lock lock(mutex_);
            isEnding_ = true;
        }
        wake_.notify_one();
        if (thread_.joinable()) thread_.join();
    }
    bool isHere() const { return thread_.get_id() == std::this_thread::get_id(); }

private:
    void loop() {
        std::unique_lock lock(mutex_);
        while (true) {
            wake_.wait(lock, [this] { return isEnding_ || !work_.empty(); });
            if (work_.empty()) return;
            auto work = std::move(work_.front());
            work_.pop_front();
            lock.unlock();
            work();
            work = nullptr;
            lock.lock();
        }
    }

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> work_;
    bool isEnding_ = false;
    std::thread thread_;
};

}  // namespace

class PluginHost::Impl {
public:
    Impl(const Ports& ports, Settings settings)
        : roster_(std::make_shared<Roster>(*ports.events)), queue_(std::make_shared<Queue>()),
          loader_(std::make_shared<Loader>(
              ports, std::move(settings), *roster_,
              [weak = std::weak_ptr<Queue>(queue_)](std::function<void()> work) {
                  const auto queue = weak.lock();
                  return queue && queue->post(std::move(work));
              })) {}

    ~Impl() {
        run([this] { loader_->stop(); });
        queue_->end();
    }

    /// Runs an operation on the loader's thread and waits; what it throws comes out here.
    template <class F> auto run(F&& work) -> decltype(work()) {
        using Result = decltype(work());
        if (queue_->isHere()) return work();
        auto task = std::make_shared<std::packaged_task<Result()>>(std::forward<F>(work));
        auto future = task->get_future();
        if (!queue_->post([task] { (*task)(); }, Queue::Bound::No)) {
            throw sdk::Error(sdk::ErrorCode::Unavailable, "the plugin host stops");
        }
        return future.get();
    }

    /// A plugin that waits here would be waited for by the loader.
    void refusePlugins(const std::string& id) const {
        if (!isInStep() && !Guard::isInsideAny()) return;
        throw sdk::Error(sdk::ErrorCode::Conflict,
                         "a plugin cannot switch plugins, and " + id + " was asked to by one");
    }

    Roster& roster() { return *roster_; }
    Loader& loader() { return *loader_; }
    Queue& queue() { return *queue_; }

private:
    const std::shared_ptr<Roster> roster_;
    const std::shared_ptr<Queue> queue_;
    const std::shared_ptr<Loader> loader_;
};

PluginHost::PluginHost(Ports ports, Settings settings)
    : impl_(std::make_shared<Impl>(ports, std::move(settings))) {}

PluginHost::~PluginHost() = default;

void PluginHost::discover() {
    impl_->run([this] { impl_->loader().discover(); });
}

void PluginHost::describe(const std::function<bool(const std::string& id)>& isEnabled) {
    impl_->run([&] { impl_->loader().describe(isEnabled); });
}

std::vector<config::PluginSchema> PluginHost::schemas() const {
    return impl_->run([this] { return impl_->loader().schemas(); });
}

config::Checked PluginHost::check(const config::Source& source) {
    return impl_->run([&] { return impl_->loader().check(source); });
}

StartOutcome PluginHost::start(std::shared_ptr<const config::Config> config, config::Source source) {
    return impl_->run([&] { return impl_->loader().start(config, source); });
}

void PluginHost::stop() {
    impl_->run([this] { impl_->loader().stop(); });
}

Status PluginHost::enable(const std::string& id) {
    impl_->refusePlugins(id);
    return impl_->run([&] { return impl_->loader().enable(id); });
}

Status PluginHost::disable(const std::string& id) {
    impl_->refusePlugins(id);
    return impl_->run([&] { return impl_->loader().disable(id); });
}

void PluginHost::change(const std::string& id, bool isEnabled, std::function<void()> remember,
                        Done done) {
    impl_->refusePlugins(id);
    const bool isTaken = impl_->queue().post([impl = impl_.get(), id, isEnabled,
                                              remember = std::move(remember), done] {
        Status status;
        std::exception_ptr error;
        try {
            impl->loader().checkChange(id, isEnabled);
            if (remember) remember();
            status = isEnabled ? impl->loader().enable(id) : impl->loader().disable(id);
        } catch (...) {
            error = std::current_exception();
        }
        done(status, error);
    });
    if (!isTaken) {
        done({}, std::make_exception_ptr(sdk::Error(sdk::ErrorCode::Unavailable,
                                                    "the plugin host is busy or stops")));
    }
}

config::Checked PluginHost::reload(config::Source source) {
    return impl_->run([&] { return impl_->loader().reload(std::move(source)); });
}

std::vector<Status> PluginHost::list() const {
    return impl_->roster().list();
}

std::optional<Status> PluginHost::find(const std::string& id) const {
    return impl_->roster().status(id);
}

std::shared_ptr<const config::Config> PluginHost::config() const {
    return impl_->loader().config();
}

std::vector<UiContribution> PluginHost::ui() const {
    return impl_->roster().ui();
}

std::optional<std::filesystem::path> PluginHost::activeFolder(const std::string& id) const {
    const auto status = impl_->roster().status(id);
    if (!status || !isActive(status->state)) return std::nullopt;
    return status->folder;
}

bool PluginHost::hasLeaked() const noexcept {
    return Instance::leakedCount() != 0;
}

}  // namespace trellis::plugin
