// Devices: what the commands answer, and what they refuse.
#include <boost/test/unit_test.hpp>

#include "command_fixture.hpp"

using namespace trellis;
using namespace trellis::test;

BOOST_FIXTURE_TEST_SUITE(device_commands, CommandFixture)

BOOST_AUTO_TEST_CASE(devices_are_listed_by_group_for_those_who_see_them) {
    const auto answer = control.ask({{"action", "nodes"}, {"responseid", "r"}});
    const auto& list = answer.at("nodes").as_object().at(group->id).as_array();
    BOOST_REQUIRE(list.size() == 1u);
    const auto& entry = list.at(0).as_object();
    BOOST_TEST(text(entry, "_id") == device->id);
    BOOST_TEST(!entry.contains("meshid"));
    BOOST_TEST(entry.at("conn") == 1);
    auto other = signIn("stranger");
    BOOST_TEST(other.ask({{"action", "nodes"}}).at("nodes").as_object().empty());
}

BOOST_AUTO_TEST_CASE(devices_are_filtered_by_group_name_and_id) {
    const auto second = addGroup(owner, "Office");
    enrol(second, "pc2");
    const auto count = [&](json::object filter) {
        filter["action"] = "nodes";
        return control.ask(filter).at("nodes").as_object().size();
    };
    BOOST_TEST(count({}) == 2u);
    BOOST_TEST(count({{"meshname", "Office"}}) == 1u);
    BOOST_TEST(count({{"meshid", group->id}}) == 1u);
    BOOST_TEST(count({{"id", shortId(device->id)}}) == 1u);
    BOOST_TEST(resultOf({{"action", "nodes"}, {"meshname", "Nowhere"}}) == "Invalid group id");
}

BOOST_AUTO_TEST_CASE(a_device_is_changed_with_the_right_to) {
    BOOST_TEST(resultOf({{"action", "changedevice"}, {"nodeid", shortId(device->id)},
                         {"name", "renamed"}, {"desc", "d"}, {"icon", 4}, {"tags", "b, a"}}) == "ok");
    const auto now = directory->device(device->id);
    BOOST_TEST(now->name == "renamed");
    BOOST_TEST(now->icon == 4u);
    BOOST_TEST(now->tags.size() == 2u);
    BOOST_TEST(resultOf({{"action", "changedevice"}, {"nodeid", device->id}, {"tags", ""}}) == "ok");
    BOOST_TEST(directory->device(device->id)->tags.empty());
    auto as = withRights("eve", model::right::kRemoteControl);
    BOOST_TEST(resultOf(as, {{"action", "changedevice"}, {"nodeid", device->id}, {"name", "x"}}) ==
               "Access Denied");
    auto other = signIn("stranger");
    BOOST_TEST(resultOf(other, {{"action", "changedevice"}, {"nodeid", device->id},
                                {"name", "x"}}) == "Access Denied");
    BOOST_TEST(resultOf({{"action", "changedevice"}, {"nodeid", "node/other/x"}, {"name", "x"}}) ==
               "Access Denied");
    for (const json::value& name : {json::value(""), json::value(7), json::value("a\u001bb"),
                                    json::value(std::string(257, 'x'))})
        BOOST_TEST(resultOf({{"action", "changedevice"}, {"nodeid", device->id}, {"name", name}}) ==
                   "Invalid arguments");
}

BOOST_AUTO_TEST_CASE(devices_are_removed_one_answer_each) {
    auto as = withRights("eve", model::right::kRemoteControl);
    BOOST_TEST(resultOf(as, {{"action", "removedevices"}, {"nodeids", {device->id}}}) == "Denied");
    control.send({{"action", "removedevices"}, {"responseid", "r"},
                  {"nodeids", {device->id, "node//" + std::string(64, 'x')}}});
    BOOST_TEST(text(control.await("removedevices"), "result") == "ok");
    BOOST_TEST(text(control.await("removedevices"), "result") == "Denied");
    BOOST_TEST(!directory->device(device->id));
    BOOST_TEST(resultOf({{"action", "removedevices"}, {"nodeids", json::array()}}) ==
               "Invalid nodeid");
}

BOOST_AUTO_TEST_CASE(a_device_moves_between_groups_of_one_owner) {
    const auto second = addGroup(owner, "Office");
    const auto move = [&](const std::string& to) {
        return resultOf({{"action", "changeDeviceMesh"}, {"nodeids", {device->id}}, {"meshid", to}});
    };
    BOOST_TEST(move(group->id) == "Device already in correct group");
    BOOST_TEST(move(second->id) == "ok");
    BOOST_TEST(directory->device(device->id)->groupId == second->id);
    const auto foreign = addGroup(stranger, "Theirs");
    BOOST_TEST(move(foreign->id) == "Permission denied");
    BOOST_TEST(move(std::string(64, 'x')) == "Unknown device group");
}

BOOST_AUTO_TEST_CASE(rights_on_a_single_device_leave_out_those_of_groups) {
    const auto give = [&](json::value bits) {
        return resultOf({{"action", "adddeviceuser"}, {"nodeid", device->id},
                         {"usernames", {"stranger"}}, {"rights", std::move(bits)}});
    };
    BOOST_TEST(give(1) == "Invalid rights");
    BOOST_TEST(give("all") == "Invalid rights");
    BOOST_TEST(give(8) == "ok");
    BOOST_TEST(directory->device(device->id)->links.at(stranger->id) == 8u);
    auto other = signIn("stranger");
    BOOST_TEST(resultOf(other, {{"action", "adddeviceuser"}, {"nodeid", device->id},
                                {"usernames", {"admin"}}, {"rights", 8}}) == "Permission denied");
}

BOOST_AUTO_TEST_CASE(facts_of_a_device_are_answered_for_any_id) {
    side.put(device->id, model::SideKind::Network, R"({"netif2":{"eth0":[]}})");
    side.put(device->id, model::SideKind::Hardware, R"({"hardware":{"identifiers":{"a":1}}})", "h");
    const auto network = control.ask({{"action", "getnetworkinfo"}, {"nodeid", device->id}});
    BOOST_TEST(network.at("netif2").as_object().contains("eth0"));
    BOOST_TEST(network.at("netif").is_null());
    const auto system =
        control.ask({{"action", "getsysinfo"}, {"nodeid", device->id}, {"nodeinfo", true}});
    BOOST_TEST(system.at("hardware").as_object().contains("identifiers"));
    BOOST_TEST(text(system.at("node").as_object(), "_id") == device->id);
    BOOST_TEST(system.at("rights") == 0xFFFFFFFFu);
    BOOST_TEST(text(control.ask({{"action", "lastconnect"}, {"nodeid", device->id}}), "addr") ==
               "10.0.0.1:1234");
    for (const auto* action : {"getnetworkinfo", "getsysinfo", "lastconnect"}) {
        const auto answer = control.ask({{"action", action}, {"nodeid", std::string(64, 'x')}});
        BOOST_TEST(text(answer, "result") == "Invalid device id");
        BOOST_TEST(answer.at("noinfo") == true);
    }
}

BOOST_AUTO_TEST_CASE(details_need_their_right) {
    side.put(device->id, model::SideKind::Network, R"({"netif2":{"eth0":[]}})");
    auto as = withRights("eve", model::right::kRemoteControl);
    const auto network = as.ask({{"action", "getnetworkinfo"}, {"nodeid", device->id}});
    BOOST_TEST(network.at("netif2").is_null());
    BOOST_TEST(!network.contains("result")); // clients read on (control-protocol 11, 33)
    BOOST_TEST(text(as.ask({{"action", "getsysinfo"}, {"nodeid", device->id}}), "result") ==
               "Invalid device id");
}

BOOST_AUTO_TEST_SUITE_END()
