/// The core's keys: shape, bounds, defaults and texts, in one place.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <trellis/sdk/schema.hpp>

namespace trellis::config {

/// What the plugin host knows about one installed plugin.
struct PluginSchema {
    std::string id;
    /// From describe(); nullopt when the plugin could not be asked (disabled, refused): its options
    /// are then taken as they are and not checked.
    std::optional<sdk::Schema> options = {};
    std::string summary = {}; ///< one line from the manifest, for the reference page
};

/// Every section but `plugins`.
sdk::Schema serverSchema();

/// `options` of a plugin plus the member `enabled` that the core adds to each.
sdk::Schema pluginSectionSchema(const sdk::Schema& options);

/// serverSchema() plus `plugins` whose sections hold anything besides `enabled`.
sdk::Schema openSchema();

/// serverSchema() plus `plugins` with one member for each of `plugins`.
sdk::Schema fullSchema(const std::vector<PluginSchema>& plugins);

} // namespace trellis::config
