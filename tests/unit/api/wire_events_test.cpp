// What the wire's log says of a change: clients and scripts look for these texts and arguments
// (control-protocol 2.5; compared with MeshCentral 1.1.55 event by event).
#include <boost/test/unit_test.hpp>

#include "command_fixture.hpp"

#include "core/model/wire_documents.hpp"

using namespace trellis;
using namespace trellis::test;

namespace {

struct EventFixture : CommandFixture {
    /// The newest stored event with this action, as the wire has it.
    json::object newest(const std::string& action) {
        events.flush();
        model::EventFilter filter;
        filter.action = action;
        filter.limit = 1;
        const auto found = events.query(filter);
        BOOST_REQUIRE_MESSAGE(!found.empty(), "no event " + action);
        return model::eventDocument(found.front());
    }
    std::size_t countOf(const std::string& action) {
        events.flush();
        model::EventFilter filter;
        filter.action = action;
        return events.query(filter).size();
    }
    void check(const std::string& action, const std::string& msg, const json::array& args) {
        const auto event = newest(action);
        BOOST_TEST(text(event, "msg") == msg);
        const auto* found = event.if_contains("msgArgs");
        BOOST_TEST((found ? *found : json::value(json::array())) == json::value(args));
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_events, EventFixture)

BOOST_AUTO_TEST_CASE(a_change_of_a_device_names_what_changed) {
    const auto change = [&](json::object fields) {
        fields["action"] = "changedevice";
        fields["nodeid"] = device->id;
        BOOST_TEST(resultOf(fields) == "ok");
    };
    change({{"name", "pc9"}, {"desc", "x"}, {"rdpport", 3390}});
    check("changenode", "Changed device pc9 from group Lab: name, rdpport, description",
          {"pc9", "Lab", "name, rdpport, description"});
    change({{"userloc", {1, 2}}});
    check("changenode", "Changed device pc9 from group Lab: location", {"pc9", "Lab", "location"});
    change({{"userloc", json::array()}, {"tags", "a,b"}});
    check("changenode", "Changed device pc9 from group Lab: location removed, tags",
          {"pc9", "Lab", "location removed, tags"});
    const auto before = countOf("changenode");
    change({{"tags", "a,b"}, {"name", "pc9"}});
    BOOST_TEST(countOf("changenode") == before);
}

BOOST_AUTO_TEST_CASE(a_change_of_a_group_names_what_changed) {
    const auto change = [&](json::object fields) {
        fields["action"] = "editmesh";
        fields["meshid"] = group->id;
        BOOST_TEST(resultOf(fields) == "ok");
    };
    change({{"desc", "d"}});
    check("meshchange", "Device group \"Lab\" description changed", {"Lab", json::array{2}});
    change({{"meshname", "Den"}, {"consent", 8}, {"flags", 2}});
    check("meshchange",
          "Device group name changed from \"Lab\" to \"Den\" and flags changed and consent changed",
          {"Den", json::array{1, 3, 4}});
    BOOST_TEST(text(newest("meshchange"), "desc") == "d");
}

BOOST_AUTO_TEST_CASE(rights_on_a_device_are_told_by_its_name_and_the_user_s) {
    const json::object give{{"action", "adddeviceuser"},
                            {"nodeid", device->id},
                            {"usernames", {"stranger"}},
                            {"rights", 8}};
    BOOST_TEST(resultOf(give) == "ok");
    check("changenode", "Changed user device rights for pc1", {"pc1"});
    check("accountchange", "Changed user device rights for stranger", {"stranger"});
    BOOST_TEST(text(newest("accountchange"), "nodeListChange") == stranger->id);
    auto take = give;
    take["remove"] = true;
    take["rights"] = 0;
    BOOST_TEST(resultOf(take) == "ok");
    check("changenode", "Removed user device rights for pc1", {"pc1"});
    BOOST_TEST(newest("changenode").at("msgid") == 81);
}

BOOST_AUTO_TEST_CASE(rights_have_to_be_said) {
    BOOST_TEST(resultOf({{"action", "adddeviceuser"},
                         {"nodeid", device->id},
                         {"usernames", {"stranger"}}}) == "Invalid rights");
    BOOST_TEST(
        resultOf({{"action", "addmeshuser"}, {"meshid", group->id}, {"usernames", {"stranger"}}}) ==
        "Invalid group rights");
    BOOST_TEST(!directory->user(stranger->id)->links.contains(group->id));
}

BOOST_AUTO_TEST_CASE(members_are_named_as_they_are_called) {
    BOOST_TEST(resultOf({{"action", "addmeshuser"},
                         {"meshid", group->id},
                         {"usernames", {"STRANGER"}},
                         {"meshadmin", 8}}) == "Added user stranger");
    check("accountchange", "Device group membership changed: stranger", {"stranger"});
    BOOST_TEST(resultOf({{"action", "addmeshuser"},
                         {"meshname", "nope"},
                         {"usernames", {"stranger"}},
                         {"meshadmin", 8}}) == "Invalid groupid");
}

BOOST_AUTO_TEST_CASE(an_account_is_announced_by_name_or_address_and_only_when_it_changes) {
    auto boss = signIn("admin");
    BOOST_TEST(
        resultOf(boss, {{"action", "adduser"}, {"username", "n1"}, {"pass", "A-long-pass 1"}}) ==
        "ok");
    check("accountcreate", "Account created, username is n1", {"n1"});
    BOOST_TEST(resultOf(boss, {{"action", "adduser"},
                               {"username", "n2"},
                               {"pass", "A-long-pass 1"},
                               {"email", "N2@Example.com"}}) == "ok");
    check("accountcreate", "Account created, email is n2@example.com", {"n2@example.com"});
    BOOST_TEST(newest("accountcreate").at("msgid") == 65);
    BOOST_TEST(resultOf(boss, {{"action", "adduser"},
                               {"username", "n3"},
                               {"pass", "A-long-pass 1"},
                               {"email", ""}}) == "Invalid email");

    BOOST_TEST(resultOf(boss, {{"action", "edituser"}, {"userid", "n1"}, {"realname", "X"}}) ==
               "ok");
    const auto before = countOf("accountchange");
    BOOST_TEST(resultOf(boss, {{"action", "edituser"}, {"userid", "n1"}, {"realname", "X"}}) ==
               "ok");
    BOOST_TEST(countOf("accountchange") == before);
    BOOST_TEST(resultOf(boss, {{"action", "edituser"}, {"userid", "n1"}, {"siteadmin", 2}}) ==
               "ok");
    BOOST_TEST(countOf("accountchange") == before + 1);
}

BOOST_AUTO_TEST_CASE(what_a_removed_user_was_linked_to_is_told) {
    auto boss = signIn("admin");
    directory->setLink(stranger->id, group->id, 8);
    directory->setLink(stranger->id, device->id, 8);
    BOOST_TEST(resultOf(boss, {{"action", "deleteuser"}, {"userid", "stranger"}}) == "ok");
    check("accountremove", "Account removed", {"stranger"});
    check("meshchange", "Removed user stranger from device group Lab", {"stranger", "Lab"});
    check("changenode", "Changed user device rights for pc1", {"pc1"});
    BOOST_TEST(!newest("meshchange").at("links").as_object().contains(stranger->id));
}

BOOST_AUTO_TEST_CASE(user_groups_tell_of_several_at_once) {
    account("gm", model::site::kUserGroups);
    auto manager = signIn("gm");
    const auto made =
        manager.ask({{"action", "createusergroup"}, {"name", "Ops"}, {"responseid", 1}});
    const auto id = text(made, "ugrpid");
    BOOST_TEST(resultOf(manager, {{"action", "addusertousergroup"},
                                  {"ugrpid", id},
                                  {"usernames", {"owner", "stranger"}}}) == "ok");
    check("usergroupchange", "Added user(s) owner, stranger to user group Ops",
          {json::array{"owner", "stranger"}, "Ops"});
    manager.send({{"action", "editusergroup"}, {"ugrpid", id}, {"name", "Ops 2"}, {"desc", "d"}});
    manager.ask({{"action", "meshes"}});
    check("usergroupchange",
          "User group name changed from \"Ops\" to \"Ops 2\" and description changed", {});
}

BOOST_AUTO_TEST_CASE(others_desktops_end_only_for_who_may_control_the_device) {
    const json::object end{{"action", "endDesktopMultiplex"},
                           {"nodeid", device->id},
                           {"xuserid", "owner"},
                           {"responseid", 1}};
    const auto answerTo = [&](Control as, const char* action) {
        as.send(end);
        return text(as.await(action), "result");
    };
    BOOST_TEST(answerTo(signIn("stranger"), "changeusernotify") == "Invalid device identifier");
    BOOST_TEST(answerTo(withRights("viewer", model::right::kRemoteControl | 256), "changeusernotify") ==
               "Invalid device identifier");
    BOOST_TEST(answerTo(withRights("eve", model::right::kRemoteControl), "endDesktopMultiplex") == "ok");
}

BOOST_AUTO_TEST_CASE(signing_in_for_a_command_is_no_event) {
    signIn("stranger");
    BOOST_TEST(countOf("login") == 0U);
    BOOST_CHECK_THROW(
        connect("/control.ashx", {{"x-meshauth", meshAuth("stranger", "wrong")}}).await("userinfo"),
        std::exception);
    BOOST_TEST(countOf("authfail") == 1U);
}

BOOST_AUTO_TEST_CASE(optional_actions_that_nothing_serves_are_answered_when_an_answer_is_asked) {
    BOOST_TEST(resultOf({{"action", "webauthn-startregister"}, {"name", "k"}}) ==
               "Unsupported feature");
    BOOST_TEST(resultOf({{"action", "meshmessenger"}, {"userid", "user//owner"}}) ==
               "Unsupported feature");
    control.send({{"action", "meshmessenger"}});
    control.send({{"action", "nosuchaction"}, {"responseid", 1}});
    control.send({{"action", "deviceShares"}, {"responseid", 1}}); // silent where sharing is off
    control.send({{"action", "meshes"}});
    for (;;) {
        const auto message = parse(control.socket().receiveText());
        if (text(message, "action") == "meshes")
            break;
        BOOST_TEST(text(message, "action") == "event");
    }
}

BOOST_AUTO_TEST_SUITE_END()
