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
