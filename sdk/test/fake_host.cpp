#include <trellis/sdk/testing.hpp>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>

namespace trellis::testing {

class FakeHost::Recorder final : public Log {
public:
    void debug(std::string_view text, Fields fields) override { add(LogLevel::Debug, text, fields); }
    void info(std::string_view text, Fields fields) override { add(LogLevel::Info, text, fields); }
    void warning(std::string_view text, Fields fields) override { add(LogLevel::Warning, text, fields); }
    void error(std::string_view text, Fields fields) override { add(LogLevel::Error, text, fields); }

    std::vector<LogLine> copy() const {
        const std::scoped_lock lock(mutex_);
        return lines_;
    }

private:
    void add(LogLevel level, std::string_view text, Fields fields) {
        LogLine line{level, std::string(text), {}};
        for (const auto& field : fields) line.fields[std::string(field.key)] = field.value;
        const std::scoped_lock lock(mutex_);
        lines_.push_back(std::move(line));
    }
    mutable std::mutex mutex_;
    std::vector<LogLine> lines_;
};

class FakeHost::FakeCounter final : public Counter {
public:
    void add(std::uint64_t amount) noexcept override { value_ += amount; }
    std::uint64_t value() const { return value_; }

private:
    std::atomic<std::uint64_t> value_{0};
};

class FakeHost::FakeGauge final : public Gauge {
public:
    void set(double value) noexcept override { value_ = value; }
    double value() const { return value_; }

private:
    std::atomic<double> value_{0};
};

/// Shared with the handles, so that one which outlives the host is found and does no harm.
struct FakeHost::Timers {
    struct Entry {
        Clock::time_point due;
        Milliseconds period;
        std::function<void()> work;
    };
    std::recursive_mutex mutex;
    std::uint64_t next = 1;
    std::map<std::uint64_t, Entry> entries;
    std::size_t handles = 0;
};

class FakeHost::Timer final : public Handle {
public:
    Timer(std::shared_ptr<Timers> timers, std::uint64_t number)
        : timers_(std::move(timers)), number_(number) {
        ++timers_->handles;
    }
    ~Timer() override {
        const std::scoped_lock lock(timers_->mutex);
        timers_->entries.erase(number_);
        --timers_->handles;
    }

private:
    const std::shared_ptr<Timers> timers_;
    const std::uint64_t number_;
};

FakeHost::FakeHost()
    : now_(Clock::time_point{} + std::chrono::hours(1)), recorder_(std::make_unique<Recorder>()),
      timers_(std::make_shared<Timers>()) {}

FakeHost::~FakeHost() {
    std::error_code ignored;
    if (!dataDir_.empty()) std::filesystem::remove_all(dataDir_, ignored);
}

void FakeHost::addDevice(DeviceInfo device) {
    const std::scoped_lock lock(mutex_);
    devices_[device.id] = std::move(device);
}

void FakeHost::answer(const std::string& command,
                      std::function<json::value(const json::object&)> how) {
    const std::scoped_lock lock(mutex_);
    answers_[command] = std::move(how);
}

void FakeHost::useDatabase(
    std::function<void(const std::function<void(Poco::Data::Session&)>&)> run) {
    database_ = std::move(run);
}

void FakeHost::offerRaw(const std::type_info& type, std::shared_ptr<void> service) {
    const std::scoped_lock lock(mutex_);
    services_[type.name()] = std::move(service);
}

void FakeHost::settle() {
    while (true) {
        std::vector<std::function<void()>> work;
        {
            const std::scoped_lock lock(mutex_);
            work.swap(posted_);
        }
        if (work.empty()) return;
        for (const auto& one : work) one();
    }
}

void FakeHost::advance(Milliseconds time) {
    const auto end = now_ + time;
    settle();
    while (true) {
        std::function<void()> work;
        {
            const std::scoped_lock lock(timers_->mutex);
            auto& entries = timers_->entries;
            const auto next = std::min_element(entries.begin(), entries.end(), [](auto& a, auto& b) {
                return a.second.due < b.second.due;
            });
            if (next == entries.end() || next->second.due > end) break;
            now_ = std::max(now_, next->second.due);
            work = next->second.work;
            if (next->second.period.count() > 0) {
                next->second.due += next->second.period;
            } else {
                entries.erase(next);
            }
        }
        work();
        settle();
    }
    now_ = end;
}

std::vector<LogLine> FakeHost::logLines() const {
    return recorder_->copy();
}

bool FakeHost::hasLogged(std::string_view text) const {
    const auto lines = logLines();
    return std::any_of(lines.begin(), lines.end(), [&](const auto& line) { return line.text == text; });
}

std::vector<PublishedEvent> FakeHost::events() const {
    const std::scoped_lock lock(mutex_);
    return events_;
}

std::vector<DeviceMessage> FakeHost::deviceMessages() const {
    const std::scoped_lock lock(mutex_);
    return messages_;
}

std::uint64_t FakeHost::count(const std::string& counterName) const {
    const std::scoped_lock lock(mutex_);
    const auto found = counters_.find(counterName);
    return found == counters_.end() ? 0 : found->second->value();
}

double FakeHost::value(const std::string& gaugeName) const {
    const std::scoped_lock lock(mutex_);
    const auto found = gauges_.find(gaugeName);
    return found == gauges_.end() ? 0 : found->second->value();
}

std::size_t FakeHost::openHandles() const {
    const std::scoped_lock lock(timers_->mutex);
    return timers_->handles;
}

void FakeHost::beginStop() {
    const std::scoped_lock lock(mutex_);
    isStopping_ = true;
    posted_.clear();
    const std::scoped_lock timersLock(timers_->mutex);
    timers_->entries.clear();
}

void FakeHost::beginStart() {
    const std::scoped_lock lock(mutex_);
    isStopping_ = false;
}

Log& FakeHost::log() {
    return *recorder_;
}

void FakeHost::database(const std::function<void(Poco::Data::Session&)>& work) {
    if (!database_) throw Error(ErrorCode::Unavailable, "the test has no database: useDatabase()");
    database_(work);
}

std::string FakeHost::dataDir() {
    const std::scoped_lock lock(mutex_);
    if (!dataDir_.empty()) return dataDir_;
    auto pattern = (std::filesystem::temp_directory_path() / "trellis-test-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw Error(ErrorCode::Unavailable, "no temporary folder");
    return dataDir_ = pattern;
}

void FakeHost::refuseWhenStopping() const {
    if (isStopping_) throw Error(ErrorCode::Unavailable, "the plugin is stopping");
}

void FakeHost::post(std::function<void()> work) {
    const std::scoped_lock lock(mutex_);
    refuseWhenStopping();
    if (posted_.size() >= 1000) throw Error(ErrorCode::Unavailable, "1,000 tasks wait");
    posted_.push_back(std::move(work));
}

void FakeHost::blocking(std::function<void()> work) {
    post(std::move(work));
}

HandlePtr FakeHost::addTimer(Milliseconds delay, Milliseconds period, std::function<void()> work) {
    const std::scoped_lock lock(mutex_);
    refuseWhenStopping();
    const std::scoped_lock timersLock(timers_->mutex);
    const auto number = timers_->next++;
    timers_->entries[number] = {now_ + delay, period, std::move(work)};
    return std::make_unique<Timer>(timers_, number);
}

HandlePtr FakeHost::every(Milliseconds period, std::function<void()> work) {
    const auto atLeast = std::max(period, Milliseconds(1));
    return addTimer(atLeast, atLeast, std::move(work));
}

HandlePtr FakeHost::after(Milliseconds delay, std::function<void()> work) {
    return addTimer(delay, Milliseconds(0), std::move(work));
}

json::value FakeHost::call(const std::string& command, const json::object& args, Deadline) {
    std::function<json::value(const json::object&)> how;
    {
        const std::scoped_lock lock(mutex_);
        const auto found = answers_.find(command);
        if (found == answers_.end()) throw Error(ErrorCode::NotFound, "no command " + command);
        how = found->second;
    }
    return how(args);
}

bool FakeHost::sendToDevice(const std::string& deviceId, const json::object& message) {
    const std::scoped_lock lock(mutex_);
    const auto found = devices_.find(deviceId);
    if (found == devices_.end() || !found->second.isOnline) return false;
    messages_.push_back({deviceId, message});
    return true;
}

std::optional<DeviceInfo> FakeHost::device(const std::string& deviceId) {
    const std::scoped_lock lock(mutex_);
    const auto found = devices_.find(deviceId);
    if (found == devices_.end()) return std::nullopt;
    return found->second;
}

std::optional<std::string> FakeHost::secret(const std::string& name) {
    const std::scoped_lock lock(mutex_);
    const auto found = secrets_.find(name);
    if (found == secrets_.end()) return std::nullopt;
    return found->second;
}

void FakeHost::storeSecret(const std::string& name, const std::string& value) {
    const std::scoped_lock lock(mutex_);
    secrets_[name] = value;
}

std::optional<Factor> FakeHost::factor(const std::string& userId, const std::string& name) {
    const std::scoped_lock lock(mutex_);
    const auto found = factors_.find({userId, name});
    if (found == factors_.end()) return std::nullopt;
    return found->second;
}

void FakeHost::changeFactor(const std::string& userId, const std::string& name,
                            const std::function<void(Factor&)>& change, int) {
    const std::scoped_lock lock(mutex_);
    const auto found = factors_.find({userId, name});
    auto factor = found == factors_.end() ? Factor{} : found->second;
    change(factor);
    if (factor.secret.empty()) {
        factors_.erase({userId, name});
    } else {
        factors_[{userId, name}] = factor;
    }
}

Counter& FakeHost::counter(std::string name, std::string) {
    const std::scoped_lock lock(mutex_);
    auto& counter = counters_[name];
    if (!counter) counter = std::make_unique<FakeCounter>();
    return *counter;
}

Gauge& FakeHost::gauge(std::string name, std::string) {
    const std::scoped_lock lock(mutex_);
    auto& gauge = gauges_[name];
    if (!gauge) gauge = std::make_unique<FakeGauge>();
    return *gauge;
}

void FakeHost::publishRaw(std::string_view name, const std::type_info&,
                          std::shared_ptr<const void>, json::object json) {
    const std::scoped_lock lock(mutex_);
    events_.push_back({std::string(name), std::move(json)});
}

std::shared_ptr<void> FakeHost::needRaw(const std::type_info& type) {
    const std::scoped_lock lock(mutex_);
    const auto found = services_.find(type.name());
    return found == services_.end() ? nullptr : found->second;
}

}  // namespace trellis::testing
