// Each rule by itself; rights_generated_tests.cpp has them all at once.
#include "../model/fixture.hpp"

#include "core/auth/account_service.hpp"
#include "core/auth/rights.hpp"

#include <boost/test/unit_test.hpp>

using namespace trellis;
using namespace trellis::auth;
using namespace trellis::model;

namespace {

struct Small : test::DirectoryFixture {
    RightsDecider decider{*directory};
    UserPtr joe = addUser("joe");
    UserPtr eve = addUser("eve");
    GroupPtr group = addGroup(joe);
    DevicePtr device = enrol(group);

    UserPtr now(const UserPtr& user) { return directory->user(user->id); }
    void give(const UserPtr& user, const std::string& target, model::Rights rights) {
        directory->setLink(user->id, target, rights);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(rights, Small)

BOOST_AUTO_TEST_CASE(nothing_is_allowed_by_default) {
    for (const auto rights : {SiteRights{0}, site::kManageUsers, site::kFullAdmin}) {
        directory->updateUser(eve->id, [&](User& user) { user.siteRights = rights; });
        BOOST_TEST(!decider.rightsOf(*now(eve), *device).isVisible);
        BOOST_TEST(decider.rightsOf(*now(eve), *group).bits == 0U);
        BOOST_TEST(!decider.may(*now(eve), *device, model::Rights{0}));
        BOOST_TEST(decider.visibleDevices(*now(eve)).empty());
        for (const auto use : {Use::Terminal, Use::Desktop, Use::Files, Use::RunCommand, Use::Amt})
            BOOST_TEST(!decider.may(*now(eve), *device, use));
    }
}

BOOST_AUTO_TEST_CASE(unknown_names_have_nothing) {
    BOOST_TEST(!decider.rightsOf("user//nobody", device->id).isVisible);
    BOOST_TEST(!decider.rightsOf(joe->id, newId(IdKind::Device, "")).isVisible);
    BOOST_TEST(!decider.rightsOf(joe->id, joe->id).isVisible);
    BOOST_TEST(!decider.rightsOf("", "").isVisible);
    BOOST_TEST(decider.rightsOf(joe->id, device->id).isGroupAdmin());
}

BOOST_AUTO_TEST_CASE(a_locked_user_has_nothing_and_a_full_admin_is_never_locked) {
    directory->updateUser(joe->id, [](User& user) { user.siteRights = site::kLocked; });
    BOOST_TEST(!decider.rightsOf(*now(joe), *device).isVisible);
    BOOST_TEST(!decider.maySite(*now(joe), site::kLocked));
    directory->updateUser(joe->id, [](User& user) { user.siteRights = site::kFullAdmin; });
    BOOST_TEST(decider.rightsOf(*now(joe), *device).isGroupAdmin());
    BOOST_TEST(!decider.isLimited(*now(joe), site::kNoNewGroups));
}

BOOST_AUTO_TEST_CASE(a_link_in_another_domain_counts_for_nothing) {
    User foreign = *now(joe);
    foreign.domain = "other";
    BOOST_TEST(!decider.rightsOf(foreign, *device).isVisible);
    BOOST_TEST(!decider.rightsOf(foreign, *group).isVisible);
}

BOOST_AUTO_TEST_CASE(two_links_cannot_add_up_to_an_administrator) {
    give(eve, group->id, 0x7FFFFFFF);
    give(eve, device->id, 0x80000000);
    BOOST_TEST(decider.rightsOf(*now(eve), *device).bits == right::kKnown);
    BOOST_TEST(!decider.rightsOf(*now(eve), *device).isGroupAdmin());
}

BOOST_AUTO_TEST_CASE(restrictions_add_up_and_beat_the_right) {
    give(eve, group->id, right::kRemoteControl);
    BOOST_TEST(decider.may(*now(eve), *device, Use::Terminal));
    give(eve, device->id, right::kRemoteControl | right::kNoTerminal);
    BOOST_TEST(!decider.may(*now(eve), *device, Use::Terminal));
    BOOST_TEST(decider.may(*now(eve), *device, Use::Files));
    give(eve, device->id, right::kViewOnly | right::kNoFiles | right::kNoAmt);
    BOOST_TEST(decider.may(*now(eve), *device, Use::Desktop));
    BOOST_TEST(!decider.may(*now(eve), *device, Use::DesktopInput));
    BOOST_TEST(!decider.may(*now(eve), *device, Use::Files));
    BOOST_TEST(!decider.may(*now(eve), *device, Use::Amt));
    BOOST_TEST(!decider.may(*now(eve), *device, Use::RunCommand));
    give(eve, device->id, right::kNoDesktop);
    BOOST_TEST(!decider.may(*now(eve), *device, Use::Desktop));
}

BOOST_AUTO_TEST_CASE(a_group_admin_is_not_restricted) {
    give(eve, group->id, right::kGroupAdmin);
    give(eve, device->id, right::kRestrictions);
    BOOST_TEST(decider.may(*now(eve), *device, Use::Terminal));
    BOOST_TEST(!decider.rightsOf(*now(eve), *device).isRestricted(right::kNoTerminal));
    directory->updateUser(eve->id, [](User& user) { user.removeRights = right::kNoTerminal; });
    BOOST_TEST(!decider.may(*now(eve), *device, Use::Terminal));
    BOOST_TEST(!decider.rightsOf(*now(eve), *device).isGroupAdmin());
}

BOOST_AUTO_TEST_CASE(rights_end_with_the_link_the_membership_and_the_group) {
    UserGroup team;
    team.name = "Team";
    const auto teamId = directory->addUserGroup(team)->id;
    directory->setLink(eve->id, teamId, 1);
    directory->setLink(teamId, group->id, right::kRemoteControl);
    BOOST_TEST(decider.may(*now(eve), *device, right::kRemoteControl));
    directory->removeLink(eve->id, teamId);
    BOOST_TEST(!decider.may(*now(eve), *device, right::kRemoteControl));
    directory->setLink(eve->id, teamId, 1);
    directory->removeLink(teamId, group->id);
    BOOST_TEST(!decider.rightsOf(*now(eve), *device).isVisible);
    directory->setLink(teamId, device->id, right::kRemoteControl);
    BOOST_TEST(decider.may(*now(eve), *device, right::kRemoteControl));
    BOOST_TEST(!decider.rightsOf(*now(eve), *group).isVisible);
    directory->removeUserGroup(teamId);
    BOOST_TEST(!decider.rightsOf(*now(eve), *device).isVisible);
    give(eve, group->id, right::kGroupAdmin);
    directory->removeGroup(group->id);
    BOOST_TEST(!decider.rightsOf(*now(eve), *device).isVisible);
    BOOST_TEST(!decider.rightsOf(*now(eve), *group).isVisible);
}

BOOST_AUTO_TEST_CASE(only_listed_full_admins_manage_all_groups) {
    const RightsDecider listed(*directory, {{eve->id}, 0});
    BOOST_TEST(!listed.rightsOf(*eve, *device).isVisible); // listed, but no full admin
    directory->updateUser(eve->id, [](User& user) { user.siteRights = site::kFullAdmin; });
    BOOST_TEST(listed.rightsOf(*now(eve), *device).isGroupAdmin());
    BOOST_TEST(listed.visibleGroups(*now(eve)).size() == 1U);
    BOOST_TEST(listed.visibleDevices(*now(eve)).size() == 1U);
    BOOST_TEST(!decider.rightsOf(*now(eve), *device).isVisible);
}

BOOST_AUTO_TEST_CASE(consent_of_all_sides_adds_up) {
    UserGroup team;
    team.name = "Team";
    team.consent = consent::kPrivacyBar;
    const auto teamId = directory->addUserGroup(team)->id;
    directory->setLink(eve->id, teamId, 1);
    directory->setLink(teamId, group->id, right::kRemoteControl);
    directory->updateUser(eve->id, [](User& user) { user.consent = consent::kNotifyFiles; });
    directory->updateGroup(group->id, [](Group& it) { it.consent = consent::kAskDesktop; });
    directory->updateDevice(device->id, [](Device& it) { it.consent = consent::kAskTerminal; });
    const RightsDecider strict(*directory, {{}, consent::kNotifyDesktop});
    const auto record = directory->device(device->id);
    BOOST_TEST(strict.consentOf(*now(eve), *record) ==
               (consent::kPrivacyBar | consent::kNotifyFiles | consent::kAskDesktop |
                consent::kAskTerminal | consent::kNotifyDesktop));
    directory->setLink(eve->id, group->id, 0); // now there is a direct way in
    BOOST_TEST((strict.consentOf(*now(eve), *record) & consent::kPrivacyBar) == 0U);
}

BOOST_AUTO_TEST_CASE(site_rights_are_given_within_limits) {
    User manager;
    manager.siteRights = site::kManageUsers | site::kRecordings;
    User admin;
    admin.siteRights = site::kFullAdmin;
    User nobody;
    BOOST_TEST(mayGiveSiteRights(admin, 0, site::kFullAdmin, true));
    BOOST_TEST(!mayGiveSiteRights(nobody, 0, site::kLocked, false));
    BOOST_TEST(mayGiveSiteRights(manager, 0, site::kLocked | site::kNoTools, true));
    BOOST_TEST(!mayGiveSiteRights(manager, 0, site::kManageUsers, true));
    BOOST_TEST(mayGiveSiteRights(manager, 0, site::kManageUsers | site::kRecordings, false));
    BOOST_TEST(!mayGiveSiteRights(manager, 0, site::kUserGroups, false));
    BOOST_TEST(!mayGiveSiteRights(manager, 0, site::kFullAdmin, false));
    BOOST_TEST(!mayGiveSiteRights(manager, site::kFullAdmin, 0, false));
    BOOST_TEST(!mayGiveSiteRights(manager, site::kFullAdmin, ~site::kLocked, false));
    BOOST_TEST(!mayGiveSiteRights(manager, site::kBackup, 0, false));
    manager.siteRights |= site::kLocked;
    BOOST_TEST(!mayGiveSiteRights(manager, 0, site::kLocked, false));
}

BOOST_AUTO_TEST_SUITE_END()
