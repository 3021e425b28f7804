#include "../sin.hpp"

namespace {
using namespace sins;

class Sinner final : public Plugin {
public:
    void describe(Registrar& reg) override {
        reg.command(command("wrong_result.run",
                            Schema::object().prop("count", Schema::integer(), "A number.").required({"count"})),
                    [](const Request&, const json::object&) {
                        return json::value{{"count", "seven"}};
                    });
    }
};
}  // namespace

TRELLIS_PLUGIN(Sinner)
