/// Plugin folders on disk, by their manifests alone: no code is mapped.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/plugin/manifest.hpp"
#include "core/plugin/status.hpp"

namespace trellis::plugin {

/// Folders below `roots` that hold a plugin.yaml or a shared object of their own name; sorted by name
/// within each root. A root that does not exist counts as empty; one that cannot be read is logged.
/// Blocking.
std::vector<std::filesystem::path> pluginFolders(const std::vector<std::filesystem::path>& roots);

/// "first problem (and more): correct plugin.yaml ...": the sentence for a bad manifest.
std::string manifestSentence(const std::vector<config::Finding>& problems);

/// What is installed, for `trellisctl plugin list` without a server: Found, Disabled or Refused.
/// Of two folders with the same id the first counts. Sorted by id.
std::vector<Status> installedPlugins(const std::vector<std::filesystem::path>& roots,
                                     const std::function<bool(const std::string& id)>& isEnabled);

/// The status of a plugin as its manifest describes it; state Found.
Status statusOf(const Manifest& manifest, const std::filesystem::path& folder);

}  // namespace trellis::plugin
