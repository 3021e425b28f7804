/// Text between the wire (UTF-8) and Duktape (CESU-8: characters above U+FFFF as two surrogates of three
/// bytes each; strings that start with a byte no UTF-8 has are symbols).
#pragma once

#include <string>
#include <string_view>

namespace trellis::device {

/// What is no UTF-8 becomes U+FFFD, so that no outside text can name one of Duktape's hidden keys.
std::string toScript(std::string_view utf8);
/// Pairs of surrogates become one character, lone ones U+FFFD.
std::string fromScript(std::string_view cesu8);

}  // namespace trellis::device
