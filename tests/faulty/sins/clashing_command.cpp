#include "../sin.hpp"

namespace {
using namespace sins;

class Sinner final : public Plugin {
public:
    void describe(Registrar& reg) override {
        // The dot rule would refuse "healthy.greet", so this is a name of the core.
        reg.command(command("serverinfo"),
                    [](const Request&, const json::object&) { return json::value(); });
    }
};
}  // namespace

TRELLIS_PLUGIN(Sinner)
