/// plugin.yaml: what is known about a plugin before any of its code is mapped.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <trellis/sdk/registrar.hpp>
#include <trellis/sdk/schema.hpp>

#include "core/config/position.hpp"
#include "core/plugin/version.hpp"

namespace trellis::plugin {

/// The interface version that this server offers, as `sdk:` ranges see it.
Version interfaceVersion();

struct Manifest {
    std::string id;  ///< [a-z][a-z0-9_]{0,31}
    std::string version;
    std::string sdk;  ///< range of interface versions, ">=1.0 <2"
    std::string name;
    std::string summary;
    std::vector<std::pair<std::string, std::string>> requires_;  ///< id, range
    std::vector<std::string> after;
    std::vector<std::string> grants;  ///< see grants.hpp
    bool isRequired = false;          ///< the server does not start without it
    std::vector<sdk::UiSpec> ui;      ///< contributions to the page that need no code
};

struct ParsedManifest {
    std::optional<Manifest> manifest;      ///< absent when there are problems
    std::vector<config::Finding> problems;  ///< with file, line and column
};

/// Reads and checks <folder>/plugin.yaml, at most 64 KiB. Blocking; never throws.
ParsedManifest readManifest(const std::filesystem::path& folder);
/// The same from memory, for tests and fuzzing.
ParsedManifest parseManifest(const std::string& yaml, const std::string& fileName);

/// For the reference page and for editors.
sdk::Schema manifestSchema();

}  // namespace trellis::plugin
