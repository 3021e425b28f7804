#include "../sin.hpp"

namespace {
using namespace sins;

class Sinner final : public Plugin {
public:
    void describe(Registrar& reg) override {
        reg.on<UserEvent>(Topic<UserEvent>{"device.connected"}, [](const UserEvent&) {});
    }
};
}  // namespace

TRELLIS_PLUGIN(Sinner)
