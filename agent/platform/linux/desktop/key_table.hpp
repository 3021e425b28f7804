/// Windows virtual-key codes (Win32 "Virtual-Key Codes") as X keysyms.
#pragma once

#include <cstdint>

namespace trellis::device::desktop {

/// 0 for codes that no keyboard has. `isExtended`: the second key of its kind (right Ctrl, keypad Enter).
unsigned long keysymOf(std::uint8_t key, bool isExtended) noexcept;
/// Where the key is on a PC keyboard: the code that evdev-based servers give it, 0 if unknown. For layouts
/// that lack the symbol.
unsigned positionOf(std::uint8_t key) noexcept;

}  // namespace trellis::device::desktop
