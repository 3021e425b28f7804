/// A screen for a machine that has none: an X server without a monitor, with the user's session on it. It is
/// kept by a process of its own (`trellis-agent virtual-screen`), so that who comes back finds his windows,
/// and ends some time after the last viewer has gone.
#pragma once

#include <string>

namespace trellis::device::desktop {

struct VirtualDisplay {
    std::string name;       ///< ":7"
    std::string authority;  ///< file with the key to it
};

/// Is there a program for it (Xvfb or Xvnc)?
bool canStartVirtual();
/// Starts the keeper as this user and waits for its screen, at most 20 seconds. Blocks: for the desktop
/// program. Throws std::runtime_error with a sentence.
VirtualDisplay startVirtual();
/// The keeper. Says "DISPLAY AUTHORITY" on its output when the screen is there. Returns the exit status.
int runVirtualScreen();

}  // namespace trellis::device::desktop
