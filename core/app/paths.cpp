#include "core/app/paths.hpp"

#include <system_error>

#include <trellis/sdk/error.hpp>

namespace trellis::app {
namespace fs = std::filesystem;
namespace {

/// The first of `candidates` that is a folder, relative to the program's own folder.
fs::path firstFolder(std::initializer_list<const char*> candidates) {
    const auto base = programFile().parent_path();
    for (const auto* candidate : candidates) {
        std::error_code ignored;
        auto path = (base / candidate).lexically_normal();
        if (fs::is_directory(path, ignored)) return path;
    }
    return {};
}

}  // namespace

fs::path programFile() {
    std::error_code error;
    auto path = fs::read_symlink("/proc/self/exe", error);
    if (error) {
        throw sdk::Error(sdk::ErrorCode::Unavailable,
                         "can't tell where the program lies: " + error.message());
    }
    return path;
}

fs::path webRoot() {
    return firstFolder({"../share/trellis/web", "../" TRELLIS_INSTALL_DATADIR "/trellis/web"});
}

std::vector<fs::path> pluginRoots() {
    auto root =
        firstFolder({"../lib/trellis/plugins", "../" TRELLIS_INSTALL_LIBDIR "/trellis/plugins"});
    if (root.empty()) return {};
    return {std::move(root)};
}

void ensureDataDirectory(const fs::path& data) {
    std::error_code error;
    fs::create_directories(data, error);
    if (!error && !fs::is_directory(data, error)) error = std::make_error_code(std::errc::not_a_directory);
    if (!error) fs::permissions(data, fs::perms::owner_all, error);
    if (error) {
        throw sdk::Error(sdk::ErrorCode::Unavailable, "can't use the data directory " +
                                                          data.string() + ": " + error.message());
    }
}

fs::path controlSocket(const fs::path& data) {
    return data / "control.sock";
}

fs::path configFile(const fs::path& data, const fs::path& given) {
    return given.empty() ? data / "trellis.yaml" : given;
}

}  // namespace trellis::app
