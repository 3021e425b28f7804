#include "agent/platform/linux/desktop/x_api.hpp"

#include "agent/platform/linux/desktop/x_authority.hpp"

#include <dlfcn.h>

#include <cstdlib>

namespace trellis::device::desktop {
namespace {
struct Wanted {
    const char* name;
    void* place;  // of the pointer
};

template <std::size_t Count>
std::string loadFrom(const char* library, const Wanted (&wanted)[Count]) {
    void* handle = ::dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) return std::string(library) + " is not installed on this machine";
    for (const auto& each : wanted) {
        void* found = ::dlsym(handle, each.name);
        if (found == nullptr) return std::string(library) + " is too old: it has no " + each.name;
        *static_cast<void**>(each.place) = found;
    }
    return {};
}
}  // namespace

std::string XApi::load() {
#define TRELLIS_WANTED(name) {#name, &name},
    const Wanted x11[] = {TRELLIS_X11_FUNCTIONS(TRELLIS_WANTED)};
    const Wanted ext[] = {TRELLIS_XEXT_FUNCTIONS(TRELLIS_WANTED)};
    const Wanted fixes[] = {TRELLIS_XFIXES_FUNCTIONS(TRELLIS_WANTED)};
    const Wanted damage[] = {TRELLIS_XDAMAGE_FUNCTIONS(TRELLIS_WANTED)};
    const Wanted test[] = {TRELLIS_XTEST_FUNCTIONS(TRELLIS_WANTED)};
    const Wanted randr[] = {TRELLIS_XRANDR_FUNCTIONS(TRELLIS_WANTED)};
#undef TRELLIS_WANTED
    auto problem = loadFrom("libX11.so.6", x11);
    if (problem.empty()) problem = loadFrom("libXext.so.6", ext);
    if (problem.empty()) problem = loadFrom("libXfixes.so.3", fixes);
    if (problem.empty()) problem = loadFrom("libXdamage.so.1", damage);
    if (problem.empty()) problem = loadFrom("libXtst.so.6", test);
    if (problem.empty()) problem = loadFrom("libXrandr.so.2", randr);
    return problem;
}

std::string takeKey() {
    const char* hex = std::getenv("TRELLIS_X_KEY");  // NOLINT(concurrency-mt-unsafe): one thread
    auto key = bytesOfHex(hex == nullptr ? "" : hex);
    ::unsetenv("TRELLIS_X_KEY");  // NOLINT(concurrency-mt-unsafe)
    return key;
}

::Display* openDisplay(const XApi& api, const std::string& name, std::string key) {
    if (key.empty()) return api.XOpenDisplay(name.c_str());
    std::string method = "MIT-MAGIC-COOKIE-1";
    api.XSetAuthorization(method.data(), static_cast<int>(method.size()), key.data(),
                          static_cast<int>(key.size()));
    auto* display = api.XOpenDisplay(name.c_str());
    api.XSetAuthorization(nullptr, 0, nullptr, 0);
    return display != nullptr ? display : api.XOpenDisplay(name.c_str());
}

}  // namespace trellis::device::desktop
