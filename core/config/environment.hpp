/// Values from outside the files: TRELLIS__SECTION__KEY and the command line.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/config/config.hpp"
#include "core/config/node.hpp"

namespace trellis::config {

/// TRELLIS__SERVER__PORT=9443 as {server: {port: 9443}}. Names are lower-cased. A name that can't
/// be a path is a problem.
Node environmentTree(const std::map<std::string, std::string>& environment, Report& report);

Node overrideTree(const std::vector<Override>& overrides);

} // namespace trellis::config
