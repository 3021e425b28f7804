#include "core/plugin/roster.hpp"

#include "core/bus/event_bus.hpp"
#include "core/plugin/discovery.hpp"
#include "core/telemetry/log.hpp"

namespace trellis::plugin {

Entry* Roster::find(const std::string& id) {
    const auto found = entries_.find(id);
    return found == entries_.end() ? nullptr : &found->second;
}

Entry& Roster::add(Entry entry, const std::string& sentence) {
    const auto id = entry.manifest.id;
    auto& kept = entries_[id] = std::move(entry);
    auto status = statusOf(kept.manifest, kept.folder);
    status.state = kept.isBad ? State::Refused : State::Found;
    status.sentence = sentence;
    const std::scoped_lock lock(mutex_);
    statuses_[id] = std::move(status);
    return kept;
}

void Roster::setState(const std::string& id, State state, const std::string& sentence,
                      std::vector<std::string> problems) {
    Status copy;
    {
        const std::scoped_lock lock(mutex_);
        auto& status = statuses_[id];
        status.state = state;
        status.sentence = sentence;
        status.problems = std::move(problems);
        status.since = std::chrono::system_clock::now();
        copy = status;
    }
    tell(copy);
}

void Roster::setHealth(const std::string& id, const std::string& why) {
    Status copy;
    {
        const std::scoped_lock lock(mutex_);
        auto& status = statuses_[id];
        const auto state = why.empty() ? State::Running : State::Degraded;
        if (!isActive(status.state) || (status.state == state && status.sentence == why)) return;
        status.state = state;
        status.sentence = why;
        status.since = std::chrono::system_clock::now();
        copy = status;
    }
    tell(copy);
}

void Roster::tell(const Status& status) const {
    const auto state = stateName(status.state);
    auto& log = telemetry::log("plugin");
    switch (status.state) {
    case State::Refused:
    case State::Misconfigured:
    case State::Failed:
    case State::Quarantined:
        log.error("plugin state", {{"plugin", status.id}, {"state", state}, {"why", status.sentence}});
        break;
    case State::Degraded:
        log.warning("plugin state", {{"plugin", status.id}, {"state", state}, {"why", status.sentence}});
        break;
    case State::Running:
    case State::Stopped:
    case State::Disabled:
        log.info("plugin state", {{"plugin", status.id}, {"state", state}, {"why", status.sentence}});
        break;
    default: log.debug("plugin state", {{"plugin", status.id}, {"state", state}}); break;
    }
    events_.publish(sdk::kPluginStateChanged,
                    sdk::PluginEvent{status.id, std::string(state), status.sentence});
}

void Roster::setEnabled(const std::string& id, bool isEnabled) {
    const std::scoped_lock lock(mutex_);
    statuses_[id].isEnabled = isEnabled;
}

void Roster::setUi(const std::string& id, std::vector<UiContribution> ui) {
    const std::scoped_lock lock(mutex_);
    if (ui.empty()) {
        ui_.erase(id);
    } else {
        ui_[id] = std::move(ui);
    }
}

void Roster::watchFaults(const std::string& id, std::shared_ptr<const Guard> guard) {
    const std::scoped_lock lock(mutex_);
    faultsOf_[id] = std::move(guard);
}

State Roster::stateOf(const std::string& id) const {
    const std::scoped_lock lock(mutex_);
    const auto found = statuses_.find(id);
    return found == statuses_.end() ? State::Refused : found->second.state;
}

std::vector<Status> Roster::list() const {
    std::vector<Status> all;
    for (const auto& id : ids()) {
        if (auto one = status(id)) all.push_back(std::move(*one));
    }
    return all;
}

std::optional<Status> Roster::status(const std::string& id) const {
    const std::scoped_lock lock(mutex_);
    const auto found = statuses_.find(id);
    if (found == statuses_.end()) return std::nullopt;
    auto copy = found->second;
    if (const auto watched = faultsOf_.find(id); watched != faultsOf_.end()) {
        copy.faults = watched->second->faults();
    }
    return copy;
}

std::vector<UiContribution> Roster::ui() const {
    std::vector<UiContribution> all;
    const std::scoped_lock lock(mutex_);
    for (const auto& [id, contributions] : ui_) {
        all.insert(all.end(), contributions.begin(), contributions.end());
    }
    return all;
}

std::vector<std::string> Roster::ids() const {
    std::vector<std::string> ids;
    const std::scoped_lock lock(mutex_);
    for (const auto& [id, status] : statuses_) ids.push_back(id);
    return ids;
}

}  // namespace trellis::plugin
