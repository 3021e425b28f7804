#include "core/telemetry/metrics.hpp"

#include <atomic>
#include <cmath>
#include <cstdio>

namespace trellis::telemetry {
namespace {

class AtomicCounter final : public sdk::Counter {
public:
    void add(std::uint64_t amount) noexcept override {
        value_.fetch_add(amount, std::memory_order_relaxed);
    }
    std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

class AtomicGauge final : public sdk::Gauge {
public:
    void set(double value) noexcept override { value_.store(value, std::memory_order_relaxed); }
    double value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<double> value_{0};
};

bool isMetricName(const std::string& name) {
    if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
    for (const char c : name) {
        const bool isLetter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!isLetter && !(c >= '0' && c <= '9') && c != '_' && c != ':') return false;
    }
    return true;
}

std::string number(double value) {
    if (std::isnan(value)) return "NaN";
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.10g", value);
    return buffer;
}

}  // namespace

struct Metrics::Family {
    std::string help;
    bool isCounter = false;
    std::map<std::string, AtomicCounter> counters;
    std::map<std::string, AtomicGauge> gauges;
    std::function<double()> read;
};

Metrics::Metrics() = default;
Metrics::~Metrics() = default;

Metrics& Metrics::instance() {
    static Metrics metrics;
    return metrics;
}

Metrics::Family& Metrics::family(const std::string& name, const std::string& help, bool isCounter) {
    if (!isMetricName(name)) {
        throw sdk::Error(sdk::ErrorCode::InvalidArgument, "not a metric name: " + name);
    }
    auto& entry = families_[name];
    if (!entry) {
        entry = std::make_unique<Family>();
        entry->help = help;
        entry->isCounter = isCounter;
    } else if (entry->isCounter != isCounter) {
        throw sdk::Error(sdk::ErrorCode::Conflict, "metric " + name + " has another type");
    }
    return *entry;
}

sdk::Counter& Metrics::counter(const std::string& name, const std::string& help,
                               const std::string& labels) {
    const std::scoped_lock lock(mutex_);
    return family(name, help, true).counters[labels];
}

sdk::Gauge& Metrics::gauge(const std::string& name, const std::string& help,
                           const std::string& labels) {
    const std::scoped_lock lock(mutex_);
    return family(name, help, false).gauges[labels];
}

void Metrics::gauge(const std::string& name, const std::string& help,
                    std::function<double()> read) {
    const std::scoped_lock lock(mutex_);
    family(name, help, false).read = std::move(read);
}

std::string Metrics::text() const {
    const std::scoped_lock lock(mutex_);
    std::string out;
    for (const auto& entry : families_) {
        // Not a structured binding: clang 14 can't capture one.
        const auto& name = entry.first;
        const auto& family = entry.second;
        out += "# HELP " + name + " " + family->help + "\n# TYPE " + name +
               (family->isCounter ? " counter\n" : " gauge\n");
        const auto line = [&](const std::string& labels, const std::string& value) {
            out += name;
            if (!labels.empty()) out += "{" + labels + "}";
            out += " " + value + "\n";
        };
        for (const auto& [labels, counter] : family->counters) {
            line(labels, std::to_string(counter.value()));
        }
        for (const auto& [labels, gauge] : family->gauges) line(labels, number(gauge.value()));
        if (family->read) line({}, number(family->read()));
    }
    return out;
}

}  // namespace trellis::telemetry
