/// The pointer for viewers that know shapes only (protocol 7.2, "Cursor codes").
#pragma once

#include "agent/desktop/geometry.hpp"

namespace trellis::device::desktop {

/// By the shape's name in cursor themes (freedesktop's and X's own); 0 for others, 14 for an invisible one.
std::uint8_t pointerShape(const Cursor& cursor) noexcept;

}  // namespace trellis::device::desktop
