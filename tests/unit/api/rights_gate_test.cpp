// What every registered command asks of its caller before its own code runs: each bit that it
// needs, each that forbids it, for every kind of id.
#include <boost/test/unit_test.hpp>

#include "../auth/rights_world.hpp"
#include "command_fixture.hpp"
#include "probe_dispatcher.hpp"

using namespace trellis;
using namespace trellis::test;
using sdk::Scope;

namespace {

constexpr std::uint32_t kLocked = sdk::site_right::kLocked;
constexpr std::uint32_t kServerBits = 1 + 4 + 16; // backup, restore, update: section 4.1

struct Gates : CommandFixture {
    ProbeDispatcher probe{dispatcher.commands(),
                          {&access, &audit, &timers, &pool, &decisions, &telemetry::log("t")}};
    model::UserPtr subject = account("subject");

    std::vector<api::CommandInfo> withScope(std::initializer_list<Scope> scopes) {
        std::vector<api::CommandInfo> found;
        for (auto& info : dispatcher.commands())
            for (const auto scope : scopes)
                if (info.spec->command.requires_.scope == scope)
                    found.push_back(info);
        return found;
    }
    sdk::Caller withSite(std::uint32_t bits, const std::string& domain = "") {
        auto caller = callerFor(*subject);
        caller.siteRights = bits;
        caller.domain = domain;
        return caller;
    }
    bool passesOn(const sdk::CommandSpec& command, const std::string& id) {
        return probe.passes(callerFor(*directory->user(subject->id)), command.name,
                            {{argumentOf(command.requires_), id}});
    }
    std::string idFor(const sdk::Requirement& need) const {
        return need.scope == Scope::Device ? device->id : group->id;
    }
    /// Each combination that decides, with the answer that the rules give.
    static std::vector<std::pair<std::uint32_t, bool>> combinations(const sdk::Requirement& need) {
        std::vector<std::pair<std::uint32_t, bool>> all{{need.right, true}, {kEverything, true}};
        for (unsigned bit = 0; bit < 32; ++bit) {
            const auto mask = 1U << bit;
            all.emplace_back(need.right & ~mask,
                             expectedToPass(need.right & ~mask, need.right, need.forbidden));
            all.emplace_back(need.right | mask,
                             expectedToPass(need.right | mask, need.right, need.forbidden));
            all.emplace_back(kEverything & ~mask,
                             expectedToPass(kEverything & ~mask, need.right, need.forbidden));
        }
        return all;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(rights_gate, Gates)

BOOST_AUTO_TEST_CASE(every_site_right_that_a_command_needs_is_asked_for) {
    const auto commands = withScope({Scope::Site});
    BOOST_TEST(commands.size() > 10U);
    for (const auto& info : commands) {
        const auto& need = info.spec->command.requires_;
        for (const auto& [bits, passes] : combinations(need)) {
            const bool isLocked = bits != kEverything && (bits & kLocked) != 0;
            BOOST_TEST(probe.passes(withSite(bits), info.spec->command.name) ==
                           (passes && !isLocked),
                       info.spec->command.name << " with " << bits);
            const bool isServers = (need.right & kServerBits) != 0;
            BOOST_TEST(probe.passes(withSite(bits, "other"), info.spec->command.name) ==
                           (passes && !isLocked && !isServers),
                       info.spec->command.name << " in another tenant with " << bits);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_locked_account_runs_no_command_at_all) {
    for (const auto& info : dispatcher.commands()) {
        const json::object args{{"nodeid", device->id}, {"meshid", group->id}};
        directory->setLink(subject->id, group->id, kEverything);
        BOOST_TEST(!probe.passes(withSite(kLocked), info.spec->command.name, args));
        BOOST_TEST(!probe.passes(withSite(kEverything & ~1U), info.spec->command.name, args));
    }
}

BOOST_AUTO_TEST_CASE(every_right_on_a_device_or_group_is_asked_for) {
    const auto commands = withScope({Scope::Device, Scope::Group});
    BOOST_TEST(commands.size() > 4U);
    for (const auto& info : commands) {
        const auto& command = info.spec->command;
        const auto id = idFor(command.requires_);
        directory->removeLink(subject->id, group->id);
        BOOST_TEST(!passesOn(command, id), command.name << " without a link");
        for (const auto& [bits, passes] : combinations(command.requires_)) {
            directory->setLink(subject->id, group->id, bits);
            const bool isRun = passesOn(command, id);
            BOOST_TEST(isRun == passes, command.name << " with " << bits);
            BOOST_TEST(passesOn(command, shortId(id)) == isRun, command.name << " by short id");
        }
    }
}

BOOST_AUTO_TEST_CASE(ids_of_another_tenant_are_refused_as_unknown_ones_are) {
    model::Group foreign;
    foreign.domain = "other";
    foreign.name = "Foreign";
    const auto foreignGroup = directory->addGroup(std::move(foreign), nullptr);
    const auto foreignDevice = enrol(foreignGroup);
    directory->updateUser(subject->id,
                          [](model::User& user) { user.siteRights = model::site::kFullAdmin; });
    const auto caller = callerFor(*directory->user(subject->id));
    for (const auto& info : withScope({Scope::Device, Scope::Group})) {
        const auto& command = info.spec->command;
        const bool isDevice = command.requires_.scope == Scope::Device;
        const auto kind = isDevice ? model::IdKind::Device : model::IdKind::Group;
        const auto known = isDevice ? foreignDevice->id : foreignGroup->id;
        std::vector<std::string> ids{known, shortId(known), model::newId(kind, "other"),
                                     model::newId(kind, "")};
        std::set<std::string> answers;
        for (const auto& id : ids) {
            const auto refused =
                probe.refusal(caller, command.name, {{argumentOf(command.requires_), id}});
            BOOST_REQUIRE_MESSAGE(refused, command.name << " took " << id);
            answers.insert(std::to_string(static_cast<int>(refused->code())) + refused->what() +
                           refused->field());
        }
        BOOST_TEST(answers.size() == 1U, command.name);
    }
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

/// The probe over a random world's own directory.
struct WorldProbe {
    explicit WorldProbe(RightsWorld& of)
        : world(of), access(*of.directory, *of.decider),
          probe(commands, {&access, &audit, &timers, &pool, nullptr, &telemetry::log("t")}) {}
    ~WorldProbe() {
        timers.stop();
        pool.stop();
    }

    bool expected(const model::User& user, const RightsWorld::Machine& machine,
                  const sdk::Requirement& need) const {
        if (need.scope == Scope::SignedIn || need.scope == Scope::Site) {
            const bool isSite = need.scope == Scope::Site;
            if (isSite && !user.domain.empty() && (need.right & kServerBits) != 0)
                return false;
            return expectedToPassSite(user.siteRights, isSite ? need.right : 0,
                                      isSite ? need.forbidden : 0);
        }
        auto given = need.scope == Scope::Device ? world.caseOf(user, machine)
                                                 : world.caseOf(user, machine.record->groupId);
        given.isDeviceGone = machine.isGone;
        const auto rights =
            need.scope == Scope::Device ? expectedOnDevice(given) : expectedOnGroup(given);
        return rights.isVisible && expectedToPass(rights.bits, need.right, need.forbidden);
    }

    RightsWorld& world;
    std::vector<api::CommandInfo> commands = ApiFixture().dispatcher.commands();
    bus::WorkerPool pool{{1, 100, "test"}};
    bus::Timers timers;
    FakeAudit audit;
    api::DirectoryAccess access;
    ProbeDispatcher probe;
};

} // namespace

BOOST_FIXTURE_TEST_CASE(the_dispatcher_agrees_with_the_model_in_random_worlds, RightsWorld) {
    WorldProbe all(*this);
    std::size_t cases = 0;
    while (cases < 100'000) {
        change();
        for (const auto& id : users) {
            const auto user = directory->user(id);
            const auto caller = callerFor(*user);
            for (const auto& machine : machines) {
                const auto& info = all.commands[pick(all.commands.size())];
                const auto& command = info.spec->command;
                const bool isDevice = command.requires_.scope == Scope::Device;
                const auto& target = isDevice ? machine.record->id : machine.record->groupId;
                const bool isRun = all.probe.passes(caller, command.name,
                                                    {{argumentOf(command.requires_), target}});
                ++cases;
                BOOST_REQUIRE_MESSAGE(isRun == all.expected(*user, machine, command.requires_),
                                      "TRELLIS_SEED=" << seed << ": " << command.name << " by "
                                                      << id << (isRun ? " ran: " : " refused: ")
                                                      << caseOf(*user, machine).text());
            }
        }
    }
}
