/// Ordered yes/no questions that run inline and fail closed (sdk/event.hpp tells the rules).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <trellis/sdk/event.hpp>

#include "core/bus/event_bus.hpp"

namespace trellis::bus {

class Decisions {
public:
    Decisions();
    ~Decisions();
    Decisions(const Decisions&) = delete;
    Decisions& operator=(const Decisions&) = delete;

    /// Handlers of one point run in order of `priority`, lower first, ties in order of registration.
    [[nodiscard]] SubscriptionPtr add(std::string point, int priority, sdk::DecisionHandler handler);

    /// The first Deny or NeedMore wins and ends the round; else Allow if anybody allowed; else
    /// Abstain. A handler that throws counts as Deny; so does one that took longer than 2 s.
    sdk::Decision ask(std::string_view point, const sdk::Request& request,
                      const sdk::json::object& facts) const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace trellis::bus
