/// How many columns a terminal gives a character.
#pragma once

namespace recording::vt {

/// 0 for what joins the character before it, 2 for wide ones (Unicode 11.0).
int widthOf(char32_t code) noexcept;

} // namespace recording::vt
