// Device groups: what the commands answer, and what they refuse.
#include <boost/test/unit_test.hpp>

#include "command_fixture.hpp"

using namespace trellis;
using namespace trellis::test;

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
                                {"meshname", "X"}}) == "Access denied");
    BOOST_TEST(directory->group(group->id)->name == "Lab 2");
}

BOOST_AUTO_TEST_CASE(only_its_administrator_removes_a_group) {
    auto as = withRights("eve", model::right::kEditGroup | model::right::kManageDevices);
    BOOST_TEST(resultOf(as, {{"action", "deletemesh"}, {"meshid", group->id}}) == "Access denied");
    auto other = signIn("stranger");
    BOOST_TEST(resultOf(other, {{"action", "deletemesh"}, {"meshid", group->id}}) ==
               "Access denied");
    BOOST_TEST(resultOf(other, {{"action", "addmeshuser"}, {"meshid", group->id},
                                {"usernames", {"stranger"}}, {"meshadmin", 8}}) ==
               "Permission denied");
    BOOST_TEST(resultOf(other, {{"action", "removemeshuser"}, {"meshid", group->id},
                                {"userid", "owner"}}) == "Permission denied");
    BOOST_TEST(resultOf({{"action", "deletemesh"}, {"meshid", std::string(64, 'x')}}) ==
               "Unknown device group");
    BOOST_TEST(resultOf({{"action", "deletemesh"}, {"meshname", "Nowhere"}}) ==
               "Invalid group identifier");
    BOOST_TEST(resultOf({{"action", "deletemesh"}, {"meshid", group->id}}) == "ok");
    BOOST_TEST(!directory->group(group->id));
}

BOOST_AUTO_TEST_CASE(ids_of_another_tenant_and_malformed_ones_are_refused) {
    const auto foreign = "mesh/other/" + shortId(group->id);
    for (const auto& id : {foreign, std::string("mesh//x"), device->id, std::string("x y"),
                           std::string("../../..")}) {
        BOOST_TEST_CONTEXT(id) {
            // One that could be an id is answered with a space at the end (control-protocol 3.4).
            BOOST_TEST(resultOf({{"action", "editmesh"}, {"meshid", id}, {"meshname", "X"}})
                           .starts_with("Invalid group identifier"));
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
    BOOST_TEST(text(added, "result") == "Added user stranger");
    BOOST_TEST(added.at("success") == 1);
    BOOST_TEST(added.at("failed") == 1);
    BOOST_TEST(directory->group(group->id)->links.at(stranger->id) == 8u);
    BOOST_TEST(resultOf({{"action", "addmeshuser"}, {"meshid", group->id}, {"usernames", {"nobody"}},
                         {"meshadmin", 8}}) == "Nothing done");
    BOOST_TEST(resultOf({{"action", "addmeshuser"}, {"meshid", group->id}, {"usernames", {"owner"}},
                         {"meshadmin", 8}}) == "Can't change self, Nothing done");
    BOOST_TEST(resultOf({{"action", "addmeshuser"}, {"meshid", group->id},
                         {"userids", {"user/other/eve"}}, {"meshadmin", 8}}) ==
               "Mismatch domains, Nothing done");
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
               "Can't set device group administrator, if not administrator, Nothing done");
    BOOST_TEST(resultOf(as, {{"action", "addmeshuser"}, {"meshid", group->id},
                             {"usernames", {"owner"}}, {"meshadmin", 8}}) ==
               "Can't change rights of device group administrator, Nothing done");
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

BOOST_AUTO_TEST_CASE(a_code_leads_to_its_group_whatever_its_case_and_spaces) {
    control.ask({{"action", "editmesh"}, {"meshid", group->id}, {"responseid", "r"},
                 {"invite", {{"codes", {"Blue Whale"}}, {"flags", 2}}}});
    BOOST_TEST(get("/invite").body.find("name=\"inviteCode\"") != std::string::npos);
    const auto enter = [&](const std::string& code) {
        return request(client(), {"POST", "/invite", {{"Content-Type", "application/x-www-form-urlencoded"}},
                                  "inviteCode=" + code});
    };
    for (const auto* code : {"Blue+Whale", "bluewhale", "+BLUE%09WHALE+"}) {
        const auto moved = enter(code);
        BOOST_TEST(moved.status == 303);
        const auto page = get("/" + std::string(moved.header("Location")));
        BOOST_TEST(page.status == 200);
        BOOST_TEST(page.body.find("Lab") != std::string::npos);
        BOOST_TEST(page.body.find("-install") != std::string::npos);
        BOOST_TEST(page.body.find("trellis-agent&quot; connect") == std::string::npos); // flags 2
    }
    BOOST_TEST(enter("bluewhal").status == 404);
    BOOST_TEST(enter("").status == 200);
    const auto moved = enter("bluewhale");
    time.advance(std::chrono::minutes(2));
    BOOST_TEST(get("/" + std::string(moved.header("Location"))).status == 404);
}

BOOST_AUTO_TEST_CASE(codes_differ_in_more_than_case) {
    control.ask({{"action", "editmesh"}, {"meshid", group->id}, {"responseid", "r"},
                 {"invite", {{"codes", {"whale"}}, {"flags", 0}}}});
    const auto other = control.ask({{"action", "createmesh"}, {"meshname", "Other"}, {"meshtype", 2},
                                    {"responseid", "r"}});
    const auto taken = control.ask({{"action", "editmesh"}, {"meshid", text(other, "meshid")},
                                    {"responseid", "r2"},
                                    {"invite", {{"codes", {"WH ALE"}}, {"flags", 0}}}});
    BOOST_TEST(text(taken, "result") == "Invite code already in use");
}

BOOST_AUTO_TEST_CASE(guessing_codes_ends_soon_and_says_how_long_to_wait) {
    const auto guess = [&](int i) {
        return request(client(), {"POST", "/invite", {{"Content-Type", "application/x-www-form-urlencoded"}},
                                  "inviteCode=guess" + std::to_string(i)});
    };
    for (int i = 0; i < 10; ++i) BOOST_TEST(guess(i).status == 404);
    const auto refused = guess(10);
    BOOST_TEST(refused.status == 429);
    BOOST_TEST(refused.body.find("Wait") != std::string::npos);
    BOOST_TEST(!refused.header("Retry-After").empty());
}

BOOST_AUTO_TEST_CASE(the_page_says_what_there_is_for_each_platform_and_what_there_is_not) {
    api.invites().setOffers([] {
        return std::vector<api::AgentOffer>{{6, "trellis-agent"}, {4, "MeshService64.exe"}};
    });
    const auto link = [&](int flags, std::optional<int> agents) {
        json::object ask{{"action", "createInviteLink"}, {"meshid", group->id}, {"expire", 1},
                         {"flags", flags}, {"responseid", "r"}};
        if (agents) ask["agents"] = *agents;
        const auto url = text(control.ask(ask), "url");
        return get(url.substr(url.find("/agentinvite"))).body;
    };
    const auto all = link(1, {});
    BOOST_TEST(all.find("\"meshagents?id=4&amp;meshid=") != std::string::npos);
    BOOST_TEST(all.find("installflags=1") != std::string::npos);
    BOOST_TEST(all.find("no agent for macOS") != std::string::npos);
    BOOST_TEST(all.find("no agent for Linux on ARM64") != std::string::npos);
    BOOST_TEST(all.find("-install") == std::string::npos);
    BOOST_TEST(all.find("connect") != std::string::npos);
    BOOST_TEST(link(0, 1).find("Linux") == std::string::npos); // Windows only
}

BOOST_AUTO_TEST_SUITE_END()
