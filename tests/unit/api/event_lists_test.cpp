// Which events are listed for whom.
#include <boost/test/unit_test.hpp>

#include "command_fixture.hpp"

using namespace trellis;
using namespace trellis::test;

BOOST_FIXTURE_TEST_SUITE(event_lists, CommandFixture)

BOOST_AUTO_TEST_CASE(events_are_listed_newest_first_for_those_who_may_see_them) {
    resultOf({{"action", "changedevice"}, {"nodeid", device->id}, {"name", "one"}});
    resultOf({{"action", "changedevice"}, {"nodeid", device->id}, {"name", "two"}});
    const auto answer = control.ask({{"action", "events"}, {"nodeid", device->id}, {"limit", 1}});
    const auto& list = answer.at("events").as_array();
    BOOST_REQUIRE(list.size() == 1u);
    BOOST_TEST(text(list.at(0).as_object(), "msg").find("two") != std::string::npos);
    BOOST_TEST(!list.at(0).as_object().contains("domain"));
    BOOST_TEST(!list.at(0).as_object().contains("node"));
    auto other = signIn("stranger");
    BOOST_TEST(other.ask({{"action", "events"}, {"nodeid", device->id}}).at("events") ==
               json::array());
    const auto own = other.ask({{"action", "events"}});
    BOOST_TEST(json::serialize(own).find(device->id) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(events_of_others_are_for_user_managers) {
    BOOST_TEST(resultOf({{"action", "events"}, {"userid", admin->id}}) == "Access denied");
    auto as = signIn("admin");
    const auto answer = as.ask({{"action", "events"}, {"userid", owner->id}});
    BOOST_TEST(text(answer, "userid") == owner->id);
    BOOST_TEST(resultOf(as, {{"action", "events"}, {"userid", "user/other/owner"}}) ==
               "Invalid userid");
}

BOOST_AUTO_TEST_CASE(who_is_limited_to_own_events_sees_only_those) {
    resultOf({{"action", "changedevice"}, {"nodeid", device->id}, {"name", "one"}});
    auto as = withRights("eve", model::right::kManageDevices | model::right::kLimitEvents);
    BOOST_TEST(as.ask({{"action", "events"}, {"nodeid", device->id}}).at("events").as_array().empty());
    resultOf(as, {{"action", "changedevice"}, {"nodeid", device->id}, {"name", "mine"}});
    BOOST_TEST(as.ask({{"action", "events"}, {"nodeid", device->id}}).at("events").as_array().size() ==
               1u);
}

BOOST_AUTO_TEST_SUITE_END()
