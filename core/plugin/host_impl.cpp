#include "core/plugin/host_impl.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <sys/stat.h>

#include <trellis/sdk/rights.hpp>

#include "core/bus/event_bus.hpp"
#include "core/bus/timers.hpp"
#include "core/bus/worker_pool.hpp"
#include "core/telemetry/log.hpp"
#include "core/telemetry/metrics.hpp"

namespace trellis::plugin {
namespace {

using sdk::Error;
using sdk::ErrorCode;

constexpr std::size_t kMaxBlocking = 1000;
constexpr std::size_t kMaxTimers = 10'000;

void makePrivateFolder(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder.parent_path(), error);
    if (!error && mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
        error = {errno, std::generic_category()};
    }
    if (!error) {
        std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
    }
    if (error) {
        throw Error(ErrorCode::Unavailable, folder.string() + ": " + error.message());
    }
}

}  // namespace

class HostImpl::Timer {
public:
    ~Timer() { cancel(); }
    void set(sdk::HandlePtr handle) {
        const std::scoped_lock lock(mutex_);
        if (!isCancelled_) handle_ = std::move(handle);
    }
    /// Outside the lock: it waits for a running callback, which may cancel, too.
    void cancel() {
        sdk::HandlePtr handle;
        {
            const std::scoped_lock lock(mutex_);
            isCancelled_ = true;
            handle = std::move(handle_);
        }
    }

private:
    std::mutex mutex_;
    bool isCancelled_ = false;
    sdk::HandlePtr handle_;
};

class HostImpl::TimerHandle final : public sdk::Handle {
public:
    explicit TimerHandle(std::shared_ptr<Timer> timer) : timer_(std::move(timer)) {}
    ~TimerHandle() override { timer_->cancel(); }

private:
    std::shared_ptr<Timer> timer_;
};

HostImpl::HostImpl(Context context)
    : context_(std::move(context)), log_(telemetry::log(context_.guard->id())),
      blocking_(std::make_shared<std::atomic<std::size_t>>(0)) {}

HostImpl::~HostImpl() = default;

void HostImpl::database(const std::function<void(Poco::Data::Session&)>& work) {
    context_.ports->storage->run(work);
}

std::string HostImpl::dataDir() {
    makePrivateFolder(context_.dataDir);
    return context_.dataDir.string();
}

void HostImpl::post(std::function<void()> work) {
    const bool isTaken = context_.strand->post(
        [guard = context_.guard, work = std::move(work)] { guard->contain("post", work); });
    if (!isTaken) {
        throw Error(ErrorCode::Unavailable, "the queue of the plugin " + context_.guard->id() +
                                                " is full (1,000 wait) or closed");
    }
}

void HostImpl::blocking(std::function<void()> work) {
    const auto count = blocking_;
    // Counted by this object's life, so that a task which the pool drops is not counted for ever.
    const std::shared_ptr<void> place(nullptr, [count](void*) { --*count; });
    if (++*count > kMaxBlocking || !context_.ports->workers->post([guard = context_.guard, place,
                                                                    work = std::move(work)] {
            guard->contain("blocking work", work);
        })) {
        throw Error(ErrorCode::Unavailable, "too much work of the plugin " + context_.guard->id() +
                                                " waits, or the server stops");
    }
}

template <class Start> sdk::HandlePtr HostImpl::addTimer(Start&& start) {
    const auto timer = std::make_shared<Timer>();
    {
        const std::scoped_lock lock(mutex_);
        if (timers_.size() >= kMaxTimers) {
            std::erase_if(timers_, [](const auto& weak) { return weak.expired(); });
        }
        if (isWithdrawn_ || timers_.size() >= kMaxTimers) {
            throw Error(ErrorCode::Unavailable,
                        "the plugin " + context_.guard->id() + " is stopping or has too many timers");
        }
        timers_.push_back(timer);
    }
    const bus::Timers::Run run = [strand = context_.strand](std::function<void()> work) {
        return strand->post(std::move(work));
    };
    timer->set(start(run));
    return std::make_unique<TimerHandle>(timer);
}

sdk::HandlePtr HostImpl::every(sdk::Milliseconds period, std::function<void()> work) {
    return addTimer([&](const bus::Timers::Run& run) {
        return context_.ports->timers->every(
            period, run, [guard = context_.guard, work = std::move(work)] {
                guard->contain("timer", work);
            });
    });
}

sdk::HandlePtr HostImpl::after(sdk::Milliseconds delay, std::function<void()> work) {
    return addTimer([&](const bus::Timers::Run& run) {
        return context_.ports->timers->after(
            delay, run, [guard = context_.guard, work = std::move(work)] {
                guard->contain("timer", work);
            });
    });
}

void HostImpl::withdraw() {
    std::vector<std::weak_ptr<Timer>> timers;
    {
        const std::scoped_lock lock(mutex_);
        isWithdrawn_ = true;
        timers.swap(timers_);
    }
    // Nobody would be left to end them.
    context_.ports->guests->cut(context_.guard->id(), "", "the plugin was disabled");
    context_.strand->close();
    for (const auto& weak : timers) {
        if (const auto timer = weak.lock()) timer->cancel();
    }
}

sdk::json::value HostImpl::call(const std::string& command, const sdk::json::object& args,
                                sdk::Deadline deadline) {
    sdk::Caller caller;
    caller.userName = "plugin " + context_.guard->id();
    caller.sessionId = sessionOf(context_.guard->id());
    caller.siteRights = sdk::site_right::kAdmin;
    caller.isLocalAdmin = true;
    return context_.ports->commands->call(command, args, caller, deadline);
}

bool HostImpl::sendToDevice(const std::string& deviceId, const sdk::json::object& message) {
    return context_.ports->agents->send(deviceId, message);
}

std::optional<sdk::DeviceInfo> HostImpl::device(const std::string& deviceId) {
    return context_.ports->agents->device(deviceId);
}

std::optional<std::string> HostImpl::secret(const std::string& name) {
    return context_.ports->storage->secret(context_.guard->id(), name);
}

void HostImpl::storeSecret(const std::string& name, const std::string& value) {
    context_.ports->storage->storeSecret(context_.guard->id(), name, value);
}

void HostImpl::needFactorGrant() const {
    if (context_.mayUseFactors) return;
    throw Error(ErrorCode::Forbidden, "second factors are not granted: add \"account:factors\" to "
                                      "`grants` in plugin.yaml");
}

std::optional<sdk::Factor> HostImpl::factor(const std::string& userId, const std::string& name) {
    needFactorGrant();
    return context_.ports->storage->factor(userId, name);
}

void HostImpl::changeFactor(const std::string& userId, const std::string& name,
                            const std::function<void(sdk::Factor&)>& change, int messageId) {
    needFactorGrant();
    context_.ports->storage->changeFactor(userId, name, change, messageId);
}

std::string HostImpl::metricName(const std::string& name) const {
    const auto prefix = context_.guard->id() + "_";
    if (name.starts_with(prefix)) return "trellis_" + name;
    throw Error(ErrorCode::InvalidArgument,
                "metric " + name + ": names begin with the plugin's id, \"" + prefix + "\"");
}

sdk::Counter& HostImpl::counter(std::string name, std::string help) {
    return telemetry::Metrics::instance().counter(metricName(name), help);
}

sdk::Gauge& HostImpl::gauge(std::string name, std::string help) {
    return telemetry::Metrics::instance().gauge(metricName(name), help);
}

void HostImpl::publishRaw(std::string_view name, const std::type_info& type,
                          std::shared_ptr<const void> payload, sdk::json::object json) {
    context_.ports->events->publishRaw(name, type, std::move(payload), [&json] { return json; });
}

std::shared_ptr<void> HostImpl::needRaw(const std::type_info& type) {
    return context_.findService(type);
}

}  // namespace trellis::plugin
