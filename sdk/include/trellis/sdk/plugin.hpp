/// Everything a plugin needs, in one include.
#pragma once

#include <trellis/sdk/abi.h>
#include <trellis/sdk/guarded.hpp>
#include <trellis/sdk/host.hpp>
#include <trellis/sdk/options.hpp>
#include <trellis/sdk/registrar.hpp>

namespace trellis::sdk {

/// Life of an instance: construct, describe(), configure(), start(), stop(), destroy.
/// Enabling again, or changing the configuration, makes a new instance (but see
/// Registrar::reconfigure()). The four steps run on the loader's thread and never overlap.
class TRELLIS_API Plugin {
public:
    virtual ~Plugin();
    virtual void describe(Registrar&) = 0;     ///< declare; no side effects
    virtual void configure(const Options&) {}  ///< read and cross-check; no side effects
    virtual void start(Host&) {}               ///< may throw: everything is then withdrawn
    /// No callback arrives any more. What is thrown is reported, and the plugin counts as failed.
    virtual void stop(Deadline) {}
};

}  // namespace trellis::sdk

#ifndef TRELLIS_TOOLCHAIN_TAG
#error "link to Trellis::sdk: it defines TRELLIS_TOOLCHAIN_TAG"
#endif

/// Exports `Class` as this shared object's plugin. TRELLIS_PLUGIN_ID and TRELLIS_PLUGIN_VERSION come
/// from plugin.yaml through trellis_add_plugin().
#define TRELLIS_PLUGIN(Class)                                                                      \
    extern "C" TRELLIS_API const TrellisPluginAbi* trellis_plugin_abi(void) {                      \
        static const TrellisPluginAbi abi{                                                         \
            TRELLIS_ABI_MAGIC,                                                                     \
            sizeof(TrellisPluginAbi),                                                              \
            TRELLIS_ABI_MAJOR,                                                                     \
            TRELLIS_ABI_MINOR,                                                                     \
            TRELLIS_TOOLCHAIN_TAG,                                                                 \
            TRELLIS_PLUGIN_ID,                                                                     \
            TRELLIS_PLUGIN_VERSION,                                                                \
            []() -> void* {                                                                        \
                try {                                                                              \
                    return static_cast<trellis::sdk::Plugin*>(new Class);                          \
                } catch (...) {                                                                    \
                    return nullptr;                                                                \
                }                                                                                  \
            },                                                                                     \
            [](void* p) { delete static_cast<trellis::sdk::Plugin*>(p); }};                        \
        return &abi;                                                                               \
    }
