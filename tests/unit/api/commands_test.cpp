// What the commands answer, and what they refuse.
#include <boost/test/unit_test.hpp>

#include "api_fixture.hpp"

using namespace trellis;
using namespace trellis::test;

namespace {

struct CommandFixture : ApiFixture {
    model::UserPtr admin = account("admin", model::site::kFullAdmin);
    model::UserPtr owner = account("owner");
    model::UserPtr stranger = account("stranger");
    model::GroupPtr group = addGroup(owner, "Lab");
    model::DevicePtr device = online(group, "pc1");
    Control control = signIn("owner");

    std::string resultOf(Control& as, json::object message) {
        message["responseid"] = "meshctrl";
        return text(as.ask(std::move(message)), "result");
    }
    std::string resultOf(json::object message) { return resultOf(control, std::move(message)); }
    /// A user with these rights on the group, signed in.
    Control withRights(const std::string& name, model::Rights bits) {
        const auto user = account(name);
        directory->setLink(user->id, group->id, bits);
        return signIn(name);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(user_commands, CommandFixture)

BOOST_AUTO_TEST_CASE(only_user_managers_list_users) {
    const auto refused = control.ask({{"action", "users"}, {"responseid", "r"}});
    BOOST_TEST(refused == (json::object{{"action", "users"}, {"responseid", "r"},
                                        {"result", "Access denied"}}));
    auto as = signIn("admin");
    const auto list = as.ask({{"action", "users"}, {"responseid", "r"}, {"tag", "t"}});
    BOOST_TEST(list.at("users").as_array().size() == 3u);
    BOOST_TEST(!list.contains("responseid"));
    BOOST_TEST(list.at("tag") == "t");
    BOOST_TEST(json::serialize(list).find("argon2") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_account_is_made_changed_and_removed) {
    auto as = signIn("admin");
    BOOST_TEST(resultOf(as, {{"action", "adduser"}, {"username", "Eve"}, {"pass", "secret horse"},
                             {"email", "eve@example.com"}}) == "ok");
    BOOST_TEST(directory->user("user//eve")->name == "Eve");
    BOOST_TEST(resultOf(as, {{"action", "edituser"}, {"userid", "eve"}, {"realname", "Eve E"},
                             {"siteadmin", 64}}) == "ok");
    BOOST_TEST(directory->user("user//eve")->realName == "Eve E");
    BOOST_TEST(directory->user("user//eve")->siteRights == 64u);
    BOOST_TEST(resultOf(as, {{"action", "edituser"}, {"userid", "eve"}, {"realname", ""}}) == "ok");
    BOOST_TEST(directory->user("user//eve")->realName == "");
    BOOST_TEST(resultOf(as, {{"action", "deleteuser"}, {"userid", "user//eve"}}) == "ok");
    BOOST_TEST(!directory->user("user//eve"));
}

BOOST_AUTO_TEST_CASE(adduser_refuses_in_the_specification_s_words) {
    auto as = signIn("admin");
    const auto refusal = [&](json::object extra) {
        json::object message{{"action", "adduser"}, {"username", "eve"}, {"pass", "secret horse"}};
        for (auto& member : extra) message[member.key()] = member.value();
        return resultOf(as, message);
    };
    BOOST_TEST(refusal({{"username", "owner"}}) == "User already exists");
    BOOST_TEST(refusal({{"username", "OWNER"}}) == "User already exists");
    BOOST_TEST(refusal({{"username", "a b"}}) == "Invalid username");
    BOOST_TEST(refusal({{"username", "~eve"}}) == "Invalid username");
    BOOST_TEST(refusal({{"username", "a/b"}}) == "Invalid username");
    BOOST_TEST(refusal({{"username", ""}}) == "Invalid username");
    BOOST_TEST(refusal({{"username", 5}}) == "Invalid username");
    BOOST_TEST(refusal({{"username", std::string(300, 'a')}}) == "Invalid username");
    BOOST_TEST(refusal({{"pass", ""}}) == "Invalid password");
    BOOST_TEST(refusal({{"pass", json::array()}}) == "Invalid password");
    BOOST_TEST(refusal({{"email", "nobody"}}) == "Invalid email");
    BOOST_TEST(refusal({{"domain", "other"}}) == "Invalid domain");
    BOOST_TEST(refusal({{"siteadmin", "all"}}) == "Invalid site permissions");
    BOOST_TEST(!directory->user("user//eve"));
    const auto full = as.ask({{"action", "adduser"}, {"username", "owner"}, {"pass", "secret horse"},
                              {"responseid", "r"}});
    BOOST_TEST(full.at("msgid") == 7);
}

BOOST_AUTO_TEST_CASE(an_error_that_nobody_asked_for_is_a_pop_up) {
    auto as = signIn("admin");
    as.send({{"action", "adduser"}, {"username", "owner"}, {"pass", "secret horse"}});
    const auto message = as.await("msg");
    BOOST_TEST(text(message, "type") == "notify");
    BOOST_TEST(text(message, "value") == "User already exists");
    BOOST_TEST(message.at("msgid") == 7);
}

BOOST_AUTO_TEST_CASE(minus_one_means_all_rights) {
    auto as = signIn("admin");
    resultOf(as, {{"action", "adduser"}, {"username", "eve"}, {"pass", "secret horse"},
                  {"siteadmin", -1}});
    BOOST_TEST(directory->user("user//eve")->isFullAdmin());
}

BOOST_AUTO_TEST_CASE(nobody_without_the_right_touches_accounts) {
    for (const auto* action : {"adduser", "edituser", "deleteuser", "changeuserpass"}) {
        BOOST_TEST_CONTEXT(action) {
            BOOST_TEST(resultOf({{"action", action}, {"username", "eve"}, {"userid", "stranger"},
                                 {"pass", "secret horse"}}) == "Permission denied");
        }
    }
    BOOST_TEST(directory->user(stranger->id));
    BOOST_TEST(!directory->user("user//eve"));
}

BOOST_AUTO_TEST_CASE(a_user_manager_does_not_rise_above_himself) {
    account("manager", model::site::kManageUsers);
    auto as = signIn("manager");
    const json::object make{{"action", "adduser"}, {"username", "eve"}, {"pass", "secret horse"}};
    auto asAdmin = make;
    asAdmin["siteadmin"] = 4294967295;
    BOOST_TEST(resultOf(as, asAdmin) == "Invalid site permissions");
    BOOST_TEST(resultOf(as, {{"action", "edituser"}, {"userid", "manager"},
                             {"siteadmin", 4294967295}}) == "Permission denied");
    BOOST_TEST(resultOf(as, {{"action", "edituser"}, {"userid", "admin"}, {"email", "x@y.z"}}) ==
               "Permission denied");
    BOOST_TEST(resultOf(as, {{"action", "deleteuser"}, {"userid", "admin"}}) ==
               "Permission denied");
    BOOST_TEST(resultOf(as, {{"action", "changeuserpass"}, {"userid", admin->id},
                             {"pass", "stolen horse"}, {"removeMultiFactor", false}}) ==
               "Permission denied");
    BOOST_TEST(resultOf(as, make) == "ok");
}

BOOST_AUTO_TEST_CASE(the_last_administrator_stays) {
    auto as = signIn("admin");
    BOOST_TEST(resultOf(as, {{"action", "deleteuser"}, {"userid", "admin"}}) != "ok");
    BOOST_TEST(resultOf(as, {{"action", "edituser"}, {"userid", "admin"}, {"siteadmin", 0}}) !=
               "ok");
    BOOST_TEST(directory->user(admin->id)->isFullAdmin());
}

BOOST_AUTO_TEST_CASE(unknown_and_foreign_accounts_are_refused) {
    auto as = signIn("admin");
    const auto remove = [&](const char* id) {
        return resultOf(as, {{"action", "deleteuser"}, {"userid", id}});
    };
    BOOST_TEST(remove("nobody") == "User does not exists");
    BOOST_TEST(remove("user/other/owner") == "Invalid domain");
    BOOST_TEST(remove("mesh//x") == "Invalid userid");
    BOOST_TEST(remove("user//a/b") == "Invalid userid");
}

BOOST_AUTO_TEST_CASE(a_login_token_manages_no_credentials) {
    const auto token = tokens.create(admin->id, "script", 0);
    auto as = signIn(token.token.tokenUser, token.secret);
    BOOST_TEST(resultOf(as, {{"action", "adduser"}, {"username", "eve"},
                             {"pass", "secret horse"}}) == "Permission denied");
    BOOST_TEST(resultOf(as, {{"action", "createLoginToken"}, {"name", "more"}, {"expire", 0}}) ==
               "Access denied");
    BOOST_TEST(resultOf(as, {{"action", "loginTokens"}}) == "Access denied");
    BOOST_TEST(resultOf(as, {{"action", "changepassword"}, {"oldpass", kPassword},
                             {"newpass", "stolen horse"}}) == "Access denied");
    // Nor does it by way of a cookie.
    const auto cookie = text(as.ask({{"action", "authcookie"}}), "cookie");
    auto again = connect("/control.ashx?auth=" + cookie);
    again.await("userinfo");
    BOOST_TEST(resultOf(again, {{"action", "createLoginToken"}, {"name", "x"}, {"expire", 0}}) ==
               "Access denied");
}

BOOST_AUTO_TEST_CASE(sessions_are_counted) {
    BOOST_TEST(control.ask({{"action", "wssessioncount"}}).at("wssessions").as_object().empty());
    auto as = signIn("admin");
    const auto counts = as.ask({{"action", "wssessioncount"}}).at("wssessions").as_object();
    BOOST_TEST(counts.at("user//owner") == 1);
    BOOST_TEST(counts.at("user//admin") == 1);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(group_commands, CommandFixture)

BOOST_AUTO_TEST_CASE(a_group_is_made_with_its_creator_as_administrator) {
    const auto answer = control.ask({{"action", "createmesh"}, {"meshname", "Office"},
                                     {"meshtype", "2"}, {"desc", "first floor"}, {"responseid", 7}});
    BOOST_TEST(text(answer, "result") == "ok");
    BOOST_TEST(answer.at("responseid") == 7);
    const auto id = text(answer, "meshid");
    BOOST_TEST(directory->group(id)->links.at(owner->id) == 0xFFFFFFFFu);
    BOOST_TEST(answer.at("links").as_object().contains(owner->id));
}

BOOST_AUTO_TEST_CASE(createmesh_refuses_in_the_specification_s_words) {
    const auto refusal = [&](json::object extra) {
        json::object message{{"action", "createmesh"}, {"meshname", "x"}, {"meshtype", 2}};
        for (auto& member : extra) message[member.key()] = member.value();
        return resultOf(message);
    };
    BOOST_TEST(refusal({{"meshname", ""}}) == "Invalid group name");
    BOOST_TEST(refusal({{"meshname", std::string(129, 'x')}}) == "Invalid group name");
    BOOST_TEST(refusal({{"meshname", "a\nb"}}) == "Invalid group name");
    BOOST_TEST(refusal({{"desc", std::string(1025, 'x')}}) == "Invalid group description");
    for (const json::value& type : {json::value(0), json::value(9), json::value("x"),
                                    json::value(json::array{2}), json::value(2.5)})
        BOOST_TEST(refusal({{"meshtype", type}}) == "Invalid group type");
    account("poor", model::site::kNoNewGroups);
    auto as = signIn("poor");
    BOOST_TEST(resultOf(as, {{"action", "createmesh"}, {"meshname", "x"}, {"meshtype", 2}}) ==
               "Permission denied");
}

BOOST_AUTO_TEST_CASE(groups_are_seen_by_their_people_alone) {
    BOOST_TEST(control.ask({{"action", "meshes"}}).at("meshes").as_array().size() == 1u);
    auto as = signIn("stranger");
    BOOST_TEST(as.ask({{"action", "meshes"}}).at("meshes").as_array().empty());
    // An administrator of the site is not one of everybody's devices (control-protocol 4.2).
    auto boss = signIn("admin");
    BOOST_TEST(boss.ask({{"action", "meshes"}}).at("meshes").as_array().empty());
}

BOOST_AUTO_TEST_CASE(a_group_is_changed_by_id_or_name_with_the_right_to) {
    BOOST_TEST(resultOf({{"action", "editmesh"}, {"meshid", shortId(group->id)},
                         {"meshname", "Lab 2"}, {"desc", "x"}}) == "ok");
    BOOST_TEST(directory->group(group->id)->name == "Lab 2");
    BOOST_TEST(resultOf({{"action", "editmesh"}, {"meshidname", "Lab 2"}, {"desc", ""}}) == "ok");
    BOOST_TEST(directory->group(group->id)->desc == "");
    auto as = withRights("eve", model::right::kRemoteControl);
    BOOST_TEST(resultOf(as, {{"action", "editmesh"}, {"meshid", group->id}, {"meshname", "X"}}) ==
               "Access denied");
    auto other = signIn("stranger");
    BOOST_TEST(resultOf(other, {{"action", "editmesh"}, {"meshid", group->id},
                                {"meshname", "X"}}) == "Invalid group identifier");
    BOOST_TEST(directory->group(group->id)->name == "Lab 2");
}

BOOST_AUTO_TEST_CASE(only_its_administrator_removes_a_group) {
    auto as = withRights("eve", model::right::kEditGroup | model::right::kManageDevices);
    BOOST_TEST(resultOf(as, {{"action", "deletemesh"}, {"meshid", group->id}}) == "Access denied");
    auto other = signIn("stranger");
    BOOST_TEST(resultOf(other, {{"action", "deletemesh"}, {"meshid", group->id}}) ==
               "Unknown device group");
    BOOST_TEST(resultOf({{"action", "deletemesh"}, {"meshid", group->id}}) == "ok");
    BOOST_TEST(!directory->group(group->id));
    BOOST_TEST(devices.disconnected().at(0) == device->id);
}

BOOST_AUTO_TEST_CASE(ids_of_another_tenant_and_malformed_ones_are_refused) {
    const auto foreign = "mesh/other/" + shortId(group->id);
    for (const auto& id : {foreign, std::string("mesh//x"), device->id, std::string("x y"),
                           std::string("../../..")}) {
        BOOST_TEST_CONTEXT(id) {
            BOOST_TEST(resultOf({{"action", "editmesh"}, {"meshid", id}, {"meshname", "X"}}) ==
                       "Invalid group identifier");
            BOOST_TEST(resultOf({{"action", "deletemesh"}, {"meshid", id}}) != "ok");
            BOOST_TEST(resultOf({{"action", "nodes"}, {"meshid", id}}) == "Invalid group id");
        }
    }
}

BOOST_AUTO_TEST_CASE(two_groups_of_one_name_are_not_guessed_between) {
    addGroup(owner, "Lab");
    BOOST_TEST(resultOf({{"action", "editmesh"}, {"meshidname", "Lab"}, {"desc", "x"}}) ==
               "Duplicate device groups found");
}

BOOST_AUTO_TEST_CASE(people_are_added_and_taken_out) {
    const auto added = control.ask({{"action", "addmeshuser"}, {"meshid", group->id},
                                    {"usernames", {"Stranger", "nobody"}}, {"meshadmin", 8},
                                    {"responseid", "r"}});
    BOOST_TEST(text(added, "result") == "Added user Stranger");
    BOOST_TEST(added.at("success") == 1);
    BOOST_TEST(added.at("failed") == 1);
    BOOST_TEST(directory->group(group->id)->links.at(stranger->id) == 8u);
    BOOST_TEST(resultOf({{"action", "addmeshuser"}, {"meshid", group->id}, {"usernames", {"nobody"}},
                         {"meshadmin", 8}}) == "Nothing done");
    BOOST_TEST(resultOf({{"action", "addmeshuser"}, {"meshid", group->id}, {"usernames", {"owner"}},
                         {"meshadmin", 8}}) == "Can't change self");
    BOOST_TEST(resultOf({{"action", "removemeshuser"}, {"meshid", group->id},
                         {"userid", "stranger"}}) == "ok");
    BOOST_TEST(resultOf({{"action", "removemeshuser"}, {"meshid", group->id},
                         {"userid", "stranger"}}) == "User not in group");
    BOOST_TEST(resultOf({{"action", "removemeshuser"}, {"meshid", group->id}, {"userid", "owner"}}) ==
               "Can't remove self");
}

BOOST_AUTO_TEST_CASE(a_manager_of_a_group_makes_no_administrators) {
    auto as = withRights("eve", model::right::kManageUsers);
    BOOST_TEST(resultOf(as, {{"action", "addmeshuser"}, {"meshid", group->id},
                             {"usernames", {"stranger"}}, {"meshadmin", -1}}) ==
               "Can't set device group administrator, if not administrator");
    BOOST_TEST(resultOf(as, {{"action", "addmeshuser"}, {"meshid", group->id},
                             {"usernames", {"owner"}}, {"meshadmin", 8}}) ==
               "Can't change rights of device group administrator");
    BOOST_TEST(resultOf(as, {{"action", "removemeshuser"}, {"meshid", group->id},
                             {"userid", "owner"}}) == "Permission denied");
    auto none = withRights("mallory", model::right::kRemoteControl);
    BOOST_TEST(resultOf(none, {{"action", "addmeshuser"}, {"meshid", group->id},
                               {"usernames", {"mallory"}}, {"meshadmin", -1}}) ==
               "Permission denied");
}

BOOST_AUTO_TEST_CASE(an_install_command_pins_the_server_s_key) {
    auto none = withRights("eve", model::right::kRemoteControl);
    const auto refused = none.ask({{"action", "device.installcommand"}, {"meshid", group->id}});
    BOOST_TEST(text(refused.at("error").as_object(), "code") == "forbidden");
    const auto answer = control.ask({{"action", "device.installcommand"}, {"meshid", group->id}});
    const auto result = answer.at("result").as_object();
    const auto line = text(result, "linux");
    BOOST_TEST(line.find("--pinnedpubkey \"sha256//AAAA\"") != std::string::npos);
    BOOST_TEST(line.find("https://localhost:8443/meshagents?id=6") != std::string::npos);
    BOOST_TEST(line.find('\n') == std::string::npos);
    BOOST_TEST(text(result, "expires").size() == 24u);
}

BOOST_AUTO_TEST_CASE(an_invitation_opens_a_page_for_its_group_alone) {
    const auto answer = control.ask({{"action", "createInviteLink"}, {"meshid", group->id},
                                     {"expire", 1}, {"flags", 0}, {"responseid", "r"}});
    BOOST_TEST(!answer.contains("result"));
    const auto url = text(answer, "url");
    const auto path = url.substr(url.find("/agentinvite"));
    const auto page = get(path);
    BOOST_TEST(page.status == 200);
    BOOST_TEST(page.body.find("Lab") != std::string::npos);
    BOOST_TEST(get("/agentinvite?c=rubbish").status == 404);
    time.advance(std::chrono::minutes(61));
    BOOST_TEST(get(path).status == 404);
}

BOOST_AUTO_TEST_SUITE_END()

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
               "Invalid nodeid");
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
    BOOST_TEST(move(foreign->id) == "Unknown device group");
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

BOOST_FIXTURE_TEST_SUITE(acting_on_devices, CommandFixture)

BOOST_AUTO_TEST_CASE(a_command_is_sent_with_who_asked) {
    BOOST_TEST(resultOf({{"action", "runcommands"}, {"nodeids", {device->id}}, {"type", 0},
                         {"cmds", "id"}, {"runAsUser", 0}, {"rights", 1}, {"userid", "user//x"}}) ==
               "OK");
    const auto sent = devices.sent().at(0).message;
    BOOST_TEST(text(sent, "action") == "runcommands");
    BOOST_TEST(sent.at("type") == 3);
    BOOST_TEST(text(sent, "userid") == owner->id);
    BOOST_TEST(sent.at("rights") == 0xFFFFFFFFu);
    BOOST_TEST(text(sent, "sessionid").starts_with(owner->id + "/"));
    BOOST_TEST(!sent.contains("nodeids"));
}

BOOST_AUTO_TEST_CASE(output_goes_to_who_asked_and_to_nobody_else) {
    auto watching = withRights("eve", 0xFFFFFFFF);
    control.send({{"action", "runcommands"}, {"nodeids", {device->id}}, {"type", 0},
                  {"cmds", "id"}, {"reply", true}, {"responseid", "meshctrl"}});
    BOOST_TEST(eventually([&] { return devices.sent().size() == 1; }));
    const auto sent = devices.sent().at(0).message;
    const auto token = text(sent, "responseid");
    BOOST_TEST(token != "meshctrl");
    const json::object answer{{"action", "msg"}, {"type", "runcommands"}, {"result", "uid=0"},
                              {"responseid", token}, {"nodeid", device->id}};
    // Another device cannot answer for this one.
    auto forged = answer;
    forged["nodeid"] = "node//" + std::string(64, 'f');
    forged["result"] = "forged";
    api.control().hub().toSession(text(sent, "sessionid"), forged);
    api.control().hub().toSession(text(sent, "sessionid"), answer);
    for (;;) {
        const auto message = control.await("msg");
        if (text(message, "responseid") != "meshctrl") continue;
        BOOST_TEST(text(message, "result") == "uid=0");
        break;
    }
    watching.send({{"action", "ping"}});
    for (;;) {
        const auto message = parse(watching.socket().receiveText());
        BOOST_TEST(text(message, "action") != "msg");
        if (text(message, "action") == "pong") break;
    }
}

BOOST_AUTO_TEST_CASE(running_commands_is_refused_with_the_right_words) {
    const auto run = [&](Control& as, json::object extra) {
        json::object message{{"action", "runcommands"}, {"nodeids", {device->id}}, {"type", 0},
                             {"cmds", "id"}};
        for (auto& member : extra) message[member.key()] = member.value();
        return resultOf(as, message);
    };
    const auto offline = enrol(group, "pc2");
    BOOST_TEST(run(control, {{"nodeids", {offline->id}}}) == "Agent not connected");
    BOOST_TEST(run(control, {{"type", 2}}) == "Invalid command type");
    BOOST_TEST(run(control, {{"type", 9}}) == "Invalid command type");
    BOOST_TEST(run(control, {{"nodeids", {"node/other/x"}}}) == "Invalid nodeid");
    BOOST_TEST(run(control, {{"cmds", ""}}) == "Invalid commands");
    auto as = withRights("eve", model::right::kRemoteControl);
    BOOST_TEST(run(as, {}) == "Access denied");
    BOOST_TEST(run(as, {{"type", 4}}) == "Access denied");
    auto other = signIn("stranger");
    BOOST_TEST(run(other, {}) == "Invalid nodeid");
    BOOST_TEST(devices.sent().empty());
}

BOOST_AUTO_TEST_CASE(messages_are_checked_with_and_without_an_answer_wanted) {
    BOOST_TEST(resultOf({{"action", "msg"}, {"type", "ps"}, {"nodeid", device->id}}) == "OK");
    BOOST_TEST(text(devices.sent().at(0).message, "type") == "ps");
    auto viewer = withRights("eve", model::right::kRemoteControl | model::right::kViewOnly);
    BOOST_TEST(resultOf(viewer, {{"action", "msg"}, {"type", "pskill"}, {"value", "1"},
                                 {"nodeid", device->id}}) == "Unable to route");
    viewer.send({{"action", "msg"}, {"type", "pskill"}, {"value", "1"}, {"nodeid", device->id}});
    auto plain = withRights("bob", model::right::kRemoteControl);
    BOOST_TEST(resultOf(plain, {{"action", "msg"}, {"type", "console"}, {"value", "help"},
                                {"nodeid", device->id}}) == "Unable to route");
    auto other = signIn("stranger");
    BOOST_TEST(resultOf(other, {{"action", "msg"}, {"type", "ps"}, {"nodeid", device->id}}) ==
               "Unable to route");
    viewer.ask({{"action", "meshes"}}); // everything before it has been served
    BOOST_TEST(devices.sent().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_tunnel_is_asked_for_at_the_relay) {
    const auto cookies = control.ask({{"action", "authcookie"}});
    BOOST_TEST(urls.readAuth(text(cookies, "cookie"), "").has_value());
    BOOST_TEST(urls.readRelayAuth(text(cookies, "rcookie")).has_value());
    const auto value = "*/meshrelay.ashx?p=1&nodeid=" + device->id + "&id=abc";
    BOOST_TEST(resultOf({{"action", "msg"}, {"type", "tunnel"}, {"usage", 1}, {"value", value},
                         {"nodeid", device->id}}) == "OK");
    const auto opened = tunnels.opened.with([](auto& all) { return all; });
    BOOST_TEST(opened.at(0).value == value);
    BOOST_TEST(opened.at(0).caller.userId == owner->id);
    BOOST_TEST(devices.sent().empty()); // telling the agent is the relay's business
}

BOOST_AUTO_TEST_CASE(the_page_s_tunnel_has_a_ticket_and_its_refusals_a_code) {
    const auto answer =
        control.ask({{"action", "tunnel.open"}, {"nodeid", device->id}, {"protocol", 1}});
    BOOST_TEST(text(answer.at("result").as_object(), "id") == "ticket");
    const auto refused =
        control.ask({{"action", "tunnel.open"}, {"nodeid", device->id}, {"protocol", 666}});
    BOOST_TEST(text(refused.at("error").as_object(), "code") == "forbidden");
    auto other = signIn("stranger");
    const auto hidden =
        other.ask({{"action", "tunnel.open"}, {"nodeid", device->id}, {"protocol", 1}});
    BOOST_TEST(text(hidden.at("error").as_object(), "code") == "not_found");
}

BOOST_AUTO_TEST_CASE(a_notice_needs_its_right) {
    BOOST_TEST(resultOf({{"action", "toast"}, {"nodeids", {device->id}}, {"msg", "hi"}}) == "ok");
    auto as = withRights("eve", model::right::kRemoteControl);
    BOOST_TEST(resultOf(as, {{"action", "toast"}, {"nodeids", {device->id}}, {"msg", "hi"}}) ==
               "Access Denied");
}

BOOST_AUTO_TEST_SUITE_END()

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
    BOOST_TEST(resultOf(other, {{"action", "events"}, {"nodeid", device->id}}) ==
               "Invalid device id");
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
