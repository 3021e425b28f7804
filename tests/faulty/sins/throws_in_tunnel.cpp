#include "../sin.hpp"

namespace {
using namespace sins;

class Thrower final : public TunnelHandler {
public:
    Verdict onFrame(Side, Frame&) override { throw std::runtime_error("bad frame"); }
};

class Sinner final : public Plugin {
public:
    void describe(Registrar& reg) override {
        reg.tunnel({.name = "throws_in_tunnel", .protocols = {202}},
                   [](const TunnelInfo&) { return std::make_unique<Thrower>(); });
    }
};
}  // namespace

TRELLIS_PLUGIN(Sinner)
