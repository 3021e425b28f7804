// plugin.yaml of a plugin that somebody copied onto the server.
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/plugin/manifest.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string yaml(reinterpret_cast<const char*>(data), size);
    const auto parsed = trellis::plugin::parseManifest(yaml, "plugin.yaml");
    // Either a manifest, or problems that each say where.
    if (parsed.manifest.has_value() == !parsed.problems.empty()) __builtin_trap();
    for (const auto& finding : parsed.problems) {
        if (finding.position.file.empty() || finding.problem.empty()) __builtin_trap();
    }
    return 0;
}
