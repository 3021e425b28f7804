#include "../sin.hpp"

namespace {
using namespace sins;

class Sinner final : public Plugin {
public:
    void describe(Registrar& reg) override {
        reg.ui({.id = "tab", .slot = UiSlot::DeviceTab, .title = "x", .icon = "", .module = "../x.js"});
    }
};
}  // namespace

TRELLIS_PLUGIN(Sinner)
