/// plugins.d/zz-toggles.yaml, the one file that the server writes: plugins switched at run time.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace trellis::config {

/// "<dataDir>/plugins.d/zz-toggles.yaml".
std::filesystem::path togglesFile(const std::filesystem::path& dataDir);

/// Records that the plugin is on or off, keeping the other entries. The file is replaced as a whole
/// (written beside it, fsync, rename, fsync of the folder), so that a crash or a full disk leaves
/// the old one. Blocking. One caller at a time, also across processes (a lock file beside it).
/// Throws sdk::Error: InvalidArgument for an id that is not [a-z][a-z0-9_]{0,31}; Unavailable when
/// the file cannot be written (the system's reason is in the text); Conflict when the existing file
/// is not one of ours and would lose something.
void setPluginEnabled(const std::filesystem::path& dataDir, std::string_view id, bool enabled);

/// Forgets what was switched, so that the admin's own files decide again. Same errors.
void clearPluginToggle(const std::filesystem::path& dataDir, std::string_view id);

} // namespace trellis::config
