// Switching plugins while the server runs: enable, disable, quarantine and its retry.
#include <algorithm>

#include "core/bus/timers.hpp"
#include "core/plugin/loader.hpp"
#include "core/plugin/step_runner.hpp"

namespace trellis::plugin {

using sdk::Error;
using sdk::ErrorCode;

Entry& Loader::known(const std::string& id) {
    if (auto* entry = roster_.find(id)) return *entry;
    const auto ids = roster_.ids();
    const std::vector<std::string_view> names(ids.begin(), ids.end());
    const auto near = sdk::nearestName(id, names);
    throw Error(ErrorCode::NotFound,
                "no plugin \"" + id + "\"" +
                    (near.empty() ? std::string() : "; did you mean \"" + std::string(near) + "\"?"),
                "/id");
}

std::vector<std::string> Loader::dependentsOf(const std::string& id) const {
    std::vector<std::string> dependents;
    for (const auto& other : order_) {  // in start order, so that chains come out whole
        for (const auto& [needed, range] : roster_.find(other)->manifest.requires_) {
            const bool isDirect = needed == id;
            const bool isThrough = std::find(dependents.begin(), dependents.end(), needed) !=
                                   dependents.end();
            if (!isDirect && !isThrough) continue;
            dependents.push_back(other);
            break;
        }
    }
    return dependents;
}

void Loader::stopDependents(const std::string& id, const std::string& why) {
    const auto dependents = dependentsOf(id);
    for (auto other = dependents.rbegin(); other != dependents.rend(); ++other) {
        auto& entry = *roster_.find(*other);
        if (!entry.instance) continue;
        entry.stoppedFor = id;
        stopOne(entry, State::Stopped, "requires the plugin \"" + id + "\", which " + why);
    }
}

void Loader::startDependents(const std::string& id) {
    for (const auto& other : dependentsOf(id)) {
        auto& entry = *roster_.find(other);
        if (entry.instance || entry.stoppedFor.empty() || !roster_.status(other)->isEnabled) continue;
        bringUp(entry);
    }
}

/// From nothing to running. A bad state with its sentence otherwise.
bool Loader::bringUp(Entry& entry) {
    const auto& id = entry.manifest.id;
    if (entry.isLeaked) {
        roster_.setState(id, State::Failed,
                         "code of an earlier instance still runs: restart the server to use the plugin");
        return false;
    }
    if (!describeOne(entry)) return false;
    auto checked = check(source_);
    if (!entry.instance) return false;  // misconfigured
    if (!checked.config) {
        settle(entry, {State::Misconfigured,
                       "the configuration has errors, see `trellisctl config check`", {}, false});
        return false;
    }
    {
        const std::scoped_lock lock(configMutex_);
        config_ = checked.config;
    }
    return startOne(entry, *checked.config);
}

Status Loader::enable(const std::string& id) {
    auto& found = known(id);
    roster_.setEnabled(id, true);
    if (isActive(roster_.stateOf(id))) return *roster_.status(id);
    found.retryTimer.reset();
    found.wasRetried = false;
    found.isSuspect = false;
    if (found.isBad) {
        // Nothing of it is mapped, so the manifest may have been mended since.
        const auto folder = found.folder;
        roster_.all().erase(id);
        discoverOne(folder);
        applyOrder();
    }
    auto& entry = known(id);
    const bool isUp = !entry.isBad && bringUp(entry);
    if (isUp) startDependents(id);
    auto status = *roster_.status(id);
    if (!isUp) {
        throw Error(ErrorCode::Conflict, "the plugin " + id + " is " +
                                             std::string(stateName(status.state)) + ": " +
                                             status.sentence);
    }
    return status;
}

void Loader::checkChange(const std::string& id, bool isEnabled) {
    const auto& entry = known(id);
    if (isRequired(entry) && !isEnabled) {
        const std::string where = entry.manifest.isRequired ? "its plugin.yaml" : "the configuration";
        throw Error(ErrorCode::Conflict, "the plugin " + id + " is marked as required in " + where +
                                             " and cannot be switched off");
    }
}

Status Loader::disable(const std::string& id) {
    checkChange(id, false);
    auto& entry = known(id);
    entry.retryTimer.reset();
    entry.stoppedFor.clear();
    roster_.setEnabled(id, false);
    if (entry.isBad) return *roster_.status(id);
    stopDependents(id, "was switched off");
    stopOne(entry, State::Disabled, "switched off");
    return *roster_.status(id);
}

void Loader::quarantine(const std::string& id, const std::weak_ptr<Instance>& which,
                        const std::string& sentence) {
    auto* entry = roster_.find(id);
    const auto instance = which.lock();
    if (entry == nullptr || !instance || entry->instance != instance) return;  // gone already
    if (!isActive(roster_.stateOf(id))) return;
    const bool mayRetry = !entry->wasRetried;
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(settings_.retryAfter);
    stopDependents(id, "was quarantined");
    stopOne(*entry, State::Quarantined,
            sentence + (mayRetry ? "; tried again once in " + std::to_string(minutes.count()) +
                                       " min, or enable it to try now"
                                 : "; it had been tried again once: enable it to try again"));
    if (!mayRetry || entry->isLeaked) return;
    entry->wasRetried = true;
    entry->retryTimer = std::shared_ptr<sdk::Handle>(ports_.timers->after(
        settings_.retryAfter, [later = later_](std::function<void()> work) { return later(work); },
        [this, id] { retry(id); }));
}

void Loader::retry(const std::string& id) {
    auto* entry = roster_.find(id);
    if (entry == nullptr || roster_.stateOf(id) != State::Quarantined) return;
    if (bringUp(*entry)) startDependents(id);
}

}  // namespace trellis::plugin
