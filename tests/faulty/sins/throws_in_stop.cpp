#include "../sin.hpp"

namespace {
using namespace sins;

class Sinner final : public Plugin {
public:
    void describe(Registrar& reg) override {
        reg.command(command("throws_in_stop.run"),
                    [](const Request&, const json::object&) { return json::value("ok"); });
    }
    void stop(Deadline) override { throw std::runtime_error("cannot stop"); }
};
}  // namespace

TRELLIS_PLUGIN(Sinner)
