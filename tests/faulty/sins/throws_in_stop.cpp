// stop() is noexcept: the language ends the process. The crash journal names the plugin.
#include "../sin.hpp"

namespace {
using namespace sins;

class Sinner final : public Plugin {
public:
    void describe(Registrar&) override {}
    void stop(Deadline) noexcept override { fail(); }

private:
    static void fail() { throw std::runtime_error("cannot stop"); }
};
}  // namespace

TRELLIS_PLUGIN(Sinner)
