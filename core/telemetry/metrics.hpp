/// Counters and gauges, printed in the text exposition format (Prometheus, version 0.0.4).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <trellis/sdk/log.hpp>

namespace trellis::telemetry {

/// All metrics of the process. Names are `trellis_<part>_<thing>_<unit>[_total]`; `labels` is the
/// text between the braces, for example `plugin="hello"`. Asking twice for the same name and labels
/// gives the same metric, which lives as long as the registry. Any thread.
class Metrics {
public:
    Metrics();
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    /// Throws sdk::Error{Conflict} if the name is already of the other type,
    /// sdk::Error{InvalidArgument} if it isn't a metric name.
    sdk::Counter& counter(const std::string& name, const std::string& help,
                          const std::string& labels = {});
    sdk::Gauge& gauge(const std::string& name, const std::string& help,
                      const std::string& labels = {});
    /// A gauge whose value is asked for when the metrics are printed; `read` must not block.
    void gauge(const std::string& name, const std::string& help, std::function<double()> read);

    std::string text() const;

    /// The process's own registry.
    static Metrics& instance();

private:
    struct Family;
    Family& family(const std::string& name, const std::string& help, bool isCounter);

    mutable std::mutex mutex_;
    std::map<std::string, std::unique_ptr<Family>> families_;
};

}  // namespace trellis::telemetry
