/// The latest errors of the log, for administrators without a shell on the server.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace trellis::telemetry {

inline constexpr std::size_t kMaxRecentErrors = 500;

/// Lines of level error since the start or the last clear, oldest first, with time and name as in the
/// log. Any thread.
std::vector<std::string> recentErrors();
void clearRecentErrors();

}  // namespace trellis::telemetry
