/// Memory that a library has filled with zeros and never used.
#pragma once

#include <cstddef>

namespace trellis::device::desktop {

/// Gives pages of this process that hold nothing but zeros back to the system, which hands out zeros again when
/// they are touched: nothing changes but what the process takes. Private memory only, no stacks. Does nothing
/// while the process has a second thread, whose writes could be lost. Bytes that were given back; takes
/// milliseconds per 10 MB, so it is for once after something large was made.
std::size_t giveBackZeroPages();

}  // namespace trellis::device::desktop
