#include "../sin.hpp"

namespace {
using namespace sins;

class Sinner final : public Plugin {
public:
    void describe(Registrar& reg) override {
        reg.command(command("throws_non_std.run"),
                    [](const Request&, const json::object&) -> json::value { throw 42; });
    }
};
}  // namespace

TRELLIS_PLUGIN(Sinner)
