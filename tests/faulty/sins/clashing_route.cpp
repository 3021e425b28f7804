#include "../sin.hpp"

namespace {
using namespace sins;

class Sinner final : public Plugin {
public:
    void describe(Registrar& reg) override {
        reg.route({.method = "GET", .path = "/.well-known/healthy"},
                  [](const Request&, const HttpRequest&) { return HttpResponse{}; });
    }
};
}  // namespace

TRELLIS_PLUGIN(Sinner)
