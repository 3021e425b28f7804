/// plugin.list, plugin.enable and plugin.disable: commands of the core.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <trellis/sdk/declarations.hpp>

namespace trellis::plugin {

class PluginHost;

/// Writes the admin's choice (config::setPluginEnabled). Throws sdk::Error.
using RememberChoice = std::function<void(const std::string& id, bool isEnabled)>;

/// The declarations, for the dispatcher: `for (auto& c : pluginCommands(...)) add(c.spec, c.handler,
/// "core")`. `plugins` must outlive them. enable and disable are audited, need full site rights and
/// answer when the plugin stands, which may take up to two minutes; no worker waits meanwhile.
std::vector<sdk::Declarations::Command> pluginCommands(PluginHost& plugins,
                                                       RememberChoice remember);

}  // namespace trellis::plugin
