/// Texts that are part of the server; made from script/ by core/agent/embed.cmake.
#pragma once

#include <string_view>

namespace trellis::agent::embedded {

extern const std::string_view kBaseScript;    ///< script/base.js
extern const std::string_view kDeviceScript;  ///< script/device.js
extern const std::string_view kInstallScript; ///< script/install.sh

} // namespace trellis::agent::embedded
