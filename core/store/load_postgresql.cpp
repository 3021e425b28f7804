#include "core/store/module_postgresql.hpp"

#include <trellis/sdk/error.hpp>

#include <array>
#include <dlfcn.h>
#include <filesystem>

namespace trellis::store {

namespace {

namespace fs = std::filesystem;

/// In a build tree and where it is installed, seen from the program.
fs::path modulePath() {
    const auto above = fs::read_symlink("/proc/self/exe").parent_path().parent_path();
    const std::array places{above / "lib/trellis", above / TRELLIS_INSTALL_LIBDIR / "trellis"};
    for (const auto& place : places)
        if (auto file = place / "postgresql.so"; fs::exists(file))
            return file;
    return places.back() / "postgresql.so";
}

const PostgresModule& load() {
    const auto file = modulePath();
    // Never closed: sessions live as long as the program does.
    void* const library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    void* const symbol = library ? ::dlsym(library, "trellisPostgresModule") : nullptr;
    if (symbol == nullptr) {
        const char* const why = ::dlerror();
        throw sdk::Error(sdk::ErrorCode::Unavailable,
                         "PostgreSQL can't be used: " + std::string(why ? why : file.c_str()));
    }
    return *reinterpret_cast<decltype(&trellisPostgresModule)>(symbol)();
}

} // namespace

const PostgresModule& postgres() {
    static const auto& module = load();
    return module;
}

} // namespace trellis::store
