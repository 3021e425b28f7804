/// The plugin that must go on working whatever its neighbours do.
#include <atomic>

#include <trellis/sdk/plugin.hpp>

#include "tests/faulty/greeter.hpp"

namespace {
using namespace trellis::sdk;

class PlainGreeter final : public trellis::tests::Greeter {
public:
    std::string greet(const std::string& name) override { return "Hello, " + name; }
};

class Counting final : public TunnelHandler {
public:
    explicit Counting(std::atomic<int>& open) : open_(open) { ++open_; }
    ~Counting() override { --open_; }

private:
    std::atomic<int>& open_;
};

class Healthy final : public Plugin {
public:
    void describe(Registrar& reg) override {
        reg.options(Schema::object()
                        .prop("greeting", Schema::string().range(1, 20).byDefault("Hello"), "Word.")
                        .prop("low", Schema::integer().byDefault(1), "Lower bound.")
                        .prop("high", Schema::integer().byDefault(2), "Upper bound."));
        reg.command(named("healthy.greet", Schema::string()),
                    [this](const Request&, const json::object&) { return json::value(greeting_); });
        reg.command(named("healthy.seen", Schema::integer()),
                    [this](const Request&, const json::object&) { return json::value(seen_.load()); });
        reg.command(named("healthy.ticks", Schema::integer()),
                    [this](const Request&, const json::object&) { return json::value(ticks_.load()); });
        reg.command(named("healthy.keep", Schema::any()),
                    [this](const Request&, const json::object&, Reply reply) {
                        kept_.with([&](auto& kept) { kept.push_back(reply); });
                    });
        reg.command(named("healthy.switch_me_off", Schema::any()),
                    [this](const Request& request, const json::object&) {
                        return host_->call("plugin.disable", {{"id", "healthy"}}, request.deadline);
                    });
        reg.route(route("/plugins/healthy/hello"),
                  [](const Request&, const HttpRequest&) { return HttpResponse{200, {}, "hi", {}}; });
        reg.route(route("/.well-known/healthy"),
                  [](const Request&, const HttpRequest&) { return HttpResponse{}; });
        reg.tunnel({.name = "healthy", .protocols = {201}}, [this](const TunnelInfo&) {
            return std::make_unique<Counting>(openTunnels_);
        });
        reg.on<DeviceEvent>(kDeviceConnected, [this](const DeviceEvent&) { ++seen_; });
        reg.agentMessage({.action = "healthy.report", .schema = Schema::object().allowUnknown()},
                         [this](const std::string&, const json::object&) { ++seen_; });
        reg.agentScript("agent/healthy.js");
        reg.ui({.id = "tab", .slot = UiSlot::DeviceTab, .title = "healthy.title", .icon = "",
                .module = "healthy.js", .requires_ = {Scope::Device, 0, 0, ""}});
        reg.provide<trellis::tests::Greeter>(std::make_shared<PlainGreeter>());
    }
    void configure(const Options& options) override {
        greeting_ = options.text("greeting");
        if (options.integer("low") > options.integer("high")) {
            options.reject("low", "expected at most \"high\"");
        }
    }
    void start(Host& host) override {
        host_ = &host;
        timer_ = host.every(Milliseconds(5), [this] { ++ticks_; });
    }

private:
    static CommandSpec named(const char* name, Schema result) {
        return {.name = name, .summary = "A test's.", .args = Schema::object(),
                .result = std::move(result), .timeout = Seconds(1)};
    }
    static RouteSpec route(const char* path) { return {.method = "GET", .path = path}; }

    Host* host_ = nullptr;
    std::string greeting_;
    std::atomic<int> seen_{0};
    std::atomic<int> ticks_{0};
    std::atomic<int> openTunnels_{0};
    Guarded<std::vector<Reply>> kept_;
    HandlePtr timer_;
};

}  // namespace

TRELLIS_PLUGIN(Healthy)
