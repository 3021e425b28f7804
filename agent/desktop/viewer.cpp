#include "agent/desktop/viewer.hpp"

namespace trellis::device::desktop {

bool Viewer::canTake() const noexcept {
    // Without acknowledgements only the pipe tells how fast he is, so less may wait in it.
    constexpr std::size_t kOldCredit = 64 * 1024;
    if (!isNew()) return outstanding < kOldCredit;
    return outstanding < kViewerCredit && flow.isOpen(Clock::now());
}

bool Viewer::canSharpen() const noexcept {
    // What is exact already must not stand in the way of what changes next.
    return canTake() && flow.inFlight() <= flow.window() / 4;
}

}  // namespace trellis::device::desktop
