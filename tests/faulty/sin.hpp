/// What the misbehaving plugins have in common: one command of a given name.
#pragma once

#include <stdexcept>
#include <string>

#include <trellis/sdk/plugin.hpp>

namespace sins {

using namespace trellis::sdk;

inline CommandSpec command(const std::string& name, Schema result = Schema::any()) {
    return {.name = name, .summary = "A sin.", .args = Schema::object(), .result = std::move(result),
            .timeout = Seconds(1)};
}

/// For plugins whose sin is in the description struct: the class itself is fine.
class Harmless : public Plugin {
public:
    void describe(Registrar&) override {}
};

}  // namespace sins

/// A description with one thing wrong; `change` is a statement on `abi`.
#define TRELLIS_WRONG_ABI(change)                                                                  \
    extern "C" TRELLIS_API const TrellisPluginAbi* trellis_plugin_abi(void) {                      \
        static const TrellisPluginAbi wrong = [] {                                                 \
            TrellisPluginAbi abi{TRELLIS_ABI_MAGIC,                                                \
                                 sizeof(TrellisPluginAbi),                                         \
                                 TRELLIS_ABI_MAJOR,                                                \
                                 TRELLIS_ABI_MINOR,                                                \
                                 TRELLIS_TOOLCHAIN_TAG,                                            \
                                 TRELLIS_PLUGIN_ID,                                                \
                                 TRELLIS_PLUGIN_VERSION,                                           \
                                 []() -> void* {                                                   \
                                     return static_cast<trellis::sdk::Plugin*>(new sins::Harmless); \
                                 },                                                                \
                                 [](void* p) { delete static_cast<trellis::sdk::Plugin*>(p); }};   \
            change;                                                                                \
            return abi;                                                                            \
        }();                                                                                       \
        return &wrong;                                                                             \
    }
