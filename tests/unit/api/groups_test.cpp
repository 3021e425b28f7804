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
