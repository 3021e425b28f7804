#include "../sin.hpp"

namespace {
using namespace sins;

class Sinner final : public Plugin {
public:
    void describe(Registrar& reg) override {
        reg.command(command("healthy.greet"),
                    [](const Request&, const json::object&) { return json::value(); });
    }
};
}  // namespace

TRELLIS_PLUGIN(Sinner)
