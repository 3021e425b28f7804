/// The list of plugins with their states. Statuses are read by any thread; everything else belongs to
/// the loader.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/plugin/instance.hpp"
#include "core/plugin/status.hpp"
#include "core/plugin/ui.hpp"

namespace trellis::bus {
class EventBus;
}

namespace trellis::plugin {

/// What the loader knows about one plugin.
struct Entry {
    Manifest manifest;  ///< `id` is the folder's name when the manifest is bad
    std::filesystem::path folder;
    bool isBad = false;              ///< manifest or graph: cannot be started as it is
    bool isLeaked = false;           ///< code of an earlier instance still runs
    bool isSuspect = false;          ///< the last process died in it: not started by itself once
    bool wasRetried = false;         ///< the one automatic retry was used
    std::string stoppedFor;          ///< the required plugin because of which it was stopped
    std::optional<sdk::Schema> options;
    std::shared_ptr<Instance> instance;
    std::shared_ptr<void> retryTimer;
};

class Roster {
public:
    explicit Roster(bus::EventBus& events) : events_(events) {}

    /// Loader only.
    Entry* find(const std::string& id);
    Entry& add(Entry entry, const std::string& sentence);
    std::map<std::string, Entry>& all() { return entries_; }

    /// Sets the state, logs it and publishes plugin.stateChanged.
    void setState(const std::string& id, State state, const std::string& sentence,
                  std::vector<std::string> problems = {});
    void setEnabled(const std::string& id, bool isEnabled);
    /// Running <-> Degraded, said by the plugin itself; ignored in any other state. Any thread.
    void setHealth(const std::string& id, const std::string& why);
    void setUi(const std::string& id, std::vector<UiContribution> ui);
    /// Whose faults the status tells.
    void watchFaults(const std::string& id, std::shared_ptr<const Guard> guard);

    // Any thread:
    State stateOf(const std::string& id) const;
    std::vector<Status> list() const;
    std::optional<Status> status(const std::string& id) const;
    std::vector<UiContribution> ui() const;
    std::vector<std::string> ids() const;

private:
    void tell(const Status& status) const;

    bus::EventBus& events_;
    std::map<std::string, Entry> entries_;  ///< loader only
    mutable std::mutex mutex_;
    std::map<std::string, Status> statuses_;
    std::map<std::string, std::vector<UiContribution>> ui_;
    std::map<std::string, std::shared_ptr<const Guard>> faultsOf_;
};

}  // namespace trellis::plugin
