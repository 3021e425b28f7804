/// What `trellisctl config ...` and `trellisd --check` print. Each returns the exit status: 0, or
/// 78 (EX_CONFIG of sysexits.h) when the configuration has errors.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "core/config/config.hpp"

namespace trellis::config {

inline constexpr int kExitOk = 0;
inline constexpr int kExitConfig = 78;

/// Prints every problem (warnings after errors), or "<file>: ok".
int printCheck(const LoadRequest& request, const std::vector<PluginSchema>& plugins,
               std::ostream& out);

/// Prints the configuration in effect as YAML, each value followed by where it comes from; secrets
/// are masked. With errors: those, on `err`.
int printShow(const LoadRequest& request, const std::vector<PluginSchema>& plugins,
              std::ostream& out, std::ostream& err);

/// Prints the JSON Schema (2020-12) of trellis.yaml for editors. Without `plugins` their sections
/// are left open, so that the schema fits whatever is installed.
int printSchema(const std::vector<PluginSchema>& plugins, std::ostream& out);

/// docs/reference/config.md, with a section for each of `plugins`.
std::string referencePage(const std::vector<PluginSchema>& plugins);

/// packaging/config/trellis.yaml: every key of the core with its default, commented out.
std::string exampleFile();

} // namespace trellis::config
