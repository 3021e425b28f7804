/// The configuration as the programs load it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/config/config.hpp"

namespace trellis::app {

/// What the command line says about the configuration.
struct LaunchOptions {
    std::filesystem::path data = "/var/lib/trellis";
    std::filesystem::path configFile;  ///< "": DATA/trellis.yaml, which may be absent
    std::optional<std::string> port;   ///< as typed
    std::vector<std::filesystem::path> pluginRoots;  ///< "": those beside the program
};

/// Files, environment and command line, in that order of strength.
config::LoadRequest loadRequest(const LaunchOptions& options);

/// The database's URL as configured for a data directory, "" for the default.
/// Throws sdk::Error{InvalidArgument} with the whole report if the configuration has errors.
std::string databaseUrl(const std::filesystem::path& data, const std::filesystem::path& configFile);

/// Throws sdk::Error{NotFound} if the configuration has no such tenant; "" is always there.
void requireTenant(const std::filesystem::path& data, const std::filesystem::path& configFile,
                   const std::string& tenant);

}  // namespace trellis::app
