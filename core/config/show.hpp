/// The configuration in effect, for people.
#pragma once

#include <iosfwd>

#include "core/config/config.hpp"

namespace trellis::config {

/// YAML that can be read back, each value with its origin as a comment. Secrets are masked.
void writeYaml(const Config& config, std::ostream& out);

} // namespace trellis::config
