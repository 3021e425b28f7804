/// A bar at the upper edge of the screen that tells the person in front of it who looks on
/// (`trellis-agent privacy-bar`). He moves it with the mouse, or ends the session by its cross.
#pragma once

#include <string>
#include <string_view>

namespace trellis::device::desktop {

/// Exit status when the person has closed it.
inline constexpr int kBarClosed = 2;

/// Shows the first line of its input until that ends; DISPLAY and the user's key as any program of X has them.
/// 0 at the end of the input, kBarClosed, 1 with a sentence on standard error if it can't be shown.
int runPrivacyBar();

/// UTF-8 as the UTF-16 of X's two-byte fonts (big-endian pairs); at most `most` signs, what is cut off ends in
/// three dots. Signs beyond 16 bits and broken ones become question marks.
std::u16string barText(std::string_view utf8, std::size_t most);

}  // namespace trellis::device::desktop
