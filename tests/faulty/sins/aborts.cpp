#include <cstdlib>

#include "../sin.hpp"

namespace {
using namespace sins;

class Sinner final : public Plugin {
public:
    void describe(Registrar& reg) override {
        reg.command(command("aborts.run"),
                    [](const Request&, const json::object&) -> json::value { std::abort(); });
        reg.command(command("aborts.leave"),
                    [](const Request&, const json::object&) -> json::value { std::_Exit(3); });
        reg.command(command("aborts.crash"), [](const Request&, const json::object&) -> json::value {
            volatile int* nowhere = nullptr;
            return json::value(*nowhere);
        });
    }
};
}  // namespace

TRELLIS_PLUGIN(Sinner)
