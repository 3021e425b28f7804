// Power, Wake-on-LAN and the history of power states.
#include <boost/test/unit_test.hpp>

#include "lab_fixture.hpp"

using namespace trellis;
using namespace trellis::test;

BOOST_FIXTURE_TEST_SUITE(power_commands, LabFixture)

BOOST_AUTO_TEST_CASE(a_power_action_reaches_the_agent_with_who_asked) {
    BOOST_TEST(resultOf({{"action", "poweraction"}, {"nodeids", {shortId(device->id)}},
                         {"actiontype", 2}}) == "ok");
    const auto sent = sentTo("poweraction");
    BOOST_REQUIRE(sent.size() == 1u);
    BOOST_TEST(sent[0].deviceId == device->id);
    BOOST_TEST(sent[0].message.at("actiontype") == 2);
    BOOST_TEST(text(sent[0].message, "userid") == owner->id);
    control.ask({{"action", "nodes"}}); // the record is written once the command is over
    BOOST_REQUIRE(!audit.all().empty());
    BOOST_TEST(audit.all().front().command == "poweraction");
}

BOOST_AUTO_TEST_CASE(a_power_action_without_the_right_reaches_nobody) {
    auto wake = withRights("waker", sdk::device_right::kWake | sdk::device_right::kRemoteControl);
    for (const auto type : {2, 3, 4}) {
        json::object order{{"action", "poweraction"}, {"nodeids", {device->id}},
                           {"actiontype", type}};
        BOOST_TEST(resultOf(wake, order) == "Access denied");
        wake.send(order); // the same without asking for an answer
    }
    auto nobody = signIn("stranger");
    BOOST_TEST(resultOf(nobody, {{"action", "poweraction"}, {"nodeids", {device->id}},
                                 {"actiontype", 2}}) == "Access denied");
    wake.ask({{"action", "nodes"}}); // everything before it has been dealt with
    BOOST_TEST(sentTo("poweraction").empty());
}

BOOST_AUTO_TEST_CASE(power_actions_are_checked_one_by_one) {
    const auto away = enrol(group, "away");
    control.send({{"action", "poweraction"}, {"responseid", "r"}, {"actiontype", 3},
                  {"nodeids", {away->id, device->id, "junk"}}});
    BOOST_TEST(text(control.await("poweraction"), "result") == "Agent not connected");
    BOOST_TEST(text(control.await("poweraction"), "result") == "ok");
    BOOST_TEST(text(control.await("poweraction"), "result") == "Access denied");
    for (const json::value& type : {json::value(1), json::value(5), json::value(399),
                                    json::value(402), json::value("2"), json::value(2.5)})
        BOOST_TEST(resultOf({{"action", "poweraction"}, {"nodeids", {device->id}},
                             {"actiontype", type}}) == "Invalid action type");
    BOOST_TEST(resultOf({{"action", "poweraction"}, {"nodeids", json::array()},
                         {"actiontype", 2}}) == "Invalid nodeids");
    BOOST_TEST(resultOf({{"action", "poweraction"}, {"nodeids", {device->id}},
                         {"actiontype", 302}}) == "Unsupported feature");
    BOOST_TEST(sentTo("poweraction").size() == 1u);
}

BOOST_AUTO_TEST_CASE(neighbours_wake_a_device_by_its_addresses) {
    const auto sleeper = enrol(group, "sleeper");
    const auto wake = [&] {
        return resultOf({{"action", "wakedevices"}, {"nodeids", {shortId(sleeper->id)}}});
    };
    BOOST_TEST(wake() == "No network information for this device");
    side.put(sleeper->id, model::SideKind::Network, R"({"netif2":{"lo":[{"mac":"00:00:00:00:00:00"}]}})");
    BOOST_TEST(wake() == "No known MAC addresses for this device");
    side.put(sleeper->id, model::SideKind::Network,
             R"({"netif2":{"a":[{"mac":"01:02:03:04:05:06"},{"mac":"01:02:03:04:05:06"},{"mac":7}],)"
             R"("b":[{"mac":"not an address; reboot"}]}})");
    BOOST_TEST(wake() == "Used 1 device(s) to send wake packets");
    const auto sent = sentTo("wakeonlan");
    BOOST_REQUIRE(sent.size() == 1u);
    BOOST_TEST(sent[0].deviceId == device->id);
    BOOST_TEST(sent[0].message.at("macs") == (json::array{"01:02:03:04:05:06"}));
}

BOOST_AUTO_TEST_CASE(waking_needs_the_right_and_uses_no_foreign_agents) {
    side.put(device->id, model::SideKind::Network, R"({"netif":[{"mac":"010203040506"}]})");
    const auto foreign = online(addGroup(stranger, "Foreign"), "foreign");
    BOOST_TEST(resultOf({{"action", "wakedevices"}, {"nodeids", {device->id}}}) ==
               "Used 1 device(s) to send wake packets");
    for (const auto& sent : sentTo("wakeonlan")) BOOST_TEST(sent.deviceId == device->id);
    auto as = withRights("viewer", sdk::device_right::kRemoteControl);
    BOOST_TEST(resultOf(as, {{"action", "wakedevices"}, {"nodeids", {device->id}}}) ==
               "Invalid nodeid");
    BOOST_TEST(resultOf({{"action", "wakedevices"}, {"nodeids", {"node/other/" + shortId(device->id)}}}) ==
               "Invalid domain");
    BOOST_TEST(resultOf({{"action", "wakedevices"}, {"nodeids", {foreign->id}}}) ==
               "Invalid nodeid");
    control.send({{"action", "wakedevices"}, {"responseid", "r"},
                  {"nodeids", {foreign->id, device->id}}});
    BOOST_TEST(text(control.await("wakedevices"), "result") == "ok");
    BOOST_TEST(text(control.await("wakedevices"), "result") == "ok");
    BOOST_TEST(sentTo("wakeonlan").size() == 2u);
}

BOOST_AUTO_TEST_CASE(the_power_timeline_is_what_happened) {
    const auto fresh = enrol(group, "fresh");
    const auto line = [&](const model::DevicePtr& of) {
        return control.ask({{"action", "powertimeline"}, {"nodeid", of->id}, {"tag", "t"}})
            .at("timeline").as_array();
    };
    const auto none = line(fresh);
    BOOST_TEST(none == (json::array{0, directory->nowMs(), 0}));
    const auto start = directory->nowMs() / 1000;
    auto token = directory->agentConnected(fresh->id, "10.0.0.2:1");
    time.advance(std::chrono::hours(1));
    directory->agentDisconnected(fresh->id, token);
    time.advance(std::chrono::seconds(10)); // too short to be shown
    token = directory->agentConnected(fresh->id, "10.0.0.2:1");
    time.advance(std::chrono::hours(1));
    directory->agentDisconnected(fresh->id, token);
    BOOST_TEST(line(fresh) == (json::array{0, start, 1, 7210, 0}));
    auto nobody = signIn("stranger");
    BOOST_TEST(resultOf(nobody, {{"action", "powertimeline"}, {"nodeid", fresh->id}}) ==
               "Invalid device id");
}

BOOST_AUTO_TEST_CASE(power_states_go_with_their_device_and_with_age) {
    BOOST_TEST(power.of(device->id).size() == 1u);
    time.advance(std::chrono::hours(24 * 11));
    power.serverStarted();
    power.flush();
    BOOST_TEST(power.expire(std::chrono::hours(24 * 10)) == 1u);
    BOOST_TEST(power.of(device->id).size() == 1u); // that of the server
    directory->updatePresence(device->id, [](model::Presence& now) { now.power = 4; });
    BOOST_TEST(power.of(device->id).size() == 2u);
    directory->removeDevice(device->id);
    BOOST_TEST(power.of(device->id).size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
