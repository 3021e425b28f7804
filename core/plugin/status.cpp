#include "core/plugin/status.hpp"

#include <boost/json/value_from.hpp>

namespace trellis::plugin {

std::string_view stateName(State state) noexcept {
    switch (state) {
    case State::Found: return "found";
    case State::Described: return "described";
    case State::Configured: return "configured";
    case State::Starting: return "starting";
    case State::Running: return "running";
    case State::Degraded: return "degraded";
    case State::Stopping: return "stopping";
    case State::Stopped: return "stopped";
    case State::Refused: return "refused";
    case State::Misconfigured: return "misconfigured";
    case State::Failed: return "failed";
    case State::Quarantined: return "quarantined";
    case State::Disabled: return "disabled";
    }
    return "found";
}

boost::json::object Status::toJson() const {
    const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(since.time_since_epoch());
    return {{"id", id},
            {"name", name},
            {"version", version},
            {"summary", summary},
            {"state", stateName(state)},
            {"reason", sentence},
            {"problems", boost::json::value_from(problems)},
            {"since", time.count()},
            {"grants", boost::json::value_from(grants)},
            {"requires", boost::json::value_from(requires_)},
            {"required", isRequired},
            {"enabled", isEnabled},
            {"faults", faults}};
}

}  // namespace trellis::plugin
