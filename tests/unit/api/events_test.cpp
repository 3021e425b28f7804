// Who hears of what.
#include <boost/test/unit_test.hpp>

#include "api_fixture.hpp"
#include "core/api/control/visibility.hpp"

using namespace trellis;
using namespace trellis::test;

namespace {

struct EventFixture : ApiFixture {
    model::UserPtr admin = account("admin", model::site::kFullAdmin);
    model::UserPtr manager = account("manager", model::site::kManageUsers);
    model::UserPtr owner = account("owner");
    model::UserPtr member = account("member");
    model::UserPtr limited = account("limited");
    model::UserPtr stranger = account("stranger");
    model::GroupPtr group = addGroup(owner, "Lab");
    model::DevicePtr device = enrol(group);

    EventFixture() {
        directory->setLink(member->id, group->id, model::right::kRemoteControl);
        directory->setLink(limited->id, group->id,
                           model::right::kRemoteControl | model::right::kLimitEvents);
    }
    bool sees(const model::UserPtr& user, const model::Event& event) {
        return api::maySeeEvent(*directory->user(user->id), event, *directory, rights);
    }
    model::Event deviceEvent(const model::UserPtr& cause = nullptr) {
        model::Event event;
        event.action = "changenode";
        event.deviceId = device->id;
        event.groupId = group->id;
        if (cause) event.userId = cause->id;
        return event;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(event_visibility, EventFixture)

BOOST_AUTO_TEST_CASE(events_of_a_device_reach_those_with_a_link_and_administrators) {
    const auto event = deviceEvent(owner);
    BOOST_TEST(sees(owner, event));
    BOOST_TEST(sees(member, event));
    BOOST_TEST(sees(admin, event));
    BOOST_TEST(!sees(stranger, event));
    BOOST_TEST(!sees(manager, event));
}

BOOST_AUTO_TEST_CASE(the_restriction_to_own_events_holds) {
    BOOST_TEST(!sees(limited, deviceEvent(owner)));
    BOOST_TEST(sees(limited, deviceEvent(limited)));
    BOOST_TEST(sees(limited, deviceEvent()));
}

BOOST_AUTO_TEST_CASE(a_right_that_was_taken_away_hides_at_once) {
    directory->removeLink(member->id, group->id);
    BOOST_TEST(!sees(member, deviceEvent(owner)));
}

BOOST_AUTO_TEST_CASE(events_of_another_tenant_reach_nobody_here) {
    auto event = deviceEvent(owner);
    event.domain = "other";
    for (const auto& user : {admin, owner, member}) BOOST_TEST(!sees(user, event));
}

BOOST_AUTO_TEST_CASE(events_about_accounts_reach_user_managers_and_the_account) {
    model::Event event;
    event.action = "accountchange";
    event.targets = {member->id, "server-users"};
    BOOST_TEST(sees(manager, event));
    BOOST_TEST(sees(member, event));
    BOOST_TEST(!sees(stranger, event));
}

BOOST_AUTO_TEST_CASE(an_event_without_targets_reaches_administrators_alone) {
    model::Event event;
    event.action = "started";
    BOOST_TEST(sees(admin, event));
    for (const auto& user : {manager, owner, stranger}) BOOST_TEST(!sees(user, event));
}

BOOST_AUTO_TEST_CASE(a_locked_user_hears_nothing) {
    accounts.lock(owner->id, true, nullptr);
    BOOST_TEST(!sees(owner, deviceEvent()));
}

BOOST_AUTO_TEST_CASE(the_own_list_is_made_from_what_is_visible) {
    const auto targets = api::eventTargetsOf(*directory->user(member->id), *directory, rights);
    BOOST_TEST((std::find(targets.begin(), targets.end(), group->id) != targets.end()));
    BOOST_TEST((std::find(targets.begin(), targets.end(), "server-users") == targets.end()));
    const auto few = api::eventTargetsOf(*directory->user(limited->id), *directory, rights);
    BOOST_TEST((std::find(few.begin(), few.end(), group->id) == few.end()));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(event_feed, EventFixture)

BOOST_AUTO_TEST_CASE(a_change_is_announced_to_who_may_see_it_and_to_nobody_else) {
    auto seeing = signIn("member");
    auto blind = signIn("stranger");
    auto acting = signIn("owner");
    auto otherTab = signIn("owner"); // asking drops what comes before the answer
    const auto answer = acting.ask({{"action", "changedevice"}, {"nodeid", device->id},
                                    {"name", "renamed"}, {"responseid", "r"}});
    BOOST_TEST(text(answer, "result") == "ok");
    const auto event = seeing.awaitEvent("changenode");
    BOOST_TEST(text(event, "nodeid") == device->id);
    BOOST_TEST(text(event.at("node").as_object(), "name") == "renamed");
    BOOST_TEST(text(event, "userid") == owner->id);
    otherTab.awaitEvent("changenode"); // who changed it, too
    BOOST_TEST(!blind.hasEventBeforePong("changenode"));
}

BOOST_AUTO_TEST_CASE(connections_and_power_are_announced_live) {
    auto control = signIn("member");
    const auto token = directory->agentConnected(device->id, "10.0.0.1:5");
    auto event = control.awaitEvent("nodeconnect");
    BOOST_TEST(event.at("conn") == 1);
    BOOST_TEST(text(event, "nodeid") == device->id);
    directory->agentDisconnected(device->id, token);
    BOOST_TEST(control.awaitEvent("nodeconnect").at("conn") == 0);
}

BOOST_AUTO_TEST_CASE(a_new_device_is_announced_without_a_reload) {
    auto control = signIn("member");
    const auto made = enrol(group, "fresh");
    const auto event = control.awaitEvent("addnode");
    BOOST_TEST(text(event, "nodeid") == made->id);
    BOOST_TEST(text(event.at("node").as_object(), "name") == "fresh");
    BOOST_TEST(text(event.at("node").as_object(), "meshid") == group->id);
}

BOOST_AUTO_TEST_CASE(making_and_removing_groups_is_announced_to_their_people) {
    auto control = signIn("owner");
    auto otherTab = signIn("owner"); // asking drops what comes before the answer
    auto other = signIn("stranger");
    const auto made = control.ask({{"action", "createmesh"}, {"meshname", "Office"},
                                   {"meshtype", 2}, {"responseid", "r"}});
    auto event = otherTab.awaitEvent("createmesh");
    BOOST_TEST(text(event.at("mesh").as_object(), "name") == "Office");
    control.ask({{"action", "deletemesh"}, {"meshid", made.at("meshid")}, {"responseid", "r"}});
    event = otherTab.awaitEvent("deletemesh");
    BOOST_TEST(text(event, "name") == "Office");
    BOOST_TEST(!other.hasEventBeforePong("createmesh"));
}

BOOST_AUTO_TEST_CASE(a_removed_device_is_announced_to_who_saw_it) {
    auto control = signIn("member");
    auto acting = signIn("owner");
    acting.ask({{"action", "removedevices"}, {"nodeids", {device->id}}, {"responseid", "r"}});
    BOOST_TEST(text(control.awaitEvent("removenode"), "nodeid") == device->id);
}

BOOST_AUTO_TEST_CASE(new_rights_show_on_the_user_s_own_page) {
    auto control = signIn("stranger");
    auto acting = signIn("owner");
    acting.ask({{"action", "addmeshuser"}, {"meshid", group->id}, {"usernames", {"stranger"}},
                {"meshadmin", 8}, {"responseid", "r"}});
    const auto event = control.awaitEvent("accountchange");
    BOOST_TEST(event.at("account").as_object().at("links").as_object().contains(group->id));
}

BOOST_AUTO_TEST_CASE(connections_of_users_are_counted_for_their_managers) {
    auto control = signIn("manager");
    auto other = signIn("member");
    for (;;) {
        const auto event = control.awaitEvent("wssessioncount");
        if (text(event, "userid") != member->id) continue;
        BOOST_TEST(event.at("count") == 1);
        break;
    }
}

BOOST_AUTO_TEST_CASE(no_event_holds_a_password_hash) {
    auto control = signIn("admin");
    accounts.setPassword(member->id, "another horse 7", admin);
    const auto event = control.awaitEvent("accountchange");
    BOOST_TEST(json::serialize(event).find("argon2") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
