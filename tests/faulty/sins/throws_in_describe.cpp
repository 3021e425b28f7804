#include "../sin.hpp"

namespace {
using namespace sins;

class Sinner final : public Plugin {
public:
    void describe(Registrar&) override { throw std::runtime_error("no description today"); }
};
}  // namespace

TRELLIS_PLUGIN(Sinner)
