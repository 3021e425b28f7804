/// Start order of plugins: what is required or named in `after` comes first, ties by id, so that two
/// starts are alike.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/plugin/manifest.hpp"

namespace trellis::plugin {

struct StartOrder {
    std::vector<std::string> ids;                ///< those that can be started
    std::map<std::string, std::string> refused;  ///< id to sentence: cycles, absent requirements
};

/// For tens of plugins (quadratic). An `after` that names nothing installed is ignored.
StartOrder startOrder(const std::vector<Manifest>& manifests);

}  // namespace trellis::plugin
