/// The shared object of a plugin: mapped once, checked before any of its C++ is called, never
/// unmapped.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <trellis/sdk/abi.h>
#include <trellis/sdk/plugin.hpp>

#include "core/plugin/manifest.hpp"

namespace trellis::plugin {

/// A mapped library that passed the handshake. Lives as long as the process.
struct Library {
    const TrellisPluginAbi* abi = nullptr;
    std::filesystem::path file;
    std::string note;  ///< set when the file was replaced after it was mapped
};

struct LoadedLibrary {
    const Library* library = nullptr;  ///< null: `problem` says what and what to do
    std::string problem;
};

/// Maps <folder>/<id>.so with RTLD_NOW | RTLD_LOCAL and does the handshake. The same file is mapped
/// once; later calls give the first mapping, because dlclose does not unload C++ reliably. Blocking;
/// static constructors of the plugin run here.
LoadedLibrary loadLibrary(const std::filesystem::path& folder, const Manifest& manifest);

/// "" if the struct fits this server and the manifest, else the sentence. For tests.
std::string abiProblem(const TrellisPluginAbi* abi, const Manifest& manifest);

/// A new object of the library's class; null when create() gave none.
std::unique_ptr<sdk::Plugin, void (*)(void*)> createPlugin(const Library& library);

}  // namespace trellis::plugin
