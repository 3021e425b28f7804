#include <thread>

#include "../sin.hpp"

namespace {
using namespace sins;

class Sinner final : public Plugin {
public:
    void describe(Registrar&) override {}
    void start(Host&) override {
        while (true) std::this_thread::sleep_for(std::chrono::hours(1));
    }
};
}  // namespace

TRELLIS_PLUGIN(Sinner)
