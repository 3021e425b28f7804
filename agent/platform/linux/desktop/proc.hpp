/// What /proc tells about other processes. Everything of another user is empty unless this one is root.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace trellis::device::desktop {

/// Names in a folder, none if it can't be read.
std::vector<std::string> namesIn(const std::string& folder);
bool isNumber(std::string_view text);
/// Ids of all processes.
std::vector<std::string> processes();
/// A file that has no size, as those of /proc; at most 256 KiB of it.
std::string procText(const std::string& path);
/// The parts of a text that ends each with a zero byte, such as `cmdline` and `environ`.
std::vector<std::string> zeroSeparated(const std::string& text);

}  // namespace trellis::device::desktop
