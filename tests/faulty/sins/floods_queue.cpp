#include <future>

#include "../sin.hpp"

namespace {
using namespace sins;

class Sinner final : public Plugin {
public:
    void describe(Registrar& reg) override {
        reg.command(command("floods_queue.run"), [this](const Request&, const json::object&) {
            std::int64_t taken = 0;
            const auto held = std::make_shared<std::promise<void>>();
            auto done = held->get_future().share();
            host_->post([done] { done.wait(); });
            try {
                while (true) {
                    host_->post([] {});
                    ++taken;
                }
            } catch (const Error& error) {
                held->set_value();
                return json::value{{"taken", taken}, {"code", codeName(error.code())}};
            }
        });
    }
    void start(Host& host) override { host_ = &host; }

private:
    Host* host_ = nullptr;
};
}  // namespace

TRELLIS_PLUGIN(Sinner)
