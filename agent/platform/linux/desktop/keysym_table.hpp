/// Which keysyms say a sign.
#pragma once

#include <vector>

namespace trellis::device::desktop {

/// X keysyms for this character, the one that has no other meaning first; empty if no keysym says it.
std::vector<unsigned long> keysymsFor(char32_t character);

}  // namespace trellis::device::desktop
