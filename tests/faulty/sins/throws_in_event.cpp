#include "../sin.hpp"

namespace {
using namespace sins;

class Sinner final : public Plugin {
public:
    void describe(Registrar& reg) override {
        reg.on<DeviceEvent>(kDeviceConnected,
                            [](const DeviceEvent&) { throw std::runtime_error("bad event"); });
    }
};
}  // namespace

TRELLIS_PLUGIN(Sinner)
