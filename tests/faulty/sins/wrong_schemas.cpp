#include "../sin.hpp"

namespace {
using namespace sins;

class Sinner final : public Plugin {
public:
    void describe(Registrar& reg) override {
        reg.options(Schema::integer());
        auto spec = command("wrong_schemas.run");
        spec.args = Schema::string();
        reg.command(spec, [](const Request&, const json::object&) { return json::value(); });
    }
};
}  // namespace

TRELLIS_PLUGIN(Sinner)
