#include "../sin.hpp"

namespace {
using namespace sins;

class Sinner final : public Plugin {
public:
    void describe(Registrar& reg) override {
        reg.listener({.name = "ungranted", .port = 4433}, [] { return nullptr; });
    }
};
}  // namespace

TRELLIS_PLUGIN(Sinner)
