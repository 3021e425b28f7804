// Sins of a running plugin: the exception barrier, quarantine, deadlines.
#include <boost/test/unit_test.hpp>

#include <future>

#include "tests/faulty/world.hpp"

using namespace trellis;
using tests::eventually;
using tests::World;
using namespace std::chrono_literals;

namespace {

void connectDevice(World& world) {
    world.server.events.publish(sdk::kDeviceConnected, sdk::DeviceEvent{"node//a", "mesh//b", "", "pc"});
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_error_from_a_command_reaches_the_caller_as_it_is_and_is_no_fault) {
    World world{"healthy", "throws_in_command"};
    BOOST_CHECK_EXCEPTION(world.call("throws_in_command.refuse"), sdk::Error, [](const auto& error) {
        return error.code() == sdk::ErrorCode::NotFound && error.field() == "/name" &&
               std::string(error.what()) == "no such thing";
    });
    BOOST_TEST(world.status("throws_in_command").faults == 0u);
}

BOOST_AUTO_TEST_CASE(any_other_exception_becomes_internal_with_a_trace_id_and_without_its_text) {
    World world{"healthy", "throws_in_command"};
    const auto refusal = world.refusal("throws_in_command.run");
    BOOST_TEST(refusal.find("internal: ") == 0u);
    BOOST_TEST(refusal.find("trace-1") != std::string::npos);
    BOOST_TEST(refusal.find("secret detail") == std::string::npos);
    BOOST_TEST(world.status("throws_in_command").faults == 1u);
    BOOST_TEST(world.state("throws_in_command") == "running");
    BOOST_TEST(world.isHealthy());
}

BOOST_AUTO_TEST_CASE(an_exception_that_is_no_std_exception_is_contained_too) {
    World world{"healthy", "throws_non_std"};
    BOOST_TEST(world.refusal("throws_non_std.run").find("internal: ") == 0u);
    BOOST_TEST(world.isHealthy());
}

BOOST_AUTO_TEST_CASE(five_faults_in_a_minute_quarantine_the_plugin_and_nobody_else) {
    World world{"healthy", "throws_in_command"};
    for (int i = 0; i < 5; ++i) world.refusal("throws_in_command.run");
    BOOST_TEST(eventually([&] { return world.state("throws_in_command") == "quarantined"; }));
    const auto sentence = world.sentence("throws_in_command");
    BOOST_TEST(sentence.find("5 faults in 60 s, the last in command throws_in_command.run: "
                             "std::runtime_error: secret detail") == 0u);
    BOOST_TEST(sentence.find("enable it to try now") != std::string::npos);
    BOOST_TEST(world.server.commands.ownerOf("throws_in_command.run") == "");
    BOOST_TEST(world.isHealthy());
    BOOST_TEST((world.host->enable("throws_in_command").state == plugin::State::Running));
    BOOST_TEST(world.status("throws_in_command").faults == 0u);
}

BOOST_AUTO_TEST_CASE(a_quarantined_plugin_is_tried_again_once_by_itself) {
    World world({"healthy", "throws_in_command"}, "",
                [](plugin::Settings& settings) { settings.retryAfter = 20ms; });
    for (int i = 0; i < 5; ++i) world.refusal("throws_in_command.run");
    BOOST_TEST(eventually([&] { return world.state("throws_in_command") == "quarantined"; }));
    BOOST_TEST(eventually([&] { return world.state("throws_in_command") == "running"; }));
    for (int i = 0; i < 5; ++i) world.refusal("throws_in_command.run");
    BOOST_TEST(eventually([&] {
        return world.state("throws_in_command") == "quarantined" &&
               world.sentence("throws_in_command").find("tried again once: enable it") !=
                   std::string::npos;
    }));
}

BOOST_AUTO_TEST_CASE(an_exception_in_an_event_is_one_fault_and_the_others_hear_the_event) {
    World world{"healthy", "throws_in_event"};
    connectDevice(world);
    BOOST_TEST(eventually([&] { return world.status("throws_in_event").faults == 1u; }));
    BOOST_TEST(world.isHealthy());
}

BOOST_AUTO_TEST_CASE(a_decision_that_throws_is_a_denial) {
    World world{"healthy", "throws_in_decision"};
    BOOST_TEST((world.server.decisions.ask("agent.admit", {}, {}) == sdk::Decision::Deny));
    BOOST_TEST(world.status("throws_in_decision").faults == 1u);
    world.host->disable("throws_in_decision");
    BOOST_TEST((world.server.decisions.ask("agent.admit", {}, {}) == sdk::Decision::Abstain));
}

BOOST_AUTO_TEST_CASE(a_tunnel_handler_that_throws_closes_its_tunnel) {
    World world{"healthy", "throws_in_tunnel"};
    const auto tunnel = world.server.tunnels.registry.get("202")(sdk::TunnelInfo{});
    sdk::Frame frame;
    BOOST_TEST((tunnel->onFrame(sdk::Side::Viewer, frame) == sdk::Verdict::Close));
    BOOST_TEST((tunnel->onFrame(sdk::Side::Viewer, frame) == sdk::Verdict::Close));
    BOOST_TEST(world.status("throws_in_tunnel").faults == 1u);
    BOOST_TEST(world.isHealthy());
}

BOOST_AUTO_TEST_CASE(flooding_the_own_queue_is_refused_at_its_bound) {
    World world{"healthy", "floods_queue"};
    const auto answer = world.call("floods_queue.run").as_object();
    BOOST_TEST(answer.at("code").as_string() == "unavailable");
    BOOST_TEST(answer.at("taken").as_int64() >= 999);
    BOOST_TEST(answer.at("taken").as_int64() <= 1001);
    BOOST_TEST(world.isHealthy());
}

BOOST_AUTO_TEST_CASE(a_command_that_forgets_its_reply_is_answered_and_counted) {
    World world{"healthy", "never_answers"};
    BOOST_TEST(world.refusal("never_answers.drop").find("internal: ") == 0u);
    BOOST_TEST(world.status("never_answers").faults == 1u);
}

BOOST_AUTO_TEST_CASE(a_command_that_keeps_its_reply_runs_into_its_deadline) {
    World world{"healthy", "never_answers"};
    BOOST_TEST(world.refusal("never_answers.keep") ==
               "deadline_exceeded: the plugin never_answers did not answer in time");
    BOOST_TEST(world.status("never_answers").faults == 1u);
    BOOST_TEST(world.isHealthy());
}

BOOST_AUTO_TEST_CASE(a_caller_in_a_hurry_is_answered_without_blaming_the_plugin) {
    World world{"healthy", "never_answers"};
    BOOST_TEST(world.refusal("never_answers.keep", 30ms) ==
               "deadline_exceeded: the plugin never_answers did not answer in time");
    BOOST_TEST(world.status("never_answers").faults == 0u);
}

BOOST_AUTO_TEST_CASE(a_result_of_the_wrong_shape_does_not_reach_the_caller) {
    World world{"healthy", "wrong_result"};
    BOOST_TEST(world.refusal("wrong_result.run").find("internal: ") == 0u);
    BOOST_TEST(world.status("wrong_result").faults == 1u);
}

BOOST_AUTO_TEST_CASE(a_plugin_that_throws_in_stop_is_gone_all_the_same) {
    World world{"healthy", "throws_in_stop"};
    BOOST_TEST((world.host->disable("throws_in_stop").state == plugin::State::Failed));
    BOOST_TEST(world.sentence("throws_in_stop").find("cannot stop") != std::string::npos);
    BOOST_TEST(world.server.commands.ownerOf("throws_in_stop.run") == "");
    BOOST_TEST(world.isHealthy());
    BOOST_TEST((world.host->enable("throws_in_stop").state == plugin::State::Running));
}

BOOST_AUTO_TEST_CASE(a_plugin_that_hangs_in_stop_is_given_up_and_the_server_goes_on) {
    World world{"healthy", "hangs_in_stop"};
    BOOST_TEST((world.host->disable("hangs_in_stop").state == plugin::State::Failed));
    const auto sentence = world.sentence("hangs_in_stop");
    BOOST_TEST(sentence.find("stop() did not return within") == 0u);
    BOOST_TEST(sentence.find("restart the server to use the plugin") != std::string::npos);
    BOOST_TEST(world.server.commands.ownerOf("hangs_in_stop.run") == "");
    BOOST_TEST(world.isHealthy());
}

BOOST_AUTO_TEST_CASE(a_call_that_does_not_end_is_given_up_with_its_plugin) {
    World world{"healthy", "hangs_in_command"};
    const auto handler = world.server.commands.registry.get("hangs_in_command.run").second;
    const auto answer = std::make_shared<tests::Answer>();
    const auto entered = std::make_shared<std::promise<void>>();
    std::thread([handler, answer, entered] {
        entered->set_value();
        handler({}, {}, sdk::Reply(answer));
    }).detach();
    entered->get_future().wait();
    // The request has no deadline (the clock's zero), so the sweep answers it at once.
    BOOST_CHECK_THROW(answer->wait(sdk::Clock::now() + 20s), sdk::Error);
    BOOST_TEST((world.host->disable("hangs_in_command").state == plugin::State::Failed));
    BOOST_TEST(world.sentence("hangs_in_command").find("a call into it was still running") == 0u);
    BOOST_TEST(world.isHealthy());
}
