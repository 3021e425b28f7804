// More than 100,000 decisions against a second, plain model of the rules.
#include "rights_world.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

using namespace trellis;
using namespace trellis::test;

namespace {

struct Comparison : RightsWorld {
    std::size_t cases = 0;

    void compare(const model::User& user, const Machine& machine, const RightsCase& given) {
        const auto rights = decider->rightsOf(user, *machine.record);
        const auto expected = expectedOnDevice(given);
        ++cases;
        if (expected == ExpectedRights{rights.bits, rights.isVisible})
            return;
        const auto small = shrunk(given, isMisjudged);
        BOOST_FAIL("TRELLIS_SEED=" << seed << ": decided 0x" << std::hex << rights.bits
                                   << ", the rules say 0x" << expected.bits << " for "
                                   << given.text() << "\nsmallest: " << small.text()
                                   << "\n decided 0x" << std::hex << decide(small).bits
                                   << ", the rules say 0x" << expectedOnDevice(small).bits);
    }

    void compareAll() {
        for (const auto& id : users) {
            const auto user = directory->user(id);
            std::set<std::string> visible;
            for (const auto& machine : machines) {
                const auto given = caseOf(*user, machine);
                compare(*user, machine, given);
                compareForged(*user, machine, given);
                if (expectedOnDevice(given).isVisible)
                    visible.insert(machine.record->id);
            }
            compareGroups(*user);
            std::set<std::string> listed;
            for (const auto& device : decider->visibleDevices(*user))
                listed.insert(device->id);
            BOOST_REQUIRE_MESSAGE(listed == visible, "TRELLIS_SEED=" << seed << " list of " << id);
        }
    }

    /// A record with links that the directory would never store: to what is gone and what is of
    /// another tenant.
    void compareForged(model::User user, const Machine& machine, RightsCase given) {
        if (!given.isOtherTenant && !given.isGroupHidden)
            return;
        user.links[machine.record->id] = given.onDevice.emplace(bits());
        user.links[machine.record->groupId] = given.onGroup.emplace(bits());
        compare(user, machine, given);
    }

    void compareGroups(const model::User& user) {
        for (const auto& id : groups) {
            const auto group = directory->group(id);
            const auto expected = expectedOnGroup(caseOf(user, id));
            const auto rights = decider->rightsOf(user.id, id);
            BOOST_REQUIRE_MESSAGE((expected == ExpectedRights{rights.bits, rights.isVisible}),
                                  "TRELLIS_SEED=" << seed << ' ' << user.id << " on " << id << ": "
                                                  << caseOf(user, id).text());
            if (group)
                BOOST_REQUIRE_EQUAL(decider->rightsOf(user, *group).bits, expected.bits);
            ++cases;
        }
    }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(random_worlds_agree_with_the_model, Comparison) {
    while (cases < 110'000) {
        change();
        compareAll();
    }
    restart(); // and once as another server would read it
    decider = std::make_unique<auth::RightsDecider>(*directory, options);
    compareAll();
}

BOOST_AUTO_TEST_CASE(a_difference_is_shrunk_to_what_causes_it) {
    RightsCase given;
    given.siteRights = 0x43;
    given.removeRights = 0x40;
    given.onGroup = 0x10018;
    given.onDevice = 8;
    given.userGroups = {{true, 0x200U, 0x40U}, {true, {}, 0x18U}};
    const auto small = shrunk(given, [](const RightsCase& each) {
        return (expectedOnDevice(each).bits & 0x210U) == 0x210U; // a terminal's right and its ban
    });
    RightsCase expected;
    expected.userGroups = {{true, 0x200U, {}}, {true, {}, 0x10U}};
    if (small.onGroup) { // it held the right as well; either of the two is enough
        expected.onGroup = 0x10;
        expected.userGroups.pop_back();
    }
    BOOST_TEST(small.text() == expected.text());
    BOOST_TEST(!isMisjudged(given));
}
