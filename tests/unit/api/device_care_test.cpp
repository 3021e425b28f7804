// Device details, records without an agent, notes, shares, looking after agents.
#include <boost/test/unit_test.hpp>

#include "core/api/commands/device_removal.hpp"
#include "lab_fixture.hpp"

using namespace trellis;
using namespace trellis::test;

namespace {

std::size_t columns(const std::string& line) {
    return static_cast<std::size_t>(std::count(line.begin(), line.end(), ',')) + 1;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(device_care, LabFixture)

BOOST_AUTO_TEST_CASE(details_are_42_columns_or_json) {
    side.put(device->id, model::SideKind::Hardware,
             R"({"hardware":{"linux":{"bios_vendor":"A, \"B\"","memory":{"Memory_Device":[{"Size":2},{"Size":"2"}]}},)"
             R"("identifiers":{"cpu_name":"CPU"}}})");
    side.put(device->id, model::SideKind::Network,
             R"({"netif2":{"a":[{"mac":"01:02","address":"10.0.0.9"}]}})");
    const auto csv = control.ask({{"action", "getDeviceDetails"}, {"type", "csv"}});
    BOOST_TEST(csv.at("type") == "csv");
    const auto data = text(csv, "data");
    const auto end = data.find("\r\n");
    BOOST_REQUIRE(end != std::string::npos);
    BOOST_TEST(columns(data.substr(0, end)) == 42u);
    const auto line = data.substr(end + 2, data.size() - end - 4);
    BOOST_TEST(columns(line) == 42u);
    BOOST_TEST(line.find("\"A B\"") != std::string::npos);
    BOOST_TEST(line.find(",\"4294967296\",") != std::string::npos);
    BOOST_TEST(line.find(",1,\"01:02\",\"10.0.0.9\",") != std::string::npos);
    const auto list = json::parse(text(
        control.ask({{"action", "getDeviceDetails"}, {"type", "json"}}), "data")).as_array();
    BOOST_REQUIRE(list.size() == 1u);
    BOOST_TEST(list[0].at("node").at("groupname") == "Lab");
    BOOST_TEST(list[0].at("node").at("conn") == 1);
    BOOST_TEST(list[0].as_object().contains("sys"));
    BOOST_TEST(list[0].at("lastConnect").at("addr") == "10.0.0.1:1234");
}

BOOST_AUTO_TEST_CASE(details_keep_to_the_caller_s_rights) {
    side.put(device->id, model::SideKind::Hardware, R"({"hardware":{"linux":{}}})");
    auto as = withRights("viewer", sdk::device_right::kRemoteControl);
    const auto list = json::parse(text(
        as.ask({{"action", "getDeviceDetails"}, {"type", "json"}}), "data")).as_array();
    BOOST_REQUIRE(list.size() == 1u);
    BOOST_TEST(!list[0].as_object().contains("sys"));
    BOOST_TEST(!list[0].as_object().contains("net"));
    auto nobody = signIn("stranger");
    BOOST_TEST(text(nobody.ask({{"action", "getDeviceDetails"}, {"type", "json"},
                                {"nodeids", {device->id}}}), "data") == "[]");
    BOOST_TEST(resultOf({{"action", "getDeviceDetails"}, {"type", "xml"}}) == "Invalid type");
}

BOOST_AUTO_TEST_CASE(devices_without_an_agent_are_added_to_groups_of_their_kind) {
    const auto local = groupOfType(3, "Local");
    const auto amt = groupOfType(1, "AMT");
    const json::object add{{"action", "addlocaldevice"}, {"meshid", shortId(local->id)},
                           {"devicename", "printer"}, {"hostname", "10.0.0.7"}, {"type", 6}};
    BOOST_TEST(resultOf(add) == "ok");
    const auto made = directory->devicesOf(local->id);
    BOOST_REQUIRE(made.size() == 1u);
    BOOST_TEST(made[0]->host == "10.0.0.7");
    BOOST_TEST(made[0]->agent.id == 6u);
    BOOST_TEST(recorded("addnode").front().deviceId == made[0]->id);
    const json::object addAmt{{"action", "addamtdevice"}, {"meshid", amt->id},
                              {"devicename", "vpro"}, {"hostname", "10.0.0.8"},
                              {"amtusername", "admin"}, {"amtpassword", "P@ssw0rd"}, {"amttls", "1"}};
    BOOST_TEST(resultOf(addAmt) == "ok");
    const auto listed = json::serialize(control.ask({{"action", "nodes"}}));
    BOOST_TEST(listed.find("vpro") != std::string::npos);
    BOOST_TEST(listed.find("P@ssw0rd") == std::string::npos);
    for (const auto& record : audit.all())
        BOOST_TEST(json::serialize(record.arguments).find("P@ssw0rd") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(adding_devices_is_refused_in_the_specification_s_words) {
    const auto local = groupOfType(3, "Local");
    const auto refusal = [&](Control& as, json::object extra) {
        json::object add{{"action", "addlocaldevice"}, {"meshid", local->id},
                         {"devicename", "d"}, {"hostname", "h"}, {"type", 4}};
        for (auto& member : extra) add[member.key()] = member.value();
        // Under another action's name (control-protocol 11, 25).
        add["responseid"] = "r";
        as.send(add);
        return text(as.await("changeDeviceMesh"), "result");
    };
    BOOST_TEST(refusal(control, {{"devicename", ""}}) == "Invalid devicename");
    BOOST_TEST(refusal(control, {{"hostname", std::string(257, 'h')}}) == "Invalid hostname");
    BOOST_TEST(refusal(control, {{"type", 5}}) == "Invalid type");
    BOOST_TEST(refusal(control, {{"type", "4"}}) == "Invalid type");
    BOOST_TEST(refusal(control, {{"meshid", std::string(64, 'x')}}) == "Unknown device group");
    BOOST_TEST(refusal(control, {{"meshid", group->id}}) ==
               "Local device agentless mesh only allowed");
    BOOST_TEST(refusal(control, {{"action", "addamtdevice"}, {"meshid", group->id}, {"amtusername", "a"},
                                 {"amtpassword", "b"}, {"amttls", 1}}) ==
               "Intel AMT agentless mesh only allowed");
    const auto user = account("limited");
    directory->setLink(user->id, local->id, sdk::device_right::kRemoteControl);
    auto as = signIn("limited");
    BOOST_TEST(refusal(as, {}) == "Permission denied");
    auto nobody = signIn("stranger");
    BOOST_TEST(refusal(nobody, {}) == "Permission denied");
    BOOST_TEST(directory->devicesOf(local->id).empty());
}

BOOST_AUTO_TEST_CASE(notes_are_read_and_written_with_the_right_for_them) {
    const auto read = [&](Control& as, const std::string& id) {
        return as.ask({{"action", "getNotes"}, {"id", id}, {"responseid", "r"}});
    };
    BOOST_TEST(read(control, device->id).at("notes").is_null());
    BOOST_TEST(resultOf({{"action", "setNotes"}, {"id", device->id}, {"notes", "under the desk"}}) == "ok");
    auto viewer = withRights("viewer", sdk::device_right::kRemoteControl);
    BOOST_TEST(read(viewer, device->id).at("notes") == "under the desk");
    BOOST_TEST(resultOf(viewer, {{"action", "setNotes"}, {"id", device->id}, {"notes", "x"}}) ==
               "Access denied");
    BOOST_TEST(text(read(viewer, group->id), "result") == "Access denied");
    BOOST_TEST(text(read(viewer, owner->id), "result") == "Access denied");
    auto nobody = signIn("stranger");
    BOOST_TEST(text(read(nobody, device->id), "result") == "Access denied");
    BOOST_TEST(resultOf(nobody, {{"action", "setNotes"}, {"id", "puser//owner"}, {"notes", "mine"}}) == "ok");
    BOOST_TEST(read(nobody, "puser//stranger").at("notes") == "mine");
    BOOST_TEST(read(control, "puser//owner").at("notes").is_null());
    resultOf({{"action", "setNotes"}, {"id", device->id}, {"notes", ""}});
    BOOST_TEST(read(control, device->id).at("notes").is_null());
    for (const auto* id : {"ugrp//x", "junk", "node//", "puser"})
        BOOST_TEST(!text(read(control, id), "result").empty());
}

BOOST_AUTO_TEST_CASE(agents_are_disconnected_by_who_may_use_their_console) {
    auto viewer = withRights("viewer", sdk::device_right::kRemoteControl);
    BOOST_TEST(resultOf(viewer, {{"action", "agentdisconnect"}, {"nodeid", device->id},
                                 {"disconnectMode", 1}}) == "Access denied");
    BOOST_TEST(resultOf(viewer, {{"action", "uploadagentcore"}, {"nodeids", {device->id}},
                                 {"type", "default"}}) == "Access denied");
    BOOST_TEST(devices.disconnected().empty());
    BOOST_TEST(resultOf({{"action", "uploadagentcore"}, {"nodeids", {device->id}},
                         {"type", "recovery"}}) == "Unsupported feature");
    BOOST_TEST(resultOf({{"action", "agentdisconnect"}, {"nodeid", device->id},
                         {"disconnectMode", 1}}) == "ok");
    BOOST_TEST(devices.disconnected().size() == 1u);
}

BOOST_AUTO_TEST_CASE(agents_are_removed_by_who_may_remove_devices) {
    const auto remove = [&](Control& as) {
        return resultOf(as, {{"action", "uninstallagent"}, {"nodeids", {device->id}}});
    };
    auto viewer = withRights("viewer", sdk::device_right::kRemoteControl);
    BOOST_TEST(remove(viewer) == "Access denied");
    auto nobody = signIn("stranger");
    BOOST_TEST(remove(nobody) == "Access denied");
    BOOST_TEST(devices.sent().empty());
    BOOST_TEST(remove(control) == "ok");
    BOOST_REQUIRE(devices.sent().size() == 1u);
    BOOST_TEST(recorded("uninstallagent").front().deviceId == device->id);
}

BOOST_AUTO_TEST_CASE(what_is_not_here_is_refused_at_once) {
    const auto refusal = [&](const char* action) { return resultOf({{"action", action}}); };
    BOOST_TEST(refusal("inviteAgent") == "Unsupported feature");
    const auto relay = [&](Control& as, const std::string& node, int port) {
        return resultOf(as, {{"action", "webrelay"}, {"nodeid", node}, {"port", port}, {"appid", 1}});
    };
    BOOST_TEST(relay(control, device->id, 80) == "WebRelay Disabled");
    BOOST_TEST(relay(control, device->id, 0) == "Invalid port value");
    BOOST_TEST(relay(control, "short", 80) == "Invalid node id");
    auto nobody = signIn("stranger");
    BOOST_TEST(relay(nobody, device->id, 80) == "Invalid node id");
    BOOST_TEST(refusal("sendmqttmsg") == "MQTT not supported on this server");
}

BOOST_AUTO_TEST_CASE(devices_that_were_away_too_long_go_and_others_stay) {
    const auto away = online(group, "away");
    directory->agentDisconnected(away->id, directory->agentConnected(away->id, "10.0.0.3:1"));
    const auto never = enrol(group, "never");
    const auto elsewhere = online(addGroup(owner, "Other"), "elsewhere");
    directory->agentDisconnected(elsewhere->id, directory->agentConnected(elsewhere->id, "10.0.0.4:1"));
    BOOST_TEST(resultOf({{"action", "editmesh"}, {"meshid", group->id}, {"expireDevs", 30}}) == "ok");
    time.advance(std::chrono::hours(24 * 30));
    api.removeStaleDevices();
    BOOST_TEST(directory->device(away->id));
    time.advance(std::chrono::hours(1));
    api.removeStaleDevices();
    BOOST_TEST(!directory->device(away->id));
    BOOST_TEST(directory->device(device->id)); // connected
    BOOST_TEST(directory->device(never->id));
    BOOST_TEST(directory->device(elsewhere->id));
    BOOST_TEST(recorded("removenode").front().deviceId == away->id);
}

BOOST_AUTO_TEST_SUITE_END()
