/// Where things lie: the data directory, and what was built or installed beside the program.
#pragma once

#include <filesystem>
#include <vector>

namespace trellis::app {

/// The running program's own file.
std::filesystem::path programFile();

/// The page's files: beside the program in a build tree, or in the data root of an installation.
/// Empty if there are none (a build without the page).
std::filesystem::path webRoot();

/// Folders that hold plugins, in order of search: build tree or installation.
std::vector<std::filesystem::path> pluginRoots();

/// Makes the data directory (mode 0700) if it is missing. Throws sdk::Error{Unavailable}.
void ensureDataDirectory(const std::filesystem::path& data);

/// The local administrator's socket. Only its owner can reach it (directory 0700, socket 0600).
std::filesystem::path controlSocket(const std::filesystem::path& data);

/// `--config`, else DATA/trellis.yaml; the latter may be absent.
std::filesystem::path configFile(const std::filesystem::path& data,
                                 const std::filesystem::path& given);

}  // namespace trellis::app
