#include "../sin.hpp"

namespace {
using namespace sins;

class Sinner final : public Plugin {
public:
    void describe(Registrar& reg) override {
        reg.decision("agent.admit", 10, [](const Request&, const json::object&) -> Decision {
            throw std::runtime_error("undecided");
        });
    }
};
}  // namespace

TRELLIS_PLUGIN(Sinner)
