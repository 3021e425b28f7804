/// Answers `hello.greet` and counts the greetings; the smallest useful plugin.
#include <trellis/sdk/plugin.hpp>

namespace {
using namespace trellis::sdk;

class Hello final : public Plugin {
public:
    void describe(Registrar& reg) override {
        const auto word = Schema::string().range(1, 40).byDefault("Good day");
        const auto name = Schema::string().range(1, 100).format(Format::Line);
        reg.options(Schema::object().prop("greeting", word, "Word before the name."));
        reg.command({.name = "hello.greet",
                     .summary = "Greets someone by name.",
                     .args = Schema::object().prop("name", name, "Who to greet.").required({"name"}),
                     .result = Schema::object().prop("text", Schema::string(), "The greeting.")},
                    [this](const Request&, const json::object& args) { return greet(args); });
        reg.ui({.id = "page",
                .slot = UiSlot::SitePage,
                .title = "hello.title",
                .icon = "hello.svg",
                .module = "hello.js"});
    }
    void configure(const Options& options) override { greeting_ = options.text("greeting"); }
    void start(Host& host) override {
        greeted_ = &host.counter("hello_greeted_total", "Greetings given");
    }

private:
    json::value greet(const json::object& args) {
        greeted_->add();
        return {{"text", greeting_ + ", " + std::string(args.at("name").as_string()) + "!"}};
    }
    std::string greeting_;
    Counter* greeted_ = nullptr;
};
}  // namespace

TRELLIS_PLUGIN(Hello)
