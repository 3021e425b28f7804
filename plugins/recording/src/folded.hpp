/// Text without a difference of case, the same whatever database keeps it.
#pragma once

#include <string>
#include <string_view>

namespace recording {

/// Every letter of UTF-8 text as a small one, by Unicode's simple mapping: a character stays one
/// character, its bytes may be others. Bytes that are no UTF-8 become "?".
std::string folded(std::string_view text);
/// Whether anything in it is beyond ASCII.
bool isWide(std::string_view text) noexcept;

} // namespace recording
