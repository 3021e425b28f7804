/// The first passwords that anyone tries.
#pragma once

#include <string_view>

namespace trellis::auth {

/// `password` in lower case.
bool isCommonPassword(std::string_view password) noexcept;

} // namespace trellis::auth
