#include "../sin.hpp"

namespace {
using namespace sins;

class Sinner final : public Plugin {
public:
    void describe(Registrar& reg) override {
        reg.command(command("never_answers.drop"), [](const Request&, const json::object&, Reply) {});
        reg.command(command("never_answers.keep"),
                    [this](const Request&, const json::object&, Reply reply) {
                        kept_.with([&](auto& kept) { kept.push_back(reply); });
                    });
    }

private:
    Guarded<std::vector<Reply>> kept_;
};
}  // namespace

TRELLIS_PLUGIN(Sinner)
