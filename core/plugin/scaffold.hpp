/// `trellisctl plugin new <id>`: a plugin to start from. The templates are sdk/examples/hello, so what
/// is made is what the tests build.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace trellis::plugin {

/// Writes the files of a new plugin `id` into `folder`, which is made. Returns their paths, relative
/// to it. Throws sdk::Error: InvalidArgument for an id that is not [a-z][a-z0-9_]{0,31}; Conflict when
/// `folder` exists and is not empty; Unavailable with the system's reason when a file cannot be
/// written. Blocking.
std::vector<std::string> scaffold(const std::string& id, const std::filesystem::path& folder);

}  // namespace trellis::plugin
