/// Which program with which environment shows the screen that a viewer wants.
#pragma once

#include "agent/desktop/hub.hpp"

namespace trellis::device::desktop {

/// For Hub. Throws std::runtime_error with a sentence if there is no screen.
std::pair<std::string, ProgramOptions> findDesktopProgram(const DesktopWish& wish);

}  // namespace trellis::device::desktop
