// The configuration's side of the loader: checking with the plugins' schemas, and reload.
#include <algorithm>
#include <map>

#include "core/plugin/loader.hpp"
#include "core/telemetry/log.hpp"

namespace trellis::plugin {
namespace {

/// "mqtt" for "plugins.mqtt" and "plugins.mqtt.hosts[0]", "" for anything else.
std::string pluginOf(const std::string& path) {
    constexpr std::string_view kPrefix = "plugins.";
    if (!path.starts_with(kPrefix)) return {};
    const auto rest = path.substr(kPrefix.size());
    return rest.substr(0, rest.find_first_of(".["));
}

/// Ids whose section differs, and whether in more than what the server itself reads: `enabled`, `required`.
std::map<std::string, bool> changedSections(const config::Difference& difference) {
    std::map<std::string, bool> changed;
    for (const auto& id : difference.plugins) changed[id] = false;
    for (const auto& change : difference.changes) {
        const auto id = pluginOf(change.path);
        const auto section = "plugins." + id + ".";
        if (!id.empty() && change.path != section + "enabled" && change.path != section + "required") changed[id] = true;
    }
    return changed;
}

}  // namespace

std::vector<config::PluginSchema> Loader::schemas() const {
    std::vector<config::PluginSchema> all;
    for (const auto& [id, entry] : roster_.all()) {
        all.push_back({id, entry.instance ? entry.options : std::nullopt, entry.manifest.summary});
    }
    return all;
}

/// Takes the described plugins whose sections are wrong out of the race. Returns their ids; none when
/// something else is wrong, too.
std::vector<std::string> Loader::misconfigure(const config::Report& report) {
    std::map<std::string, std::vector<std::string>> wrong;
    for (const auto& finding : report.errors) {
        const auto id = pluginOf(finding.path);
        const auto* entry = roster_.find(id);
        if (entry == nullptr || !entry->instance) return {};
        wrong[id].push_back(finding.text());
    }
    std::vector<std::string> ids;
    for (auto& [id, problems] : wrong) {
        auto& entry = *roster_.find(id);
        ids.push_back(id);
        if (isActive(roster_.stateOf(id))) continue;  // a reload: the running one keeps its old section
        const auto sentence = problems.front() +
                              (problems.size() > 1
                                   ? " (and " + std::to_string(problems.size() - 1) + " more)"
                                   : std::string()) +
                              ": correct it and reload";
        settle(entry, {State::Misconfigured, sentence, std::move(problems), false});
    }
    return ids;
}

config::Checked Loader::check(const config::Source& source) {
    auto plugins = schemas();
    auto checked = config::check(source, plugins);
    const auto report = checked.report;
    while (!checked.config) {
        const auto wrong = misconfigure(checked.report);
        if (wrong.empty()) break;
        bool isChanged = false;
        for (auto& plugin : plugins) {
            const bool isWrong = std::find(wrong.begin(), wrong.end(), plugin.id) != wrong.end();
            if (!isWrong || !plugin.options) continue;
            plugin.options = std::nullopt;
            isChanged = true;
        }
        if (!isChanged) break;
        checked = config::check(source, plugins);
    }
    return {checked.config, report};
}

config::Checked Loader::reload(config::Source source) {
    // With the plugins that run; those that don't are looked at when they are started.
    auto checked = config::check(source, schemas());
    if (!checked.config) return checked;
    const auto old = config();
    source_ = std::move(source);
    {
        const std::scoped_lock lock(configMutex_);
        config_ = checked.config;
    }
    if (old) restartChanged(changedSections(config::diff(*old, *checked.config)), old);
    return checked;
}

bool Loader::isRequired(const Entry& entry) const {
    if (entry.manifest.isRequired) return true;
    const auto current = config();
    if (!current) return false;
    const boost::json::value* at = current->values().if_contains("plugins");
    for (const auto* name : {entry.manifest.id.c_str(), "required"}) {
        const auto* section = at == nullptr ? nullptr : at->if_object();
        at = section == nullptr ? nullptr : section->if_contains(name);
    }
    return at != nullptr && at->is_bool() && at->get_bool();
}

/// The running instance goes on with the changed section, if it can; false: it has to be started anew.
bool Loader::takeOver(Entry& entry) {
    const auto& id = entry.manifest.id;
    if (!entry.instance || !isActive(roster_.stateOf(id)) || !entry.instance->takesOptions()) return false;
    const auto outcome = entry.instance->reconfigure(*config());
    if (outcome.state == State::Running) {
        roster_.setHealth(id, {});
        return true;
    }
    if (outcome.state == State::Misconfigured) {
        roster_.setHealth(id, "runs with its old section, because with the new one: " + outcome.sentence);
        return true;
    }
    telemetry::log("plugin").warning("options not taken over, the plugin is started anew",
                                     {{"plugin", id}, {"why", outcome.sentence}});
    if (!outcome.isLeaked) return false;
    stopDependents(id, "failed");
    settle(entry, outcome);
    return true;
}

void Loader::restartChanged(const std::map<std::string, bool>& changed,
                            const std::shared_ptr<const config::Config>& old) {
    for (const auto& id : std::vector<std::string>(order_)) {
        const auto change = changed.find(id);
        if (change == changed.end()) continue;
        auto& entry = *roster_.find(id);
        const bool isWanted = config()->pluginEnabled(id);
        roster_.setEnabled(id, isWanted);
        // Switched at run time before, which the file now says as well.
        if (isWanted && !change->second && isActive(roster_.stateOf(id))) continue;
        if (!isWanted && roster_.stateOf(id) == State::Disabled) continue;
        if (!isWanted) {
            stopDependents(id, "was switched off");
            stopOne(entry, State::Disabled, "switched off in the configuration");
            continue;
        }
        if (takeOver(entry)) continue;
        const bool wasRunning = static_cast<bool>(entry.instance);
        if (wasRunning) {
            stopDependents(id, "is being restarted");
            stopOne(entry, State::Stopped, "its configuration changed");
        }
        entry.isSuspect = false;
        if (!bringUp(entry) && wasRunning && !entry.isLeaked) {
            const auto why = roster_.status(id)->sentence;
            const bool isBack = describeOne(entry) && startOne(entry, *old);
            if (isBack) {
                roster_.setHealth(id, "runs with its old section, because with the new one: " + why);
            } else if (!entry.isLeaked) {
                const auto status = *roster_.status(id);
                roster_.setState(id, State::Failed,
                                 "with the new section: " + why + "; with the old one: " + status.sentence);
            }
        }
        startDependents(id);
    }
}

}  // namespace trellis::plugin
