/// The desktop program: `trellis-agent desktop`, started by the agent as the session's user, with DISPLAY
/// and XAUTHORITY in its environment and frames of desktop/link.hpp on its input and output.
#pragma once

namespace trellis::device::desktop {

/// Until the input ends. Returns the exit status.
int runDesktopProgram();

}  // namespace trellis::device::desktop
