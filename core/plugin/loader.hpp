/// The operations of the plugin host. All of it runs on the loader's thread, one operation after
/// another; no lock is held while plugin code runs.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/plugin/claims.hpp"
#include "core/plugin/journal.hpp"
#include "core/plugin/plugin_host.hpp"
#include "core/plugin/roster.hpp"
#include "core/plugin/services.hpp"

namespace trellis::plugin {

class Loader {
public:
    /// `later`: hands an operation to the loader's thread, false when it has ended.
    using Later = std::function<bool(std::function<void()>)>;
    Loader(Ports ports, Settings settings, Roster& roster, Later later);

    void discover();
    void describe(const std::function<bool(const std::string&)>& isEnabled);
    std::vector<config::PluginSchema> schemas() const;
    config::Checked check(const config::Source& source);
    StartOutcome start(std::shared_ptr<const config::Config> config, config::Source source);
    void stop();
    /// Throws what enable() or disable() would throw before they change anything.
    void checkChange(const std::string& id, bool isEnabled);
    Status enable(const std::string& id);
    Status disable(const std::string& id);
    config::Checked reload(config::Source source);
    std::shared_ptr<const config::Config> config() const;

private:
    void discoverOne(const std::filesystem::path& folder);
    void applyOrder();
    void openJournal();
    Entry& known(const std::string& id);
    bool describeOne(Entry& entry);
    bool startOne(Entry& entry, const config::Config& config);
    std::string unmetRequirement(const Entry& entry) const;
    void publishUi(const Entry& entry);
    void stopOne(Entry& entry, State state, const std::string& sentence);
    void stopDependents(const std::string& id, const std::string& why);
    void startDependents(const std::string& id);
    bool bringUp(Entry& entry);
    void settle(Entry& entry, const Outcome& outcome);
    std::vector<std::string> dependentsOf(const std::string& id) const;
    void quarantine(const std::string& id, const std::weak_ptr<Instance>& which,
                    const std::string& sentence);
    void retry(const std::string& id);
    std::shared_ptr<Instance> makeInstance(const Entry& entry);
    std::vector<std::string> misconfigure(const config::Report& report);
    /// `changed`: id to whether more than its `enabled` changed.
    void restartChanged(const std::map<std::string, bool>& changed,
                        const std::shared_ptr<const config::Config>& old);
    bool takeOver(Entry& entry);
    /// By its manifest, or by the admin: `plugins.<id>.required`.
    bool isRequired(const Entry& entry) const;
    std::string missingSentence(const std::string& id) const;

    const Ports ports_;
    const Settings settings_;
    Roster& roster_;
    const Later later_;
    Claims claims_;
    std::shared_ptr<Services> services_;
    std::shared_ptr<Journal> journal_;
    std::vector<std::string> order_;
    config::Source source_;
    bool isStarted_ = false;
    mutable std::mutex configMutex_;
    std::shared_ptr<const config::Config> config_;
};

}  // namespace trellis::plugin
