#include <boost/test/unit_test.hpp>

#include "src/results.hpp"
#include "world.hpp"

using namespace scripts::tests;

BOOST_AUTO_TEST_SUITE(jobs)

BOOST_AUTO_TEST_CASE(a_run_is_sent_once_the_device_has_spoken_and_its_result_is_kept) {
    World world;
    const auto job = world.run({{"targets", on({"a"})}, {"ttl_s", 60}});
    BOOST_TEST(world.sentTo("a").empty());
    BOOST_TEST(world.stateOf(job, "a") == "queued");
    world.ready("a");
    const auto sent = world.sentTo("a");
    BOOST_REQUIRE(sent.size() == 1);
    BOOST_TEST(world.stateOf(job, "a") == "running");
    world.result("a", {{"run", sent[0]}, {"exitCode", 3}, {"stdout", "aGk="}, {"durationMs", 12}});
    BOOST_TEST(world.stateOf(job, "a") == "failed");
    const auto output = world.call("output", {{"job", job}, {"nodeid", World::id("a")}});
    BOOST_TEST(output.at("stdout").as_string() == "hi");
    BOOST_TEST(output.at("exitCode").as_int64() == 3);
    BOOST_TEST(world.call("job", {{"job", job}}).at("status").as_string() == "finished");
    BOOST_TEST(world.host.deviceMessages().back().message.at("action").as_string() ==
               "scripts.ack");
}

BOOST_AUTO_TEST_CASE(only_who_may_run_commands_on_a_device_runs_there_and_sees_what_was_printed) {
    World world;
    BOOST_CHECK_EXCEPTION(world.run({{"targets", on({"a"})}}, "bob"), Error,
                          hasCode(ErrorCode::Forbidden));
    BOOST_CHECK_EXCEPTION(world.run({{"targets", on({"b"})}}, "bob"), Error,
                          hasCode(ErrorCode::NotFound));
    BOOST_CHECK_EXCEPTION(world.run({{"targets", {{"all", true}}}}, "bob"), Error,
                          hasCode(ErrorCode::InvalidArgument));
    const auto job = world.run({{"targets", on({"a", "b"})}});
    BOOST_CHECK_EXCEPTION(world.call("job", {{"job", job}}, "bob"), Error,
                          hasCode(ErrorCode::NotFound));
    BOOST_TEST(world.call("jobs", {}, "bob").at("jobs").as_array().empty());
    auto bob = World::as("bob");
    BOOST_CHECK_EXCEPTION(
        world.start().call("scripts.output", {{"job", job}, {"nodeid", World::id("a")}}, bob),
        Error, hasCode(ErrorCode::NotFound));
    BOOST_CHECK_EXCEPTION(world.call("cancel", {{"job", job}}, "bob"), Error,
                          hasCode(ErrorCode::NotFound));
    world.directory->grant("user//bob", World::id("a"), device_right::kRemoteCommand);
    BOOST_TEST(world.call("job", {{"job", job}}, "bob").at("runs").as_array().size() == 1U);
    BOOST_TEST(world.call("job", {{"job", job}}, "bob").at("hidden").as_int64() == 1);
    BOOST_TEST(!world.call("job", {{"job", job}}, "bob").as_object().contains("text"));
}

BOOST_AUTO_TEST_CASE(progress_is_told_to_those_who_may_see_it_and_holds_no_output) {
    World world;
    world.ready("a");
    world.run({{"targets", on({"a"})}});
    world.result("a", {{"run", world.sentTo("a").at(0)}, {"exitCode", 0}, {"stdout", "c2VjcmV0"}});
    bool hasEnded = false;
    for (const auto& told : world.page->told()) {
        BOOST_TEST(!told.seenBy.contains("user//bob"));
        BOOST_TEST(json::serialize(told.event).find("secret") == std::string::npos);
        hasEnded |= told.event.contains("state") && told.event.at("state") == "done";
    }
    BOOST_TEST(hasEnded);
}

BOOST_AUTO_TEST_CASE(a_right_that_was_lost_meanwhile_counts) {
    World world;
    const auto job = world.run({{"targets", on({"a"})}, {"ttl_s", 3600}});
    world.directory->revoke("user//ada", World::id("a"));
    world.ready("a");
    BOOST_TEST(world.sentTo("a").empty());
    BOOST_TEST(world.stateOf(job, "a", "root") ==
               "absent"); // root has no link to the device either
    world.directory->grant("user//root", World::id("a"), device_right::kRemoteCommand);
    BOOST_TEST(world.stateOf(job, "a", "root") == "denied");
}

BOOST_AUTO_TEST_CASE(concurrency_is_kept) {
    World world;
    for (const auto* name : {"a", "b", "c"})
        world.ready(name);
    world.run({{"targets", {{"all", true}}}, {"concurrency", 2}});
    BOOST_TEST(world.sentTo("a").size() + world.sentTo("b").size() + world.sentTo("c").size() ==
               2U);
    world.result("a", {{"run", world.sentTo("a").at(0)}, {"exitCode", 0}});
    BOOST_TEST(world.sentTo("c").size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_restart_sends_nothing_twice_and_a_run_that_is_not_known_becomes_unknown) {
    World world;
    world.ready("a");
    world.ready("b");
    const auto job = world.run({{"targets", on({"a", "b"})}});
    const auto first = world.sentTo("a").at(0);
    world.restart();
    world.ready("a", {first}, "boot-1");
    world.ready("b", {}, "boot-2");
    BOOST_TEST(world.sentTo("a").size() == 1U);
    BOOST_TEST(world.sentTo("b").size() == 1U);
    BOOST_TEST(world.stateOf(job, "a") == "running");
    BOOST_TEST(world.stateOf(job, "b") == "unknown");
    world.result("a", {{"run", first}, {"exitCode", 0}});
    BOOST_TEST(world.stateOf(job, "a") == "done");
}

BOOST_AUTO_TEST_CASE(an_answer_that_crosses_with_a_run_loses_nothing) {
    World world;
    world.ready("a");
    const auto job = world.run({{"targets", on({"a"})}});
    world.start().agentMessage(World::id("a"), {{"action", "scripts.ready"},
                                                {"boot", "boot-1"},
                                                {"runs", json::array()},
                                                {"isAnswer", true}});
    world.host.settle();
    BOOST_TEST(world.stateOf(job, "a") == "running");
}

BOOST_AUTO_TEST_CASE(a_device_cannot_report_for_another) {
    World world;
    world.ready("a");
    const auto job = world.run({{"targets", on({"a"})}});
    world.result("b", {{"run", world.sentTo("a").at(0)}, {"exitCode", 0}});
    BOOST_TEST(world.stateOf(job, "a") == "running");
}

BOOST_AUTO_TEST_CASE(cancelling_ends_what_waits_and_tells_what_runs) {
    World world;
    world.ready("a");
    const auto job = world.run({{"targets", on({"a", "b"})}, {"ttl_s", 3600}});
    world.call("cancel", {{"job", job}});
    BOOST_TEST(world.stateOf(job, "b") == "cancelled");
    BOOST_TEST(world.host.deviceMessages().back().message.at("action").as_string() ==
               "scripts.cancel");
    world.result("a", {{"run", world.sentTo("a").at(0)}, {"cancelled", true}});
    BOOST_TEST(world.stateOf(job, "a") == "cancelled");
}

BOOST_AUTO_TEST_CASE(what_did_not_succeed_can_be_repeated_with_its_secrets_given_again) {
    World world;
    world.ready("a");
    world.ready("b");
    const auto job = world.run({{"targets", on({"a", "b"})}, {"secrets", {{"TOKEN", "hunter2"}}}});
    world.result("a", {{"run", world.sentTo("a").at(0)}, {"exitCode", 1}});
    world.result("b", {{"run", world.sentTo("b").at(0)}, {"exitCode", 0}});
    BOOST_CHECK_EXCEPTION(world.call("rerun", {{"job", job}}), Error,
                          hasCode(ErrorCode::InvalidArgument));
    const auto again = world.call("rerun", {{"job", job}, {"secrets", {{"TOKEN", "hunter2"}}}});
    BOOST_TEST(again.at("devices").as_int64() == 1);
    BOOST_TEST(world.sentTo("a").size() == 2U);
    BOOST_TEST(world.host.deviceMessages().back().message.at("env").at("TOKEN").as_string() ==
               "hunter2");
}

BOOST_AUTO_TEST_CASE(bounds) {
    World world;
    world.start({{"devices_per_job", 2}, {"active_jobs", 1}});
    BOOST_CHECK_EXCEPTION(world.run({{"targets", {{"all", true}}}}), Error,
                          hasCode(ErrorCode::InvalidArgument));
    world.run({{"targets", on({"a"})}, {"ttl_s", 3600}});
    BOOST_CHECK_EXCEPTION(world.run({{"targets", on({"b"})}}), Error, hasCode(ErrorCode::Conflict));
    BOOST_CHECK_EXCEPTION(world.run({{"targets", json::object()}}), Error,
                          hasCode(ErrorCode::InvalidArgument));
}

BOOST_AUTO_TEST_CASE(secrets_and_broken_text_do_not_reach_the_results) {
    using scripts::resultFrom;
    const scripts::Secrets secrets{{"TOKEN", "hunter2"}};
    // "x hunter2 y" and 0xFF
    BOOST_TEST(resultFrom({{"stdout", "eCBodW50ZXIyIHn/"}}, secrets, 100).out ==
               "x *** y\xEF\xBF\xBD");
    // cut in the middle of the secret: "x hunter"
    BOOST_TEST(resultFrom({{"stdout", "eCBodW50ZXIyIHk="}}, secrets, 8).out == "x ***");
    // cut in the middle of a character: "aä"
    const auto cut = resultFrom({{"stdout", "YcOk"}}, {}, 2);
    BOOST_TEST(cut.out == "a");
    BOOST_TEST(cut.isOutCut);
}

BOOST_AUTO_TEST_SUITE_END()
