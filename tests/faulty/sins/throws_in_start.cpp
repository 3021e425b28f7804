#include "../sin.hpp"

namespace {
using namespace sins;

class Sinner final : public Plugin {
public:
    void describe(Registrar& reg) override {
        reg.command(command("throws_in_start.run"),
                    [](const Request&, const json::object&) { return json::value(); });
    }
    void start(Host& host) override {
        timer_ = host.every(Milliseconds(1), [] {});
        throw Error(ErrorCode::Unavailable, "the broker is away");
    }

private:
    HandlePtr timer_;
};
}  // namespace

TRELLIS_PLUGIN(Sinner)
