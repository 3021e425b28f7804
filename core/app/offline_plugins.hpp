/// Plugins without a server: for `trellisctl config` and `trellisctl plugin list`.
#pragma once

#include <memory>
#include <vector>

#include "core/app/settings.hpp"
#include "core/plugin/plugin_host.hpp"

namespace trellis::app {

/// Finds the plugins and asks them to describe themselves; starts nothing.
class OfflinePlugins {
public:
    explicit OfflinePlugins(const LaunchOptions& options);
    ~OfflinePlugins();
    std::vector<config::PluginSchema> schemas() const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

/// What is installed and whether it is switched on, from manifests and configuration alone.
std::vector<plugin::Status> installedPlugins(const LaunchOptions& options);

}  // namespace trellis::app
