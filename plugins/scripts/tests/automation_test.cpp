#include <boost/test/unit_test.hpp>

#include "src/schedules.hpp"
#include "world.hpp"

using namespace scripts::tests;

namespace {

json::object schedule(json::object more = {}) {
    json::object args{{"name", "Nightly"},   {"cron", "* * * * *"},
                      {"timeZone", "UTC"},   {"text", "echo hi"},
                      {"interpreter", "sh"}, {"targets", {{"tags", json::array{"web"}}}}};
    for (auto& [name, value] : more)
        args[name] = value;
    return args;
}

/// As if the server had been away since the schedule was due `ms` ago.
void makeDue(World& world, std::int64_t ms) {
    *world.database << "UPDATE p_scripts_schedule SET next_ms = " +
                           std::to_string(scripts::nowMs() - ms),
        Poco::Data::Keywords::now;
    world.restart();
}

json::value first(World& world, const std::string& what, const std::string& who = "ada") {
    return world.call(what, {}, who).at(what).as_array().at(0);
}

json::object rule(json::object more = {}) {
    json::object args{{"name", "Greet"},
                      {"event", "device.connected"},
                      {"text", "echo hi"},
                      {"interpreter", "sh"},
                      {"ttl_s", 600}};
    for (auto& [name, value] : more)
        args[name] = value;
    return args;
}

void happen(World& world, const std::string& device) {
    world.start().publish(kDeviceConnected,
                          DeviceEvent{World::id(device), "mesh//one", "", device});
    world.host.settle();
    world.host.advance(Milliseconds(1000));
}

std::size_t jobCount(World& world, const std::string& who = "ada") {
    return world.call("jobs", {}, who).at("jobs").as_array().size();
}

} // namespace

BOOST_AUTO_TEST_SUITE(automation)

BOOST_AUTO_TEST_CASE(a_schedule_runs_when_it_is_due_with_what_its_owner_may_do_then) {
    World world;
    world.call("saveSchedule", schedule());
    BOOST_TEST(first(world, "schedules").at("next").as_array().size() == 3U);
    world.directory->revoke("user//ada", World::id("b"));
    world.device("d", "mesh//one", {"web"});
    world.directory->grant("user//ada", World::id("d"), device_right::kRemoteCommand);
    makeDue(world, 1000);
    world.host.advance(Milliseconds(1000));
    const auto last = first(world, "schedules").at("last");
    BOOST_TEST(last.at("devices").as_int64() == 3); // a, c and d
    BOOST_TEST(!last.at("missed").as_bool());
    BOOST_TEST(first(world, "schedules").at("next").as_array().at(0).as_int64() > scripts::nowMs());
}

BOOST_AUTO_TEST_CASE(a_missed_run_is_made_up_for_once_or_not_at_all) {
    World world;
    world.call("saveSchedule", schedule());
    makeDue(world, 3 * 86'400'000LL);
    world.host.advance(Milliseconds(3000));
    BOOST_TEST(jobCount(world) == 1U);
    BOOST_TEST(first(world, "schedules").at("last").at("missed").as_bool());
    const auto id = first(world, "schedules").at("id");
    world.call("saveSchedule", schedule({{"id", id}, {"missed", "skip"}}));
    makeDue(world, 3 * 86'400'000LL);
    world.host.advance(Milliseconds(3000));
    BOOST_TEST(jobCount(world) == 1U);
    BOOST_TEST(first(world, "schedules").at("last").as_object().contains("error"));
}

BOOST_AUTO_TEST_CASE(schedules_are_their_owners_and_those_that_are_off_do_not_run) {
    World world;
    const auto id = world.call("saveSchedule", schedule({{"enabled", false}})).at("id");
    makeDue(world, 1000);
    world.host.advance(Milliseconds(2000));
    BOOST_TEST(jobCount(world) == 0U);
    BOOST_TEST(world.call("schedules", {}, "bob").at("schedules").as_array().empty());
    BOOST_CHECK_EXCEPTION(world.call("removeSchedule", {{"id", id}}, "bob"), Error,
                          hasCode(ErrorCode::NotFound));
    BOOST_CHECK_EXCEPTION(world.call("saveSchedule", schedule({{"cron", "61 * * * *"}})), Error,
                          hasCode(ErrorCode::InvalidArgument));
    BOOST_CHECK_EXCEPTION(world.call("saveSchedule", schedule({{"cron", "0 0 30 2 *"}})), Error,
                          hasCode(ErrorCode::InvalidArgument));
    BOOST_CHECK_EXCEPTION(world.call("saveSchedule", schedule({{"timeZone", "../passwd"}})), Error,
                          hasCode(ErrorCode::InvalidArgument));
}

BOOST_AUTO_TEST_CASE(a_later_change_of_the_library_does_not_reach_a_schedule) {
    World world;
    world.directory->grant("user//bob", World::id("a"), device_right::kRemoteCommand);
    const json::object script{
        {"name", "S"}, {"interpreter", "sh"}, {"text", "echo good"}, {"runners", json::array{"*"}}};
    const auto id = world.call("save", script).at("id");
    auto args = schedule({{"script", id}});
    args.erase("text");
    args.erase("interpreter");
    world.call("saveSchedule", args, "bob");
    auto changed = script;
    changed["id"] = id;
    changed["text"] = "echo evil";
    world.call("save", changed);
    makeDue(world, 1000);
    world.ready("a");
    world.host.advance(Milliseconds(1000));
    BOOST_REQUIRE(world.sentTo("a").size() == 1);
    BOOST_TEST(world.host.deviceMessages().back().message.at("text").as_string() == "echo good");
}

BOOST_AUTO_TEST_CASE(a_rule_runs_its_script_on_the_device_that_something_happened_to) {
    World world;
    world.ready("a");
    world.call(
        "saveRule",
        rule({{"when", {{"tags", json::array{"web"}}, {"devices", json::array{World::id("a")}}}}}));
    happen(world, "b");
    BOOST_TEST(jobCount(world) == 0U);
    happen(world, "a");
    BOOST_TEST(world.sentTo("a").size() == 1U);
    world.directory->revoke("user//ada", World::id("a"));
    happen(world, "a");
    BOOST_TEST(world.sentTo("a").size() == 1U);
    BOOST_TEST(first(world, "rules").as_object().contains("problem"));
}

BOOST_AUTO_TEST_CASE(a_rule_acts_for_one_device_only_so_often_and_says_so) {
    World world;
    world.start({{"rule_runs_per_hour", 2}});
    world.call("saveRule", rule());
    for (int i = 0; i < 5; ++i)
        happen(world, "a");
    BOOST_TEST(jobCount(world) == 2U);
    BOOST_TEST(world.host.hasLogged("a rule did not act"));
    BOOST_TEST(std::string(first(world, "rules").at("problem").as_string())
                   .find("2 times within an hour") != std::string::npos);
    BOOST_TEST((world.page->told().back().event.at("action") == "scripts.ruleStopped"));
    happen(world, "b");
    BOOST_TEST(jobCount(world) == 3U);
}

BOOST_AUTO_TEST_CASE(rules_that_set_off_each_other_stop) {
    World world;
    world.start({{"rule_depth", 2}, {"rule_runs_per_hour", 100}});
    world.ready("a");
    world.call("saveRule", rule({{"event", "scripts.runFinished"}, {"state", "failed"}}));
    world.run({{"targets", on({"a"})}});
    for (std::size_t round = 0; round < 6; ++round) {
        const auto sent = world.sentTo("a");
        if (sent.size() <= round)
            break;
        world.result("a", {{"run", sent[round]}, {"exitCode", 1}});
        // FakeHost keeps events; the server's bus would deliver them.
        const auto event = world.host.events().back().payload;
        for (const auto& any : world.start().declared().anySubscriptions)
            any.handler("scripts.runFinished", event);
        world.host.advance(Milliseconds(1000));
    }
    BOOST_TEST(world.sentTo("a").size() == 3U); // the first, and two by the rule
    BOOST_TEST(
        std::string(first(world, "rules").at("problem").as_string()).find("set off each other") !=
        std::string::npos);
}

BOOST_AUTO_TEST_CASE(only_administrators_have_rules_call_commands) {
    World world;
    json::object args{{"name", "Tell"},
                      {"event", "device.connected"},
                      {"command", "webhook.send"},
                      {"arguments", {{"device", "$deviceId"}}}};
    BOOST_CHECK_EXCEPTION(world.call("saveRule", args), Error, hasCode(ErrorCode::Forbidden));
    json::object seen;
    int calls = 0;
    world.host.answer("webhook.send", [&](const json::object& given) {
        seen = given;
        ++calls;
        return json::value(json::object());
    });
    world.call("saveRule", args, "root");
    happen(world, "a");
    BOOST_TEST(seen.at("device").as_string() == World::id("a"));
    world.directory->add(
        DirectoryUser{"user//root", "root", "", 0, false, {}}); // no administrator any more
    happen(world, "b");
    BOOST_TEST(calls == 1);
    args["command"] = "scripts.run";
    world.directory->add(DirectoryUser{"user//root", "root", "", site_right::kAdmin, false, {}});
    BOOST_CHECK_EXCEPTION(world.call("saveRule", args, "root"), Error,
                          hasCode(ErrorCode::InvalidArgument));
}

BOOST_AUTO_TEST_SUITE_END()
