#include <thread>

#include "../sin.hpp"

namespace {
using namespace sins;

class Sinner final : public Plugin {
public:
    void describe(Registrar& reg) override {
        reg.command(command("hangs_in_command.run"),
                    [](const Request&, const json::object&) -> json::value {
                        while (true) std::this_thread::sleep_for(std::chrono::hours(1));
                    });
    }
};
}  // namespace

TRELLIS_PLUGIN(Sinner)
