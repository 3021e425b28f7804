/// What tests of the relay open tunnels with, so that they need no feature of the product.
#include <memory>

#include <trellis/sdk/plugin.hpp>

namespace {
using namespace trellis::sdk;

class Passage final : public Plugin {
public:
    void describe(Registrar& reg) override {
        reg.tunnel({.name = "passage",
                    .protocols = {203},
                    .requires_ = {Scope::Device, device_right::kRemoteControl, 0, "nodeid"}},
                   // Nothing to watch: frames pass untouched.
                   [](const TunnelInfo&) { return std::unique_ptr<TunnelHandler>(); });
    }
};

} // namespace

TRELLIS_PLUGIN(Passage)
