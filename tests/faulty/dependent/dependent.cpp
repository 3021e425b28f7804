/// Uses a service of another plugin.
#include <trellis/sdk/plugin.hpp>

#include "tests/faulty/greeter.hpp"

namespace {
using namespace trellis::sdk;

class Dependent final : public Plugin {
public:
    void describe(Registrar& reg) override {
        reg.command({.name = "dependent.greet", .summary = "Greets through the other.",
                     .args = Schema::object(), .result = Schema::string()},
                    [this](const Request&, const json::object&) {
                        return json::value(greeter_->greet("you"));
                    });
    }
    void start(Host& host) override {
        greeter_ = host.need<trellis::tests::Greeter>();
        if (!greeter_) throw Error(ErrorCode::Unavailable, "no greeter");
    }

private:
    std::shared_ptr<trellis::tests::Greeter> greeter_;
};

}  // namespace

TRELLIS_PLUGIN(Dependent)
