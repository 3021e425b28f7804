#include "core/plugin/loader.hpp"

#include "core/plugin/discovery.hpp"
#include "core/plugin/graph.hpp"
#include "core/telemetry/log.hpp"

namespace trellis::plugin {

Loader::Loader(Ports ports, Settings settings, Roster& roster, Later later)
    : ports_(ports), settings_(std::move(settings)), roster_(roster), later_(std::move(later)),
      claims_(ports_), services_(std::make_shared<Services>()) {
    for (const auto& service : ports_.services) services_->offer("core", service);
}

// ---- finding ------------------------------------------------------------------------------------

void Loader::openJournal() {
    if (settings_.journal.empty() || journal_) return;
    try {
        journal_ = Journal::open(settings_.journal);
    } catch (const sdk::Error& error) {
        // Without it a crash is not attributed; no reason not to serve.
        telemetry::log("plugin").warning("no crash journal", {{"why", error.what()}});
    }
}

void Loader::discover() {
    openJournal();
    for (const auto& folder : pluginFolders(settings_.folders)) discoverOne(folder);
    applyOrder();
}

void Loader::discoverOne(const std::filesystem::path& folder) {
    auto parsed = readManifest(folder);
    Entry entry;
    entry.folder = folder;
    if (parsed.manifest) {
        entry.manifest = std::move(*parsed.manifest);
    } else {
        entry.manifest.id = folder.filename().string();
        entry.isBad = true;
    }
    const auto id = entry.manifest.id;
    if (const auto* earlier = roster_.find(id)) {
        telemetry::log("plugin").warning("plugin found twice, the first counts",
                                         {{"plugin", id},
                                          {"used", earlier->folder.string()},
                                          {"ignored", folder.string()}});
        return;
    }
    const bool isBad = entry.isBad;
    roster_.add(std::move(entry), {});
    if (!isBad) return;
    std::vector<std::string> problems;
    for (const auto& finding : parsed.problems) problems.push_back(finding.text());
    roster_.setState(id, State::Refused, manifestSentence(parsed.problems), problems);
}

/// Cycles and absent requirements cost those concerned; the others get their order.
void Loader::applyOrder() {
    std::vector<Manifest> manifests;
    for (const auto& [id, entry] : roster_.all()) {
        if (!entry.isBad || !entry.manifest.version.empty()) manifests.push_back(entry.manifest);
    }
    auto order = startOrder(manifests);
    order_ = std::move(order.ids);
    for (auto& [id, entry] : roster_.all()) {
        const auto found = order.refused.find(id);
        if (found == order.refused.end()) {
            if (!entry.manifest.version.empty()) entry.isBad = false;
            continue;
        }
        if (entry.instance) {
            order_.push_back(id);  // runs already; what was installed since concerns its next start
            continue;
        }
        entry.isBad = true;
        roster_.setState(id, State::Refused, found->second);
    }
    if (!journal_) return;
    for (const auto& id : journal_->suspects()) {
        if (auto* entry = roster_.find(id); entry != nullptr && !isStarted_) entry->isSuspect = true;
    }
}

// ---- code and declarations ----------------------------------------------------------------------

std::shared_ptr<Instance> Loader::makeInstance(const Entry& entry) {
    const auto id = entry.manifest.id;
    const auto which = std::make_shared<std::weak_ptr<Instance>>();
    Instance::Context context;
    context.ports = ports_;
    context.folder = entry.folder;
    context.dataDir = settings_.dataDir / "plugins" / id;
    context.describeLimit = settings_.describeLimit;
    context.startLimit = settings_.startLimit;
    context.stopLimit = settings_.stopLimit;
    context.sweepEvery = settings_.sweepEvery;
    context.checkResults = settings_.checkResults;
    // The loader and its roster outlive every instance but those given up, which is why the
    // callbacks of an instance go through the loader's queue or through objects of their own.
    context.setHealth = [later = later_, &roster = roster_, id](const std::string& why) {
        later([&roster, id, why] { roster.setHealth(id, why); });
    };
    context.findService = [services = services_](const std::type_info& type) {
        return services->find(type);
    };
    context.pageParts = [&roster = roster_](const std::function<bool(const sdk::UiSpec&)>& wanted) {
        return uiFrom(roster.list(), roster.ui(), wanted);
    };
    context.offerService = [services = services_, id](const sdk::Declarations::Service& service) {
        services->offer(id, service);
    };
    context.withdrawServices = [services = services_, id] { services->withdraw(id); };

    Guard::Settings guard;
    guard.id = id;
    guard.journal = journal_;
    guard.faultLimit = settings_.faultLimit;
    guard.faultWindow = settings_.faultWindow;
    guard.onTooMany = [this, later = later_, id, which](const std::string& sentence) {
        later([this, id, which, sentence] { quarantine(id, *which, sentence); });
    };
    auto instance = std::make_shared<Instance>(entry.manifest, std::move(context), std::move(guard));
    *which = instance;
    return instance;
}

void Loader::describe(const std::function<bool(const std::string&)>& isEnabled) {
    for (auto& [id, entry] : roster_.all()) {
        if (isEnabled(id)) continue;
        roster_.setEnabled(id, false);
        if (!entry.isBad) roster_.setState(id, State::Disabled, "switched off in the configuration");
    }
    for (const auto& id : order_) {
        auto& entry = *roster_.find(id);
        if (roster_.stateOf(id) != State::Found) continue;
        if (entry.isSuspect) {
            roster_.setState(id, State::Quarantined,
                             "the server ended without order while code of this plugin was running; "
                             "it is skipped at this start: update it, or enable it to try again");
            continue;
        }
        describeOne(entry);
    }
}

bool Loader::describeOne(Entry& entry) {
    const auto& id = entry.manifest.id;
    entry.instance = makeInstance(entry);
    roster_.watchFaults(id, entry.instance->guard());
    auto outcome = entry.instance->describe();
    if (outcome.state == State::Described) {
        auto clashes = claims_.take(id, entry.instance->declared());
        if (!clashes.empty()) {
            outcome.state = State::Refused;
            outcome.sentence = clashes.front() + (clashes.size() > 1 ? " (and more)" : "") +
                               ": disable one of the two";
            outcome.problems = std::move(clashes);
        }
    }
    if (outcome.state != State::Described) {
        settle(entry, outcome);
        return false;
    }
    entry.options = entry.instance->declared().options;
    roster_.setState(id, State::Described, entry.instance->note());
    return true;
}

/// The end of an instance that did not get to run.
void Loader::settle(Entry& entry, const Outcome& outcome) {
    const auto& id = entry.manifest.id;
    claims_.release(id);
    roster_.setUi(id, {});
    if (outcome.isLeaked) {
        entry.isLeaked = true;
    } else if (entry.instance) {
        const auto stopped = entry.instance->stop();  // destroys the object; nothing was started
        entry.isLeaked = stopped.isLeaked;
    }
    entry.instance.reset();
    roster_.setState(id, outcome.state, outcome.sentence, outcome.problems);
}

// ---- starting and stopping ----------------------------------------------------------------------

StartOutcome Loader::start(std::shared_ptr<const config::Config> config, config::Source source) {
    source_ = std::move(source);
    {
        const std::scoped_lock lock(configMutex_);
        config_ = config;
    }
    isStarted_ = true;
    for (const auto& id : order_) {
        if (roster_.stateOf(id) == State::Described) startOne(*roster_.find(id), *config);
    }
    StartOutcome outcome;
    outcome.isConfigurationFault = true;
    for (const auto& [id, entry] : roster_.all()) {
        if (!isRequired(entry) || isActive(roster_.stateOf(id))) continue;
        outcome.missing.push_back(missingSentence(id));
        if (roster_.stateOf(id) != State::Misconfigured) outcome.isConfigurationFault = false;
    }
    outcome.isConfigurationFault = outcome.isConfigurationFault && !outcome.missing.empty();
    return outcome;
}

std::string Loader::missingSentence(const std::string& id) const {
    const auto status = roster_.status(id);
    return "the plugin " + id + " is required and " + std::string(stateName(status->state)) + ": " +
           status->sentence;
}

std::string Loader::unmetRequirement(const Entry& entry) const {
    for (const auto& [needed, range] : entry.manifest.requires_) {
        const auto state = roster_.stateOf(needed);
        if (isActive(state)) continue;
        return "requires the plugin \"" + needed + "\", which is " + std::string(stateName(state)) +
               ": enable or mend that one first";
    }
    return {};
}

bool Loader::startOne(Entry& entry, const config::Config& config) {
    const auto& id = entry.manifest.id;
    if (const auto unmet = unmetRequirement(entry); !unmet.empty()) {
        entry.stoppedFor = entry.manifest.requires_.front().first;
        for (const auto& [needed, range] : entry.manifest.requires_) {
            if (!isActive(roster_.stateOf(needed))) entry.stoppedFor = needed;
        }
        settle(entry, {State::Stopped, unmet, {}, false});
        return false;
    }
    auto outcome = entry.instance->configure(config);
    if (outcome.state != State::Configured) {
        settle(entry, outcome);
        return false;
    }
    roster_.setState(id, State::Configured, {});
    roster_.setState(id, State::Starting, {});
    outcome = entry.instance->start();
    if (outcome.state != State::Running) {
        settle(entry, outcome);
        return false;
    }
    entry.stoppedFor.clear();
    publishUi(entry);
    roster_.setState(id, State::Running, entry.instance->note());
    return true;
}

void Loader::publishUi(const Entry& entry) {
    std::vector<UiContribution> contributions;
    for (const auto& spec : entry.instance->declared().ui) {
        contributions.push_back({entry.manifest.id, entry.manifest.version, spec});
    }
    roster_.setUi(entry.manifest.id, std::move(contributions));
}

void Loader::stopOne(Entry& entry, State state, const std::string& sentence) {
    const auto& id = entry.manifest.id;
    if (!entry.instance) {
        roster_.setState(id, state, sentence);
        return;
    }
    roster_.setState(id, State::Stopping, sentence);
    roster_.setUi(id, {});
    const auto outcome = entry.instance->stop();
    claims_.release(id);
    entry.instance.reset();
    entry.isLeaked = entry.isLeaked || outcome.isLeaked;
    if (outcome.state == State::Failed) {
        roster_.setState(id, State::Failed, outcome.sentence);
    } else {
        roster_.setState(id, state, sentence);
    }
}

void Loader::stop() {
    for (auto id = order_.rbegin(); id != order_.rend(); ++id) {
        auto& entry = *roster_.find(*id);
        entry.retryTimer.reset();
        if (entry.instance) stopOne(entry, State::Stopped, "the server stops");
    }
    if (journal_) journal_->close();
}

std::shared_ptr<const config::Config> Loader::config() const {
    const std::scoped_lock lock(configMutex_);
    return config_;
}

}  // namespace trellis::plugin
