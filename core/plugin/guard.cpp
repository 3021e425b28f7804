#include "core/plugin/guard.hpp"

#include "core/plugin/step_runner.hpp"
#include "core/telemetry/log.hpp"
#include "core/telemetry/metrics.hpp"

namespace trellis::plugin {
namespace {

sdk::Counter& faultMetric(const std::string& id) {
    return telemetry::Metrics::instance().counter(
        "trellis_plugin_faults_total", "Exceptions and overruns in code of plugins",
        "plugin=\"" + id + "\"");
}

}  // namespace

thread_local const Guard::Entry* Guard::innermost_ = nullptr;

Guard::Guard(Settings settings)
    : settings_(std::move(settings)),
      number_(settings_.journal ? settings_.journal->numberOf(settings_.id) : 0),
      metric_(faultMetric(settings_.id)) {}

Guard::Entry::Entry(Guard& guard, Kind kind) noexcept
    : guard_(guard), outer_(innermost_), isIn_(guard.enter(kind)),
      scope_(isIn_ ? guard.number_ : 0) {
    if (isIn_) innermost_ = this;
}

Guard::Entry::~Entry() {
    if (!isIn_) return;
    innermost_ = outer_;
    guard_.leave();
}

bool Guard::enter(Entry::Kind kind) noexcept {
    inside_.fetch_add(1);
    const auto door = door_.load();
    if (door == Door::Open || (door == Door::Teardown && kind == Entry::Kind::Teardown)) return true;
    leave();
    return false;
}

void Guard::leave() noexcept {
    if (inside_.fetch_sub(1) != 1 || door_.load() == Door::Open) return;
    const std::scoped_lock lock(mutex_);
    empty_.notify_all();
}

void Guard::close() noexcept {
    door_ = Door::Closed;
}

bool Guard::drain(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    return empty_.wait_until(lock, deadline, [this] { return inside_.load() == 0; });
}

void Guard::throwStopped() const {
    throw sdk::Error(sdk::ErrorCode::Unavailable, "the plugin " + settings_.id + " is not running");
}

void Guard::throwInternal(std::string_view where, const std::string& traceId,
                          const std::exception_ptr& error) {
    fault(where, describeException(error), traceId);
    throw sdk::Error(sdk::ErrorCode::Internal,
                     "the plugin " + settings_.id + " failed; the log has the reason under " +
                         (traceId.empty() ? std::string("its name") : "trace " + traceId));
}

void Guard::containFault(std::string_view where, const std::exception_ptr& error) noexcept {
    try {
        fault(where, describeException(error));
    } catch (...) {  // out of memory while describing; it is counted nowhere, the server goes on
    }
}

void Guard::fault(std::string_view where, const std::string& what,
                  const std::string& traceId) noexcept {
    try {
        metric_.add();
        ++total_;
        telemetry::log("plugin").error("plugin fault", {{"plugin", settings_.id},
                                                        {"where", where},
                                                        {"what", what},
                                                        {"trace", traceId}});
        if (!isOneTooMany()) return;
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(settings_.faultWindow);
        settings_.onTooMany(std::to_string(settings_.faultLimit) + " faults in " +
                            std::to_string(seconds.count()) + " s, the last in " +
                            std::string(where) + ": " + what);
    } catch (...) {  // as above
    }
}

bool Guard::isOneTooMany() {
    const std::scoped_lock lock(mutex_);
    const auto now = settings_.now ? settings_.now() : std::chrono::steady_clock::now();
    recent_.push_back(now);
    while (recent_.front() + settings_.faultWindow < now) recent_.pop_front();
    if (isReported_ || recent_.size() < settings_.faultLimit || !settings_.onTooMany) return false;
    isReported_ = true;
    return true;
}

}  // namespace trellis::plugin
