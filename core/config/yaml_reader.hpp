/// YAML text to a tree with positions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/config/node.hpp"
#include "core/config/position.hpp"

namespace trellis::config {

/// Reads one document; an empty one is an empty map. Problems go to `report`; the result is then
/// what could be read, an empty map in the worst case. Never throws for any bytes. `name`: the file
/// as it stands in messages. `folder`: for relative `!file` paths. `nodesLeft`: reduced by what was
/// read; reading stops with a problem when it is used up.
Node readYaml(std::string_view text, const std::string& name, const std::string& folder,
              std::size_t& nodesLeft, Report& report);

} // namespace trellis::config
