#include "core/plugin/discovery.hpp"

#include <algorithm>
#include <map>

#include "core/plugin/graph.hpp"
#include "core/telemetry/log.hpp"

namespace trellis::plugin {

namespace fs = std::filesystem;

namespace {

bool isPluginFolder(const fs::path& folder) {
    std::error_code error;
    const auto name = folder.filename().string();
    if (name.starts_with('.') || !fs::is_directory(folder, error)) return false;
    return fs::exists(folder / "plugin.yaml", error) || fs::exists(folder / (name + ".so"), error);
}

}  // namespace

std::vector<fs::path> pluginFolders(const std::vector<fs::path>& roots) {
    std::vector<fs::path> all;
    for (const auto& root : roots) {
        std::vector<fs::path> found;
        std::error_code error;
        for (fs::directory_iterator at(root, error), end; !error && at != end; at.increment(error)) {
            if (isPluginFolder(at->path())) found.push_back(at->path());
        }
        if (error && error != std::errc::no_such_file_or_directory) {
            telemetry::log("plugin").error("plugin folder unreadable",
                                           {{"folder", root.string()}, {"why", error.message()}});
        }
        std::sort(found.begin(), found.end());
        all.insert(all.end(), found.begin(), found.end());
    }
    return all;
}

std::string manifestSentence(const std::vector<config::Finding>& problems) {
    return problems.front().text() + (problems.size() > 1 ? " (and more)" : "") +
           ": correct plugin.yaml, then enable the plugin";
}

Status statusOf(const Manifest& manifest, const fs::path& folder) {
    Status status;
    status.id = manifest.id;
    status.name = manifest.name.empty() ? manifest.id : manifest.name;
    status.version = manifest.version;
    status.summary = manifest.summary;
    status.grants = manifest.grants;
    for (const auto& [needed, range] : manifest.requires_) {
        status.requires_.push_back(needed + " " + range);
    }
    status.folder = folder.string();
    status.isRequired = manifest.isRequired;
    status.since = std::chrono::system_clock::now();
    return status;
}

std::vector<Status> installedPlugins(const std::vector<fs::path>& roots,
                                     const std::function<bool(const std::string& id)>& isEnabled) {
    std::map<std::string, Status> all;
    std::vector<Manifest> manifests;
    for (const auto& folder : pluginFolders(roots)) {
        const auto name = folder.filename().string();
        if (all.contains(name)) continue;
        auto parsed = readManifest(folder);
        Manifest unknown;
        unknown.id = name;
        auto status = statusOf(parsed.manifest ? *parsed.manifest : unknown, folder);
        status.isEnabled = isEnabled(name);
        if (!status.isEnabled) status.state = State::Disabled;
        if (!parsed.manifest) {
            status.state = State::Refused;
            status.sentence = manifestSentence(parsed.problems);
            for (const auto& finding : parsed.problems) status.problems.push_back(finding.text());
        } else {
            manifests.push_back(std::move(*parsed.manifest));
        }
        all[name] = std::move(status);
    }
    for (const auto& [id, sentence] : startOrder(manifests).refused) {
        all[id].state = State::Refused;
        all[id].sentence = sentence;
    }
    std::vector<Status> list;
    for (auto& [id, status] : all) list.push_back(std::move(status));
    return list;
}

}  // namespace trellis::plugin
