/// Times as people type them on the command line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace trellis::app {

/// Milliseconds since 1970 of "2026-11-28", "2026-11-28T18:30", with seconds and `Z` if wanted (always
/// UTC), or of "90m", "36h", "7d" ago. Throws sdk::Error{InvalidArgument}; `what` names it there.
std::int64_t timeFrom(const std::string& text, std::string_view what);

}  // namespace trellis::app
