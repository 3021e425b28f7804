/// Small files, read whole and replaced whole.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace trellis::device {

/// nullopt if it can't be opened, is no regular file or is larger than `limit` bytes.
std::optional<std::string> readFile(const std::string& path, std::size_t limit);

/// Written beside `path`, synced, then renamed over it, so that a crash or a full disk leaves the old
/// content. Throws std::system_error naming the path; then nothing has changed.
void replaceFile(const std::string& path, std::string_view content, unsigned mode);

/// Creates the folder and its parents (0755; the last one with `mode`). Throws std::system_error.
void makeFolders(const std::string& path, unsigned mode);

}  // namespace trellis::device
