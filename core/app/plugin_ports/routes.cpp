#include "core/app/plugin_ports/routes.hpp"

#include <trellis/sdk/error.hpp>

#include "core/app/plugin_ports/exchange.hpp"

namespace trellis::app {
namespace {

using sdk::Error;
using sdk::ErrorCode;

constexpr auto kTimeLimit = std::chrono::seconds(30);

std::string keyOf(const sdk::RouteSpec& spec) {
    return spec.method + " " + spec.path;
}

std::string argument(const net::HttpRequest& request, const char* name) {
    if (const auto found = request.params.find(name)) return std::string(*found);
    return std::string(request.query.get(name));
}

}  // namespace

/// Takes the route and its entry in the table of owners out again.
struct RoutesPort::Owned {
    RoutesPort& port;
    std::string key;
    net::Registration route;

    Owned(RoutesPort& p, std::string k, net::Registration r)
        : port(p), key(std::move(k)), route(std::move(r)) {}
    Owned(const Owned&) = delete;
    Owned& operator=(const Owned&) = delete;
    ~Owned() {
        route.withdraw();
        const std::scoped_lock lock(port.mutex_);
        port.owners_.erase(key);
    }
};

std::string RoutesPort::ownerOf(const sdk::RouteSpec& spec) const {
    {
        const std::scoped_lock lock(mutex_);
        const auto found = owners_.find(keyOf(spec));
        if (found != owners_.end()) return found->second;
    }
    std::vector<std::string> segments;
    std::string rest = spec.path.substr(spec.path.empty() ? 0 : 1);
    for (std::size_t at = 0; at != std::string::npos;) {
        const auto end = rest.find('/', at);
        segments.push_back(rest.substr(at, end == std::string::npos ? end : end - at));
        at = end == std::string::npos ? end : end + 1;
    }
    const auto match = router_.match(spec.method, segments, false);
    return match.kind == net::Router::Match::Kind::Found && match.params.size() == 0 ? "core" : "";
}

plugin::Registration RoutesPort::add(const std::string& owner, sdk::RouteSpec spec,
                                     sdk::RouteHandler handler) {
    return mount(owner, spec, net::BodyMode::Buffered,
                 [this, spec, h = std::move(handler)](const net::HttpRequest& request,
                                                      const net::Responder& responder) {
                     responder.send(toNet(h(admit(spec, request), toPlugin(request))));
                 });
}

plugin::Registration RoutesPort::addExchange(const std::string& owner, sdk::RouteSpec spec,
                                             sdk::ExchangeHandler handler) {
    return mount(owner, spec, net::BodyMode::Streamed,
                 [this, spec, h = std::move(handler)](net::HttpRequest request,
                                                      net::Responder responder) {
                     auto admitted = admit(spec, request);
                     h(std::make_shared<NetExchange>(std::move(admitted), std::move(request),
                                                     std::move(responder)));
                 });
}

plugin::Registration RoutesPort::mount(const std::string& owner, const sdk::RouteSpec& spec,
                                       net::BodyMode mode, net::HttpHandler handler) {
    net::RouteSpec route;
    route.method = spec.method;
    route.path = spec.path;
    route.bodyLimit = spec.bodyLimit;
    route.bodyMode = mode;
    auto key = keyOf(spec);
    auto registration = router_.add(std::move(route), std::move(handler));
    {
        const std::scoped_lock lock(mutex_);
        owners_.emplace(key, owner);
    }
    return std::make_shared<Owned>(*this, std::move(key), std::move(registration));
}

sdk::Request RoutesPort::admit(const sdk::RouteSpec& spec, const net::HttpRequest& request) const {
    sdk::Request admitted;
    admitted.deadline = sdk::Clock::now() + kTimeLimit;
    admitted.caller.address = request.peer.text();
    if (spec.access == sdk::RouteAccess::Public) return admitted;
    if (spec.access == sdk::RouteAccess::SignedLink) {
        const auto body = tokens_.read(auth::Purpose::Plugin, request.query.get("c"));
        const auto* path = body ? body->if_contains("path") : nullptr;
        if (!path || !path->is_string() || path->as_string() != request.path) {
            throw Error(ErrorCode::Forbidden, "this link is not valid (any more)");
        }
        return admitted;
    }
    const bool isReading = request.method == "GET" || request.method == "HEAD";
    admitted.caller = callers_.resolve(
        request, isReading ? api::HttpCallers::Change::No : api::HttpCallers::Change::Yes);
    require(spec.requires_, request, admitted);
    return admitted;
}

void RoutesPort::require(const sdk::Requirement& requirement, const net::HttpRequest& http,
                         sdk::Request& request) const {
    const auto refuse = [] {
        throw Error(ErrorCode::Forbidden, "you don't have the right to do this");
    };
    if (requirement.scope == sdk::Scope::SignedIn) return;
    if (requirement.scope == sdk::Scope::Site) {
        const auto& caller = request.caller;
        if (!caller.isLocalAdmin &&
            !auth::RightsDecider::judgeSite(caller.siteRights, caller.domain, requirement.right,
                                            requirement.forbidden)) {
            refuse();
        }
        return;
    }
    const bool isDevice = requirement.scope == sdk::Scope::Device;
    const char* name = *requirement.argument ? requirement.argument : isDevice ? "nodeid" : "meshid";
    const auto id = argument(http, name);
    const auto access =
        isDevice ? access_.device(request.caller, id) : access_.group(request.caller, id);
    if (!access.isVisible) {
        throw Error(ErrorCode::NotFound, isDevice ? "no such device" : "no such device group",
                    std::string("/") + name);
    }
    if (!api::allows(access.rights, requirement.right, requirement.forbidden)) refuse();
    request.deviceRights = access.rights;
    request.groupId = access.groupId;
    if (isDevice) request.deviceId = id;
}

}  // namespace trellis::app
