#include "../sin.hpp"

namespace {
using namespace sins;

class Sinner final : public Plugin {
public:
    void describe(Registrar&) override {}
    void configure(const Options&) override { throw std::runtime_error("cannot read this"); }
};
}  // namespace

TRELLIS_PLUGIN(Sinner)
