#include "../sin.hpp"

namespace {
using namespace sins;

class Sinner final : public Plugin {
public:
    void describe(Registrar& reg) override {
        reg.command(command("throws_in_command.run"), [](const Request&, const json::object&) -> json::value {
            throw std::runtime_error("secret detail");
        });
        reg.command(command("throws_in_command.refuse"), [](const Request&, const json::object&) -> json::value {
            throw Error(ErrorCode::NotFound, "no such thing", "/name");
        });
    }
};
}  // namespace

TRELLIS_PLUGIN(Sinner)
