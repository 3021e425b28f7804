/// What the core's schema cannot say: one key depends on another.
#pragma once

#include "core/config/config.hpp"

namespace trellis::config {

void crossCheck(const Config& config, Report& report);

} // namespace trellis::config
