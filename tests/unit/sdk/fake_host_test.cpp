#include <boost/test/unit_test.hpp>

#include <trellis/sdk/testing.hpp>

using namespace trellis::testing;
using namespace std::chrono_literals;

namespace {

HandlePtr escaped;

/// Uses most of the interface, and misbehaves on request.
class Probe final : public Plugin {
public:
    void describe(Registrar& reg) override {
        reg.options(Schema::object()
                        .prop("mode", Schema::string().byDefault("plain"), "What to do.")
                        .prop("size", Schema::integer().range(1, 9).byDefault(3), "A number."));
        reg.command({.name = "probe.ask", .summary = "Asks a device.",
                     .args = Schema::object().prop("n", Schema::integer().byDefault(1), "A number."),
                     .result = Schema::object().prop("n", Schema::integer(), "The number."),
                     .requires_ = {Scope::Device, device_right::kRemoteControl, 0, ""}},
                    [this](const Request& request, const json::object& args, Reply reply) {
                        ask(request, args, reply);
                    });
        reg.agentMessage({.action = "probe", .schema = Schema::object()
                                                           .prop("action", Schema::string(), "probe")
                                                           .prop("n", Schema::integer(), "A number.")
                                                           .required({"n"})},
                         [this](const std::string&, const json::object& message) {
                             waiting_.ok(json::object{{"n", message.at("n")}});
                         });
        reg.route({.method = "GET", .path = "/plugins/probe/item/{id}"},
                  [](const Request&, const HttpRequest& request) {
                      return HttpResponse{200, {}, request.segments.at("id"), {}};
                  });
        reg.on<UserEvent>(kUserLoggedIn, [this](const UserEvent& event) {
            host_->log().info("welcome", {{"user", event.userId}});
        });
    }
    void configure(const Options& options) override {
        mode_ = options.text("mode");
        if (mode_ == "odd" && options.integer("size") % 2 == 0) options.reject("size", "expected an odd one");
    }
    void start(Host& host) override {
        host_ = &host;
        if (mode_ == "fail") throw Error(ErrorCode::Unavailable, "no");
        if (mode_ == "leak") escaped = host.every(1s, [] {});
        timer_ = host.every(10s, [this] { host_->counter("probe_ticks_total", "Ticks").add(); });
        once_ = host.after(15s, [this] { host_->degraded("too quiet"); });
    }

private:
    void ask(const Request& request, const json::object& args, const Reply& reply) {
        if (mode_ == "wrong") return reply.ok({{"n", "one"}});
        if (mode_ == "silent") return;
        if (!host_->sendToDevice(request.deviceId, {{"action", "probe"}, {"n", args.at("n")}})) {
            throw Error(ErrorCode::Unavailable, "the device is not connected");
        }
        waiting_ = reply;
    }
    Host* host_ = nullptr;
    std::string mode_;
    Reply waiting_{nullptr};
    HandlePtr timer_, once_;
};

FakeHost& withDevice(FakeHost& host) {
    host.addDevice({"node//test", "mesh//test", "pc", "192.0.2.9", "Debian", true});
    return host;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fake_host)

BOOST_AUTO_TEST_CASE(a_command_may_answer_later) {
    FakeHost host;
    TestPlugin<Probe> probe(withDevice(host));
    const auto pending = probe.callLater("probe.ask", {{"n", 5}});
    BOOST_TEST(!pending->has_value());
    BOOST_TEST(host.deviceMessages().at(0).message.at("n").as_int64() == 5);
    BOOST_TEST(probe.agentMessage("node//test", {{"action", "probe"}, {"n", 5}}));
    BOOST_TEST(pending->value().at("n").as_int64() == 5);
}

BOOST_AUTO_TEST_CASE(arguments_and_rights_are_checked_before_the_handler_runs) {
    FakeHost host;
    TestPlugin<Probe> probe(withDevice(host));
    BOOST_CHECK_THROW(probe.callLater("probe.ask", {{"n", "x"}}), Error);
    As viewer;
    viewer.deviceRights = 0;
    BOOST_CHECK_EXCEPTION(probe.callLater("probe.ask", {}, viewer), Error, [](const Error& error) {
        return error.code() == ErrorCode::Forbidden;
    });
    BOOST_TEST(host.deviceMessages().empty());
    BOOST_CHECK_THROW(probe.call("probe.nothing"), TestFailure);
}

BOOST_AUTO_TEST_CASE(a_result_of_the_wrong_shape_or_none_fails_the_test) {
    FakeHost host;
    TestPlugin<Probe> wrong(host, {{"mode", "wrong"}});
    BOOST_CHECK_THROW(wrong.call("probe.ask"), TestFailure);
    wrong.stop();
    FakeHost other;
    TestPlugin<Probe> silent(other, {{"mode", "silent"}});
    BOOST_CHECK_THROW(silent.call("probe.ask"), TestFailure);
}

BOOST_AUTO_TEST_CASE(time_passes_only_when_told_and_timers_run_in_order) {
    FakeHost host;
    TestPlugin<Probe> probe(host);
    BOOST_TEST(host.count("probe_ticks_total") == 0u);
    host.advance(14s);
    BOOST_TEST(host.count("probe_ticks_total") == 1u);
    BOOST_TEST(host.health() == "");
    host.advance(16s);
    BOOST_TEST(host.count("probe_ticks_total") == 3u);
    BOOST_TEST(host.health() == "too quiet");
    BOOST_TEST(host.openHandles() == 2u);
}

BOOST_AUTO_TEST_CASE(a_handle_that_outlives_its_plugin_fails_the_test) {
    FakeHost host;
    TestPlugin<Probe> probe(host, {{"mode", "leak"}});
    BOOST_CHECK_THROW(probe.stop(), TestFailure);
    escaped.reset();
}

BOOST_AUTO_TEST_CASE(problems_of_the_options_are_those_of_schema_and_plugin) {
    const auto schema = configurationProblems<Probe>({{"size", 10}, {"mood", "x"}});
    BOOST_TEST(schema.size() == 2u);
    const auto own = configurationProblems<Probe>({{"size", 4}, {"mode", "odd"}});
    BOOST_TEST_REQUIRE(own.size() == 1u);
    BOOST_TEST(own[0] == "size: expected an odd one");
    FakeHost host;
    BOOST_CHECK_THROW(TestPlugin<Probe>(host, {{"size", 10}}), TestFailure);
}

BOOST_AUTO_TEST_CASE(what_start_throws_comes_out) {
    FakeHost host;
    BOOST_CHECK_THROW(TestPlugin<Probe>(host, {{"mode", "fail"}}), Error);
    BOOST_TEST(host.openHandles() == 0u);
}

BOOST_AUTO_TEST_CASE(agent_messages_that_do_not_fit_are_dropped_as_the_server_does) {
    FakeHost host;
    TestPlugin<Probe> probe(host);
    BOOST_TEST(!probe.agentMessage("node//test", {{"action", "probe"}}));
    BOOST_TEST(!probe.agentMessage("node//test", {{"action", "probe"}, {"n", 1}, {"pad", "x"}}));
    BOOST_CHECK_THROW(probe.agentMessage("node//test", {{"action", "other"}}), TestFailure);
}

BOOST_AUTO_TEST_CASE(routes_find_their_segments_and_events_their_subscribers) {
    FakeHost host;
    TestPlugin<Probe> probe(host);
    BOOST_TEST(probe.request({.method = "GET", .path = "/plugins/probe/item/7", .segments = {},
                              .query = {}, .headers = {}, .body = ""}).body == "7");
    probe.publish(kUserLoggedIn, UserEvent{"user//ada", "192.0.2.3"});
    BOOST_TEST(host.hasLogged("welcome"));
    BOOST_TEST(host.logLines().at(0).fields.at("user") == "user//ada");
}

BOOST_AUTO_TEST_CASE(while_the_plugin_stops_timers_and_posts_are_refused) {
    FakeHost host;
    host.beginStop();
    BOOST_CHECK_THROW(host.post([] {}), Error);
    BOOST_CHECK_THROW([[maybe_unused]] auto handle = host.every(1s, [] {}), Error);
}

BOOST_AUTO_TEST_SUITE_END()
