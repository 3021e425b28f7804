#include "core/bus/decisions.hpp"

#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "core/telemetry/log.hpp"

namespace trellis::bus {
namespace {

constexpr auto kBudget = std::chrono::seconds(2);

using Order = std::pair<int, std::uint64_t>;  // priority, then registration
using Handlers = std::map<Order, std::shared_ptr<sdk::DecisionHandler>>;

sdk::Decision askOne(const sdk::DecisionHandler& handler, std::string_view point,
                     const sdk::Request& request, const sdk::json::object& facts) {
    const auto begin = sdk::Clock::now();
    try {
        const auto decision = handler(request, facts);
        if (sdk::Clock::now() - begin <= kBudget) return decision;
        telemetry::log("bus").warning("decision took too long, denied", {{"point", point}});
    } catch (const std::exception& e) {
        telemetry::log("bus").error("decision failed, denied", {{"point", point}, {"error", e.what()}});
    } catch (...) {
        telemetry::log("bus").error("decision failed, denied", {{"point", point}});
    }
    return sdk::Decision::Deny;
}

}  // namespace

struct Decisions::State {
    mutable std::mutex mutex;
    std::uint64_t nextId = 1;
    std::map<std::string, Handlers, std::less<>> points;
};

namespace {

class Ending final : public Subscription {
public:
    explicit Ending(std::function<void()> erase) : erase_(std::move(erase)) {}
    ~Ending() override { erase_(); }

private:
    std::function<void()> erase_;
};

}  // namespace

Decisions::Decisions() : state_(std::make_shared<State>()) {}
Decisions::~Decisions() = default;

SubscriptionPtr Decisions::add(std::string point, int priority, sdk::DecisionHandler handler) {
    const std::scoped_lock lock(state_->mutex);
    const Order order{priority, state_->nextId++};
    state_->points[point].emplace(order, std::make_shared<sdk::DecisionHandler>(std::move(handler)));
    return std::make_unique<Ending>([weak = std::weak_ptr<State>(state_), order, point] {
        const auto state = weak.lock();
        if (!state) return;
        const std::scoped_lock stateLock(state->mutex);
        const auto found = state->points.find(point);
        if (found != state->points.end()) found->second.erase(order);
    });
}

sdk::Decision Decisions::ask(std::string_view point, const sdk::Request& request,
                             const sdk::json::object& facts) const {
    std::vector<std::shared_ptr<sdk::DecisionHandler>> handlers;
    {
        const std::scoped_lock lock(state_->mutex);
        const auto found = state_->points.find(point);
        if (found == state_->points.end()) return sdk::Decision::Abstain;
        for (const auto& [order, handler] : found->second) handlers.push_back(handler);
    }
    auto result = sdk::Decision::Abstain;
    for (const auto& handler : handlers) {
        const auto one = askOne(*handler, point, request, facts);
        if (one == sdk::Decision::Deny || one == sdk::Decision::NeedMore) return one;
        if (one == sdk::Decision::Allow) result = one;
    }
    return result;
}

}  // namespace trellis::bus
