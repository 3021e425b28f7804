/// `/healthz` and `/metrics`.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/api/http/caller.hpp"
#include "core/config/server_config.hpp"
#include "core/net/router.hpp"

namespace trellis::api {

/// Asked from outside, so it does little and tells little: one word per part.
class HealthDoor {
public:
    /// What is wrong with a part, for the log; nothing if it is well. Worker thread, quick.
    using Check = std::function<std::optional<std::string>()>;

    HealthDoor(const HttpCallers& callers, config::MetricsAccess metrics)
        : callers_(callers), metrics_(metrics) {}
    /// Vital: without it the server can't serve, /healthz answers 503. Minor: somebody has to look
    /// after it, /healthz answers 200 with the status "degraded".
    enum class Weight : std::uint8_t { Vital = 1, Minor };
    /// Before mount().
    void add(std::string part, Check check, Weight weight = Weight::Vital);
    void mount(net::Router& router, std::vector<net::Registration>& routes);

private:
    net::HttpResponse health();
    net::HttpResponse metrics(const net::HttpRequest& request) const;
    void refresh();

    struct Part {
        std::string name;
        Check check;
        Weight weight = Weight::Vital;
        bool isWell = true;
    };
    const HttpCallers& callers_;
    const config::MetricsAccess metrics_;
    std::mutex mutex_; ///< guards parts_ and checked_; held while checking: one check at a time
    std::vector<Part> parts_;
    std::chrono::steady_clock::time_point checked_{};
};

} // namespace trellis::api
