/// The command that shows the configuration (control-protocol 3.11, `serverconfig`).
#pragma once

#include "core/api/dispatcher.hpp"
#include "core/plugin/plugin_host.hpp"

namespace trellis::app {

/// The one in effect, with secrets masked. All arguments outlive what is returned.
api::Registration addConfigCommand(api::Dispatcher& dispatcher, const plugin::PluginHost& plugins);

}  // namespace trellis::app
