#include "core/plugin/wraps.hpp"

namespace trellis::plugin {

void LiveObjects::add(const std::shared_ptr<Item>& item) {
    const std::scoped_lock lock(mutex_);
    if (items_.size() >= pruneAt_) {
        items_.remove_if([](const auto& weak) { return weak.expired(); });
        pruneAt_ = 2 * items_.size() + 64;
    }
    items_.push_back(item);
}

bool LiveObjects::endAll(std::chrono::steady_clock::time_point deadline) noexcept {
    std::list<std::weak_ptr<Item>> items;
    {
        const std::scoped_lock lock(mutex_);
        items.swap(items_);
    }
    bool isAll = true;
    for (const auto& weak : items) {
        const auto item = weak.lock();
        if (item && !item->end(deadline)) isAll = false;
    }
    return isAll;
}

namespace {

using Pieces = std::function<std::optional<std::string>()>;

/// A stream that fails or whose plugin stops ends with an error, so that the reader sees it was cut.
Pieces guardPieces(const std::shared_ptr<Guard>& guard, std::string where, std::string traceId,
                   Pieces pieces) {
    return [guard, where = std::move(where), traceId = std::move(traceId),
            pieces = std::move(pieces)] { return guard->request(where, traceId, pieces); };
}

}  // namespace

sdk::RouteHandler guardRoute(const std::shared_ptr<Guard>& guard, const sdk::RouteSpec& spec,
                             sdk::RouteHandler handler) {
    return [guard, where = "route " + spec.method + " " + spec.path, handler = std::move(handler)](
               const sdk::Request& request, const sdk::HttpRequest& http) {
        auto response =
            guard->request(where, request.traceId, [&] { return handler(request, http); });
        if (response.stream) {
            response.stream =
                guardPieces(guard, where, request.traceId, std::move(response.stream));
        }
        return response;
    };
}

sdk::AgentMessageHandler guardMessage(const std::shared_ptr<Guard>& guard,
                                      const std::string& action, sdk::AgentMessageHandler handler) {
    return [guard, where = "agent message " + action, handler = std::move(handler)](
               const std::string& deviceId, const sdk::json::object& message) {
        guard->contain(where, [&] { handler(deviceId, message); });
    };
}

sdk::DecisionHandler guardDecision(const std::shared_ptr<Guard>& guard, const std::string& point,
                                   sdk::DecisionHandler handler) {
    return [guard, where = "decision " + point, handler = std::move(handler)](
               const sdk::Request& request, const sdk::json::object& facts) {
        auto decision = sdk::Decision::Deny;
        guard->contain(where, [&] { decision = handler(request, facts); });
        return decision;
    };
}

}  // namespace trellis::plugin
