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
    std::vector<plugin::Status> list() const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace trellis::app
