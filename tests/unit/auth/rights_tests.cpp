// The decision against a second, naive one, on random worlds.
#include "../model/fixture.hpp"

#include "core/auth/account_service.hpp"
#include "core/auth/rights.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <random>
#include <set>

using namespace trellis;
using namespace trellis::auth;
using namespace trellis::model;

namespace {

using Ids = std::vector<std::string>;

/// What control-protocol.md section 4.2 says, from the list of links alone, spelled out with
/// numbers.
struct Naive {
    std::map<std::pair<std::string, std::string>, std::uint32_t> links;

    std::optional<std::uint32_t> link(const std::string& holder, const std::string& target) const {
        const auto found = links.find({holder, target});
        if (found == links.end())
            return {};
        return found->second;
    }

    std::pair<std::uint32_t, bool> decide(const User& user, const std::string& device,
                                          const std::string& group) const {
        std::vector<std::uint32_t> found;
        const auto add = [&](const std::string& holder, const std::string& target) {
            if (target.empty())
                return;
            if (const auto rights = link(holder, target))
                found.push_back(*rights);
        };
        if ((user.siteRights & 32) != 0 && user.siteRights != 4294967295U)
            return {0, false};
        add(user.id, device);
        add(user.id, group);
        for (const auto& [sides, rights] : links) {
            if (sides.first != user.id || sides.second.substr(0, 4) != "ugrp")
                continue;
            add(sides.second, group);
            add(sides.second, device);
        }
        if (found.empty())
            return {0, false};
        std::uint32_t bits = 0;
        for (const auto rights : found) {
            if (rights == 4294967295U)
                return {reduce(4294967295U, user.removeRights), true};
            for (int bit = 0; bit < 22; ++bit)
                if ((rights >> bit & 1) != 0)
                    bits |= 1U << bit;
        }
        return {reduce(bits, user.removeRights), true};
    }

    static std::uint32_t reduce(std::uint32_t bits, std::uint32_t removed) {
        const std::array<std::uint32_t, 6> minus = {8, 16, 64, 32768, 131072, 262144};
        const std::array<std::uint32_t, 4> plus = {256, 512, 1024, 65536};
        bool touches = false;
        for (const auto bit : minus)
            touches = touches || (removed & bit) != 0;
        for (const auto bit : plus)
            touches = touches || (removed & bit) != 0;
        if (!touches)
            return bits;
        if (bits == 4294967295U)
            bits =
                1 + 2 + 4 + 8 + 32 + 64 + 128 + 16384 + 32768 + 131072 + 262144 + 524288 + 1048576;
        for (const auto bit : minus)
            if ((removed & bit) != 0)
                bits &= ~bit;
        for (const auto bit : plus)
            if ((removed & bit) != 0)
                bits |= bit;
        return bits;
    }
};

struct World : test::DirectoryFixture {
    std::mt19937 random{20231114};
    std::unique_ptr<RightsDecider> decider = std::make_unique<RightsDecider>(*directory);
    Naive naive;
    Ids users, teams, groups, devices;

    std::uint32_t pick(std::uint32_t below) { return std::uint32_t(random() % below); }
    const std::string& one(const Ids& ids) { return ids[pick(std::uint32_t(ids.size()))]; }

    std::uint32_t randomRights() {
        switch (pick(8)) {
        case 0:
            return 0xFFFFFFFF;
        case 1:
            return 0;
        case 2:
            return 0x7FFFFFFF;
        case 3:
            return 0x80000000;
        case 4:
            return 1U << pick(32);
        default:
            return std::uint32_t(random()) & std::uint32_t(random());
        }
    }

    void build() {
        const std::array<SiteRights, 5> site = {0, 32, 2, 0xFFFFFFFF, 4096};
        for (int i = 0; i < 12; ++i) {
            User user;
            user.name = "u" + std::to_string(i);
            user.siteRights = site[std::size_t(i) % site.size()];
            user.removeRights = i % 3 == 0 ? std::uint32_t(random()) : 0;
            users.push_back(directory->addUser(user)->id);
        }
        for (int i = 0; i < 4; ++i) {
            UserGroup team;
            team.name = "t" + std::to_string(i);
            teams.push_back(directory->addUserGroup(team)->id);
        }
        for (int i = 0; i < 5; ++i)
            groups.push_back(addGroup(nullptr)->id);
        for (int i = 0; i < 20; ++i)
            devices.push_back(enrol(directory->group(one(groups)))->id);
    }

    void changeLinks() {
        for (int i = 0; i < 25; ++i) {
            const bool isTeam = pick(3) == 0;
            const auto& holder = isTeam ? one(teams) : one(users);
            auto kind = pick(isTeam ? 2 : 3);
            const auto& target = kind == 0 ? one(groups) : kind == 1 ? one(devices) : one(teams);
            if (pick(3) == 0) {
                directory->removeLink(holder, target);
                naive.links.erase({holder, target});
            } else {
                const auto rights = kind == 2 ? 1 : randomRights();
                directory->setLink(holder, target, rights);
                naive.links[{holder, target}] = rights;
            }
        }
    }

    std::size_t compareAll() {
        std::size_t cases = 0;
        for (const auto& id : users) {
            const auto user = directory->user(id);
            std::set<std::string> visible;
            for (const auto& deviceId : devices) {
                const auto device = directory->device(deviceId);
                const auto expected = naive.decide(*user, deviceId, device->groupId);
                const auto rights = decider->rightsOf(*user, *device);
                BOOST_REQUIRE_EQUAL(rights.bits, expected.first);
                BOOST_REQUIRE_EQUAL(rights.isVisible, expected.second);
                const auto needed = randomRights() & 0x3FFFFF;
                BOOST_REQUIRE_EQUAL(decider->may(*user, *device, needed),
                                    expected.second && (expected.first & needed) == needed);
                if (expected.second)
                    visible.insert(deviceId);
                ++cases;
            }
            for (const auto& groupId : groups) {
                const auto expected = naive.decide(*user, {}, groupId);
                const auto rights = decider->rightsOf(*user, *directory->group(groupId));
                BOOST_REQUIRE_EQUAL(rights.bits, expected.first);
                BOOST_REQUIRE_EQUAL(rights.isVisible, expected.second);
                ++cases;
            }
            std::set<std::string> listed;
            for (const auto& device : decider->visibleDevices(*user))
                listed.insert(device->id);
            BOOST_REQUIRE(listed == visible);
        }
        return cases;
    }
};

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

BOOST_FIXTURE_TEST_CASE(random_worlds_agree_with_the_naive_model, World) {
    build();
    std::size_t cases = 0;
    for (int round = 0; round < 60; ++round) {
        changeLinks();
        cases += compareAll();
    }
    restart();
    decider = std::make_unique<RightsDecider>(*directory);
    cases += compareAll();
    BOOST_TEST(cases > 10'000U);
}

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
