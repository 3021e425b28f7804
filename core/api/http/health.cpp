#include "core/api/http/health.hpp"

#include "core/telemetry/log.hpp"
#include "core/telemetry/metrics.hpp"

namespace trellis::api {

namespace json = boost::json;

namespace {

// A flood of requests costs one check a second.
constexpr std::chrono::seconds kKeep{1};

/// By the connection's own address: what a proxy forwards is not from this machine.
bool isFromThisMachine(const net::HttpRequest& request) {
    return request.connection.isLocal ||
           (request.connection.peer.isLoopback() && request.peer.isLoopback() &&
            !request.headers.has("X-Forwarded-For") && !request.headers.has("Forwarded"));
}

} // namespace

void HealthDoor::add(std::string part, Check check, Weight weight) {
    const std::scoped_lock lock(mutex_);
    parts_.push_back({std::move(part), std::move(check), weight});
}

void HealthDoor::mount(net::Router& router, std::vector<net::Registration>& routes) {
    net::RouteSpec healthz;
    healthz.path = "/healthz";
    routes.push_back(
        router.addSimple(healthz, [this](const net::HttpRequest&) { return health(); }));
    // MeshCentral's own (control-protocol 8.1): whether the process answers at all.
    net::RouteSpec old;
    old.path = "/health.ashx";
    old.runOn = net::RunOn::Loop;
    routes.push_back(router.addSimple(
        old, [](const net::HttpRequest&) { return net::HttpResponse::text(200, "ok"); }));
    net::RouteSpec metricsSpec;
    metricsSpec.path = "/metrics";
    routes.push_back(router.addSimple(
        metricsSpec, [this](const net::HttpRequest& request) { return metrics(request); }));
}

void HealthDoor::refresh() {
    const auto now = std::chrono::steady_clock::now();
    if (checked_ != std::chrono::steady_clock::time_point{} && now - checked_ < kKeep)
        return;
    checked_ = now;
    for (auto& part : parts_) {
        std::optional<std::string> fault;
        try {
            fault = part.check();
        } catch (const std::exception& reason) {
            fault = reason.what();
        }
        if (fault && part.isWell)
            telemetry::log("health").error("part is unwell",
                                           {{"part", part.name}, {"why", *fault}});
        if (!fault && !part.isWell)
            telemetry::log("health").info("part is well again", {{"part", part.name}});
        part.isWell = !fault;
    }
}

net::HttpResponse HealthDoor::health() {
    const std::scoped_lock lock(mutex_);
    refresh();
    bool isServing = true;
    bool isWell = true;
    json::object parts;
    for (const auto& part : parts_) {
        parts[part.name] = part.isWell ? "ok" : "failed";
        isWell = isWell && part.isWell;
        isServing = isServing && (part.isWell || part.weight == Weight::Minor);
    }
    const char* status = !isServing ? "failed" : isWell ? "ok" : "degraded";
    return jsonResponse(isServing ? 200 : 503,
                        json::object{{"status", status}, {"parts", std::move(parts)}});
}

net::HttpResponse HealthDoor::metrics(const net::HttpRequest& request) const {
    using config::MetricsAccess;
    bool mayRead = metrics_ == MetricsAccess::Public;
    if (metrics_ == MetricsAccess::Loopback || metrics_ == MetricsAccess::Admin)
        mayRead = request.connection.isLocal;
    if (metrics_ == MetricsAccess::Loopback)
        mayRead = isFromThisMachine(request);
    if (metrics_ == MetricsAccess::Admin && !mayRead) {
        const auto signedIn = callers_.session(request);
        mayRead = signedIn && signedIn->user->isFullAdmin() && request.tenant.empty();
    }
    if (!mayRead)
        return net::HttpResponse::text(404, "not found\n");
    auto response = net::HttpResponse::text(200, telemetry::Metrics::instance().text(),
                                            "text/plain; version=0.0.4; charset=utf-8");
    response.with("Cache-Control", "no-store");
    return response;
}

} // namespace trellis::api
