#include "../sin.hpp"

void neverDefined(int);  // nobody does

namespace {
using namespace sins;

class Sinner final : public Plugin {
public:
    void describe(Registrar&) override { neverDefined(1); }
};
}  // namespace

TRELLIS_PLUGIN(Sinner)
