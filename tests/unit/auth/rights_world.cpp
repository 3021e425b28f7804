#include "rights_world.hpp"

#include <cstdlib>
#include <set>

namespace trellis::test {

using model::IdKind;

std::uint64_t rightsSeed() {
    if (const char* given = std::getenv("TRELLIS_SEED"))
        return std::strtoull(given, nullptr, 10);
    return std::random_device{}();
}

RightsWorld::RightsWorld() {
    for (const std::string domain : {"", "other"}) {
        addPeople(domain, domain.empty() ? 32 : 12);
        addThings(domain);
    }
    const auto hidden = directory->group(groups.front());
    for (auto& machine : machines)
        machine.isGone = machine.record->groupId == hidden->id;
    directory->removeGroup(hidden->id);
    options.manageAll = {users[3], users[5], teams[0]};
    decider = std::make_unique<auth::RightsDecider>(*directory, options);
    for (int i = 0; i < 200; ++i)
        changeLink();
}

void RightsWorld::addPeople(const std::string& domain, int count) {
    for (int i = 0; i < count; ++i) {
        model::User user;
        user.domain = domain;
        user.name = "u" + std::to_string(i);
        user.siteRights = i % 5 == 0 ? model::site::kFullAdmin : 0;
        users.push_back(directory->addUser(user)->id);
    }
    for (int i = 0; i < 4; ++i) {
        model::UserGroup team;
        team.domain = domain;
        team.name = "t" + std::to_string(i);
        teams.push_back(directory->addUserGroup(team)->id);
    }
}

void RightsWorld::addThings(const std::string& domain) {
    for (int i = 0; i < 5; ++i) {
        model::Group group;
        group.domain = domain;
        group.name = "g" + std::to_string(i);
        const auto made = directory->addGroup(std::move(group), nullptr);
        groups.push_back(made->id);
        for (int k = 0; k < 6; ++k)
            machines.push_back({enrol(made)});
    }
}

std::uint32_t RightsWorld::bits() {
    switch (pick(8)) {
    case 0:
        return kEverything;
    case 1:
        return 0;
    case 2:
        return 0x7FFFFFFF;
    case 3:
        return 0x80000000;
    case 4:
        return 1U << pick(32);
    default:
        return static_cast<std::uint32_t>(random() & random());
    }
}

void RightsWorld::changeLink() {
    const bool isTeam = pick(3) == 0;
    const auto& holder = isTeam ? teams[pick(teams.size())] : users[pick(users.size())];
    const auto kind = pick(isTeam ? 2 : 3);
    const auto& machine = machines[pick(machines.size())];
    const auto& target = kind == 0   ? groups[pick(groups.size())]
                         : kind == 1 ? machine.record->id
                                     : teams[pick(teams.size())];
    if (model::domainOf(holder) != model::domainOf(target) || target == groups.front() ||
        (kind == 1 && machine.isGone))
        return;
    if (pick(4) == 0) {
        directory->removeLink(holder, target);
        links.erase({holder, target});
        return;
    }
    const auto rights = kind == 2 ? 1 : bits();
    directory->setLink(holder, target, rights);
    links[{holder, target}] = rights;
}

void RightsWorld::changeUser() {
    const std::uint32_t site = pick(3) == 0   ? kEverything
                               : pick(3) == 0 ? model::site::kLocked | bits()
                                              : bits() & ~model::site::kLocked;
    const auto removed = pick(3) == 0 ? bits() : 0;
    directory->updateUser(users[pick(users.size())], [&](model::User& user) {
        user.siteRights = site;
        user.removeRights = removed;
    });
}

void RightsWorld::change() {
    for (int i = 0; i < 40; ++i)
        changeLink();
    for (int i = 0; i < 8; ++i)
        changeUser();
}

std::optional<std::uint32_t> RightsWorld::link(const std::string& holder,
                                               const std::string& target) const {
    const auto found = links.find({holder, target});
    return found == links.end() ? std::nullopt : std::optional(found->second);
}

RightsCase RightsWorld::standing(const model::User& user, const std::string& domain) const {
    RightsCase found;
    found.siteRights = user.siteRights;
    found.removeRights = user.removeRights;
    found.isOtherTenant = user.domain != domain;
    if (options.manageAll.contains(user.id))
        found.manageAll = RightsCase::ManageAll::User;
    else if (link(user.id, teams[0]))
        found.manageAll = RightsCase::ManageAll::UserGroup;
    return found;
}

RightsCase RightsWorld::caseOf(const model::User& user, const std::string& groupId) const {
    auto found = standing(user, std::string(model::domainOf(groupId)));
    found.isGroupHidden = groupId == groups.front();
    found.onGroup = link(user.id, groupId);
    for (const auto& team : teams)
        if (link(user.id, team))
            found.userGroups.push_back({true, link(team, groupId), {}});
    return found;
}

RightsCase RightsWorld::caseOf(const model::User& user, const Machine& machine) const {
    auto found = caseOf(user, machine.record->groupId);
    found.onDevice = link(user.id, machine.record->id);
    auto each = found.userGroups.begin();
    for (const auto& team : teams)
        if (link(user.id, team))
            (each++)->onDevice = link(team, machine.record->id);
    return found;
}

// ---- one case alone -----------------------------------------------------------------------------

namespace {

/// A directory with one group, its device, and one user of the case.
struct Alone : DirectoryFixture {
    explicit Alone(const RightsCase& given) {
        const auto group = addGroup(nullptr);
        device = enrol(group);
        user.domain = given.isOtherTenant ? "other" : "";
        user.name = "u";
        user.id = model::userId(user.domain, user.name);
        user.siteRights = given.siteRights;
        user.removeRights = given.removeRights;
        link(user.links, group->id, given.onGroup);
        link(user.links, device->id, given.onDevice);
        for (const auto& each : given.userGroups)
            join(each, group->id);
        if (given.manageAll == RightsCase::ManageAll::User)
            options.manageAll = {user.id};
        if (given.manageAll == RightsCase::ManageAll::UserGroup && !teams.empty())
            options.manageAll = {teams.front()};
        if (given.isGroupHidden)
            directory->removeGroup(group->id);
    }
    static void link(model::LinkMap& links, const std::string& id,
                     const std::optional<std::uint32_t>& rights) {
        if (rights)
            links[id] = *rights;
    }
    void join(const RightsCase::ByUserGroup& each, const std::string& groupId) {
        model::UserGroup made;
        made.name = "t";
        const auto team = directory->addUserGroup(std::move(made));
        teams.push_back(team->id);
        if (each.isMember)
            user.links[team->id] = 1;
        if (each.onGroup)
            directory->setLink(team->id, groupId, *each.onGroup);
        if (each.onDevice)
            directory->setLink(team->id, device->id, *each.onDevice);
    }
    model::DevicePtr device;
    model::User user;
    std::vector<std::string> teams;
    auth::RightsOptions options;
};

void addSmallerLinks(std::vector<RightsCase>& list, RightsCase given, const auto& memberOf) {
    const auto value = memberOf(given);
    if (!value)
        return;
    list.push_back(given);
    memberOf(list.back()).reset();
    for (unsigned bit = 0; bit < 32; ++bit) {
        if ((*value >> bit & 1U) == 0)
            continue;
        list.push_back(given);
        memberOf(list.back()) = *value & ~(1U << bit);
    }
}

std::vector<RightsCase> smaller(const RightsCase& given) {
    std::vector<RightsCase> list;
    const auto with = [&](auto change) {
        list.push_back(given);
        change(list.back());
    };
    for (std::size_t i = 0; i < given.userGroups.size(); ++i)
        with([&](RightsCase& c) { c.userGroups.erase(c.userGroups.begin() + std::ptrdiff_t(i)); });
    if (given.manageAll != RightsCase::ManageAll::No)
        with([](RightsCase& c) { c.manageAll = RightsCase::ManageAll::No; });
    for (unsigned bit = 0; bit < 32; ++bit) {
        if ((given.siteRights >> bit & 1U) != 0)
            with([&](RightsCase& c) { c.siteRights &= ~(1U << bit); });
        if ((given.removeRights >> bit & 1U) != 0)
            with([&](RightsCase& c) { c.removeRights &= ~(1U << bit); });
    }
    addSmallerLinks(
        list, given, [](RightsCase & c) -> auto& { return c.onDevice; });
    addSmallerLinks(
        list, given, [](RightsCase & c) -> auto& { return c.onGroup; });
    for (std::size_t i = 0; i < given.userGroups.size(); ++i) {
        addSmallerLinks(
            list, given, [i](RightsCase & c) -> auto& { return c.userGroups[i].onGroup; });
        addSmallerLinks(
            list, given, [i](RightsCase & c) -> auto& { return c.userGroups[i].onDevice; });
    }
    return list;
}

} // namespace

ExpectedRights decide(const RightsCase& given) {
    const Alone world(given);
    const auto rights =
        auth::RightsDecider(*world.directory, world.options).rightsOf(world.user, *world.device);
    return {rights.bits, rights.isVisible};
}

bool isMisjudged(const RightsCase& given) {
    return !(decide(given) == expectedOnDevice(given));
}

RightsCase shrunk(RightsCase given, const std::function<bool(const RightsCase&)>& differs) {
    if (!differs(given))
        return given; // fails only among others; nothing to take away
    for (bool isSmaller = true; isSmaller;) {
        isSmaller = false;
        for (auto& each : smaller(given)) {
            if (!differs(each))
                continue;
            given = std::move(each);
            isSmaller = true;
            break;
        }
    }
    return given;
}

} // namespace trellis::test
