// User groups: who makes them, what they give, and what others hear of them.
#include <boost/test/unit_test.hpp>

#include "command_fixture.hpp"

using namespace trellis;
using namespace trellis::test;

namespace {

struct UserGroupFixture : CommandFixture {
    Control boss = signIn("admin");

    std::string make(const std::string& name) {
        return text(boss.ask({{"action", "createusergroup"}, {"name", name}}), "ugrpid");
    }
    std::string put(Control& as, const std::string& id, const std::string& user) {
        return resultOf(as, {{"action", "addusertousergroup"}, {"ugrpid", id},
                             {"usernames", {user}}});
    }
    json::value list(Control& as) { return as.ask({{"action", "usergroups"}}).at("ugroups"); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(user_group_commands, UserGroupFixture)

BOOST_AUTO_TEST_CASE(none_is_told_by_null) {
    const auto answer =
        boss.ask({{"action", "usergroups"}, {"responseid", "r"}, {"tag", "t"}});
    BOOST_TEST(answer == (json::object{{"action", "usergroups"}, {"ugroups", nullptr},
                                       {"tag", "t"}}));
}

BOOST_AUTO_TEST_CASE(a_group_is_made_listed_changed_and_removed) {
    const auto made = boss.ask({{"action", "createusergroup"}, {"name", "Night shift"},
                                {"desc", "d"}, {"responseid", "r"}});
    BOOST_TEST(text(made, "result") == "ok");
    BOOST_TEST(text(made, "responseid") == "r");
    BOOST_TEST(made.at("links").as_object().empty());
    const auto id = text(made, "ugrpid");
    auto listed = list(boss).as_object().at(id).as_object();
    BOOST_TEST(text(listed, "type") == "ugrp");
    BOOST_TEST(text(listed, "name") == "Night shift");
    BOOST_TEST(resultOf(boss, {{"action", "editusergroup"}, {"ugrpid", id}, {"name", "Day shift"},
                               {"desc", ""}, {"consent", 8}, {"flags", 2}}) == "ok");
    listed = list(boss).as_object().at(id).as_object();
    BOOST_TEST(text(listed, "name") == "Day shift");
    BOOST_TEST(listed.at("consent") == 8);
    BOOST_TEST(listed.at("flags") == 2);
    BOOST_TEST(text(boss.ask({{"action", "deleteusergroup"}, {"ugrpid", id}}), "ugrpid") == id);
    BOOST_TEST(list(boss).is_null());
    BOOST_TEST(stored()->userGroups("").empty());
}

BOOST_AUTO_TEST_CASE(who_does_not_manage_user_groups_sees_names_and_changes_nothing) {
    const auto id = make("Night shift");
    put(boss, id, "stranger");
    BOOST_TEST(list(control) == (json::object{{id, {{"name", "Night shift"}}}}));
    account("manager", model::site::kManageUsers);
    auto manager = signIn("manager");
    for (auto* as : {&control, &manager}) {
        for (const auto* action : {"createusergroup", "deleteusergroup", "editusergroup",
                                   "addusertousergroup", "removeuserfromusergroup"}) {
            BOOST_TEST_CONTEXT(action) {
                BOOST_TEST(resultOf(*as, {{"action", action}, {"ugrpid", id}, {"name", "x"},
                                          {"usernames", {"owner"}}, {"userid", "stranger"}}) ==
                           "Permission denied");
            }
        }
        // Nor without asking for an answer (control-protocol 10, 45).
        as->send({{"action", "deleteusergroup"}, {"ugrpid", id}});
        as->ask({{"action", "meshes"}});
    }
    BOOST_TEST(directory->userGroup(id)->users.size() == 1u);
    BOOST_TEST(directory->userGroup(id)->name == "Night shift");
}

BOOST_AUTO_TEST_CASE(site_right_256_is_enough_to_manage_them) {
    account("keeper", model::site::kUserGroups);
    auto keeper = signIn("keeper");
    const auto id = text(keeper.ask({{"action", "createusergroup"}, {"name", "x"}}), "ugrpid");
    BOOST_TEST(put(keeper, id, "owner") == "ok");
    BOOST_TEST(list(keeper).as_object().at(id).as_object().at("links").as_object().contains(
        owner->id));
}

BOOST_AUTO_TEST_CASE(wrong_arguments_are_refused_in_the_wire_s_words) {
    const auto id = make("Night shift");
    const auto ask = [&](json::object message) { return resultOf(boss, std::move(message)); };
    const std::string foreign = "ugrp/other/" + shortId(id);
    const std::string unknown = "ugrp//" + std::string(64, 'x');
    BOOST_TEST(ask({{"action", "createusergroup"}, {"name", ""}}) == "Invalid group name");
    BOOST_TEST(ask({{"action", "createusergroup"}, {"name", std::string(65, 'x')}}) ==
               "Invalid group name");
    BOOST_TEST(ask({{"action", "createusergroup"}, {"name", "x"},
                    {"desc", std::string(1025, 'x')}}) == "Invalid group description");
    BOOST_TEST(ask({{"action", "createusergroup"}, {"name", "x"}, {"domain", "other"}}) ==
               "Invalid domain");
    for (const auto& clone : {unknown, foreign, group->id, std::string("x")})
        BOOST_TEST(ask({{"action", "createusergroup"}, {"name", "x"}, {"clone", clone}}) ==
                   "Invalid clone groupid");
    BOOST_TEST(ask({{"action", "deleteusergroup"}, {"ugrpid", "x"}}) == "Invalid group id");
    BOOST_TEST(ask({{"action", "deleteusergroup"}, {"ugrpid", "ugrp//x"}}) ==
               "Unknown device group");
    BOOST_TEST(ask({{"action", "deleteusergroup"}, {"ugrpid", foreign}}) == "Invalid domain id");
    BOOST_TEST(ask({{"action", "deleteusergroup"}, {"ugrpid", unknown}}) == "Unknown device group");
    const auto add = [&](const std::string& ugrpid, json::value names) {
        return ask({{"action", "addusertousergroup"}, {"ugrpid", ugrpid},
                    {"usernames", std::move(names)}});
    };
    BOOST_TEST(add("x", {"owner"}) == "Invalid groupid");
    BOOST_TEST(add(foreign, {"owner"}) == "Invalid domain");
    BOOST_TEST(add(unknown, {"owner"}) == "ok");
    BOOST_TEST(add(id, "owner") == "Invalid usernames");
    BOOST_TEST(add(id, {""}) == "Invalid usernames");
    const auto remove = [&](const std::string& ugrpid, json::value user) {
        return ask({{"action", "removeuserfromusergroup"}, {"ugrpid", ugrpid},
                    {"userid", std::move(user)}});
    };
    BOOST_TEST(remove("x", "owner") == "Invalid groupid");
    BOOST_TEST(remove(id, 5) == "Invalid userid");
    BOOST_TEST(remove(id, "mesh//x") == "Invalid userid");
    BOOST_TEST(remove(foreign, "owner") == "Invalid domain");
    BOOST_TEST(remove(id, "user/other/owner") == "Invalid domain");
    BOOST_TEST(remove(id, "owner") == "ok"); // wasn't in it
    BOOST_TEST(directory->userGroups("").size() == 1u);
}

BOOST_AUTO_TEST_CASE(members_are_counted_and_unknown_names_shown) {
    const auto id = make("Night shift");
    const auto answer =
        boss.ask({{"action", "addusertousergroup"}, {"ugrpid", id}, {"responseid", "r"},
                  {"usernames", {"Stranger", "nobody", "owner"}}});
    BOOST_TEST(text(answer, "result") == "ok");
    BOOST_TEST(answer.at("added") == 2);
    BOOST_TEST(answer.at("failed") == 1);
    BOOST_TEST(directory->userGroup(id)->users.size() == 2u);
    boss.send({{"action", "addusertousergroup"}, {"ugrpid", id}, {"responseid", "r"},
               {"usernames", {"nobody"}}});
    const auto popUp = boss.await("msg");
    BOOST_TEST(text(popUp, "value") == "User nobody not found.");
    BOOST_TEST(popUp.at("titleid") == 5);
    BOOST_TEST(popUp.at("msgid") == 15);
    BOOST_TEST(!popUp.contains("responseid")); // clients would take it for the answer
    BOOST_TEST(resultOf(boss, {{"action", "removeuserfromusergroup"}, {"ugrpid", id},
                               {"userid", stranger->id}}) == "ok");
    BOOST_TEST(resultOf(boss, {{"action", "removeuserfromusergroup"}, {"ugrpid", id},
                               {"userid", "Owner"}}) == "ok");
    BOOST_TEST(directory->userGroup(id)->users.empty());
    BOOST_TEST(!directory->user(owner->id)->links.contains(id));
}

BOOST_AUTO_TEST_CASE(rights_come_and_go_with_the_membership) {
    const auto id = make("Night shift");
    BOOST_TEST(resultOf({{"action", "addmeshuser"}, {"meshid", group->id}, {"userid", id},
                         {"meshadmin", model::right::kManageDevices}}) ==
               "Added user " + shortId(id));
    auto as = signIn("stranger");
    const auto rename = [&] {
        return resultOf(as, {{"action", "changedevice"}, {"nodeid", device->id}, {"name", "x"}});
    };
    const auto sees = [&] { return !as.ask({{"action", "nodes"}}).at("nodes").as_object().empty(); };
    BOOST_TEST(rename() == "Access Denied");
    BOOST_TEST(!sees());
    put(boss, id, "stranger");
    BOOST_TEST(rename() == "ok");
    BOOST_TEST(sees());
    resultOf(boss, {{"action", "removeuserfromusergroup"}, {"ugrpid", id}, {"userid", "stranger"}});
    BOOST_TEST(rename() == "Access Denied");
    BOOST_TEST(!sees());
    put(boss, id, "stranger");
    BOOST_TEST(rename() == "ok");
    BOOST_TEST(resultOf(boss, {{"action", "deleteusergroup"}, {"ugrpid", id}}) == "ok");
    BOOST_TEST(rename() == "Access Denied");
    BOOST_TEST(!directory->group(group->id)->links.contains(id));
}

BOOST_AUTO_TEST_CASE(a_clone_has_the_same_people_and_rights) {
    const auto id = make("Night shift");
    put(boss, id, "stranger");
    directory->setLink(id, group->id, 8);
    directory->setLink(id, device->id, 16);
    const auto made =
        boss.ask({{"action", "createusergroup"}, {"name", "Copy"}, {"clone", id}});
    const auto copy = directory->userGroup(text(made, "ugrpid"));
    BOOST_TEST(copy->users.contains(stranger->id));
    BOOST_TEST(copy->links.at(group->id) == 8u);
    BOOST_TEST(!copy->links.contains(device->id)); // device groups alone (control-protocol 3.3)
}

BOOST_AUTO_TEST_CASE(a_group_kept_by_an_identity_provider_is_left_alone) {
    model::UserGroup wanted;
    wanted.name = "Staff";
    wanted.membershipType = "oidc";
    const auto id = directory->addUserGroup(wanted)->id;
    directory->setLink(stranger->id, id, 1);
    BOOST_TEST(put(boss, id, "owner") == "Permission denied");
    BOOST_TEST(resultOf(boss, {{"action", "removeuserfromusergroup"}, {"ugrpid", id},
                               {"userid", "stranger"}}) == "Permission denied");
    BOOST_TEST(resultOf(boss, {{"action", "deleteusergroup"}, {"ugrpid", id}}) ==
               "Permission denied");
    resultOf(boss, {{"action", "editusergroup"}, {"ugrpid", id}, {"name", "x"}, {"desc", "d"}});
    BOOST_TEST(directory->userGroup(id)->name == "Staff");
    BOOST_TEST(directory->userGroup(id)->desc == "d");
}

BOOST_AUTO_TEST_CASE(who_is_bound_to_a_realm_puts_in_only_people_of_it) {
    account("keeper", model::site::kUserGroups);
    accounts.edit("user//keeper", [](model::User& one) { one.realms = {"north"}; }, nullptr);
    accounts.edit(owner->id, [](model::User& one) { one.realms = {"north"}; }, nullptr);
    const auto id = make("Night shift");
    put(boss, id, "admin");
    auto keeper = signIn("keeper");
    const auto answer =
        keeper.ask({{"action", "addusertousergroup"}, {"ugrpid", id}, {"responseid", "r"},
                    {"usernames", {"owner", "stranger"}}});
    BOOST_TEST(answer.at("added") == 1);
    BOOST_TEST(answer.at("failed") == 1);
    resultOf(keeper, {{"action", "removeuserfromusergroup"}, {"ugrpid", id}, {"userid", "admin"}});
    BOOST_TEST(directory->userGroup(id)->users.contains(admin->id));
}

BOOST_AUTO_TEST_CASE(members_hear_less_than_managers_and_others_nothing) {
    const auto id = make("Night shift");
    put(boss, id, "stranger");
    auto member = signIn("stranger");
    account("outsider");
    auto outsider = signIn("outsider");
    auto keeper = (account("keeper", model::site::kUserGroups), signIn("keeper"));
    put(boss, id, "owner");
    const auto full = keeper.awaitEvent("usergroupchange");
    BOOST_TEST(text(full, "ugrpid") == id);
    BOOST_TEST(full.at("msgid") == 71);
    BOOST_TEST(full.at("links").as_object().contains(owner->id));
    const auto less = member.awaitEvent("usergroupchange");
    BOOST_TEST(text(less, "name") == "Night shift");
    BOOST_TEST(less.at("links").as_object().contains(stranger->id));
    BOOST_TEST(!less.at("links").as_object().contains(owner->id));
    for (const auto* name : {"msg", "msgArgs", "desc", "userid"}) BOOST_TEST(!less.contains(name));
    BOOST_TEST(!outsider.hasEventBeforePong("usergroupchange"));
    const auto past = json::serialize(member.ask({{"action", "events"}}));
    BOOST_TEST(past.find("to user group") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(who_is_taken_out_and_whose_group_goes_is_told) {
    const auto id = make("Night shift");
    put(boss, id, "stranger");
    put(boss, id, "owner");
    auto member = signIn("stranger");
    resultOf(boss, {{"action", "removeuserfromusergroup"}, {"ugrpid", id}, {"userid", "stranger"}});
    BOOST_TEST(text(member.awaitEvent("usergroupchange"), "ugrpid") == id);
    resultOf(boss, {{"action", "deleteusergroup"}, {"ugrpid", id}});
    BOOST_TEST(text(control.awaitEvent("deleteusergroup"), "ugrpid") == id);
    BOOST_TEST(!member.hasEventBeforePong("deleteusergroup"));
}

BOOST_AUTO_TEST_CASE(changes_are_audited_and_lists_are_not) {
    const auto id = make("Night shift");
    put(boss, id, "stranger");
    list(boss);
    std::vector<std::string> commands;
    for (const auto& record : audit.all()) commands.push_back(record.command);
    BOOST_TEST(commands == (std::vector<std::string>{"createusergroup", "addusertousergroup"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
