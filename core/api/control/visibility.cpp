#include "core/api/control/visibility.hpp"

#include "core/model/ids.hpp"

namespace trellis::api {

namespace {

/// An event about a device or group: any link shows it, unless the right says "own events only".
bool seesThing(const model::User& user, const model::Event& event, const std::string& id,
               const auth::RightsDecider& rights) {
    const auto held = rights.rightsOf(user.id, id);
    if (!held.isVisible)
        return false;
    if (!held.isRestricted(model::right::kLimitEvents))
        return true;
    return event.userId.empty() || event.userId == user.id;
}

bool isMember(const model::User& user, const std::string& groupId,
              const model::Directory& directory) {
    const auto group = directory.userGroup(groupId);
    return group && group->users.contains(user.id);
}

bool seesTarget(const model::User& user, const model::Event& event, const std::string& target,
                const model::Directory& directory, const auth::RightsDecider& rights) {
    if (target == user.id || target == "server-allusers")
        return true;
    if (target == "server-users")
        return rights.maySite(user, model::site::kManageUsers);
    const auto id = model::parseId(target);
    if (!id || id->domain != user.domain)
        return false;
    if (id->kind == model::IdKind::UserGroup)
        return isMember(user, target, directory);
    if (id->kind == model::IdKind::User)
        return false;
    return seesThing(user, event, target, rights);
}

} // namespace

bool maySeeEvent(const model::User& user, const model::Event& event,
                 const model::Directory& directory, const auth::RightsDecider& rights) {
    if (user.isLocked() || event.domain != user.domain)
        return false;
    if (rights.maySite(user, model::site::kAllEvents))
        return true;
    if (event.userId == user.id)
        return true;
    for (const auto& target : event.targets)
        if (seesTarget(user, event, target, directory, rights))
            return true;
    if (!event.deviceId.empty() && seesThing(user, event, event.deviceId, rights))
        return true;
    return !event.groupId.empty() && event.deviceId.empty() &&
           seesThing(user, event, event.groupId, rights);
}

std::vector<std::string> eventTargetsOf(const model::User& user, const model::Directory& directory,
                                        const auth::RightsDecider& rights) {
    if (rights.maySite(user, model::site::kAllEvents))
        return {"*"};
    std::vector<std::string> targets{user.id, "server-allusers"};
    if (rights.maySite(user, model::site::kManageUsers))
        targets.emplace_back("server-users");
    const auto addUnlessLimited = [&](const std::string& id) {
        if (!rights.rightsOf(user.id, id).isRestricted(model::right::kLimitEvents))
            targets.push_back(id);
    };
    for (const auto& group : rights.visibleGroups(user))
        addUnlessLimited(group->id);
    for (const auto& [id, right] : user.links)
        if (model::parseId(model::IdKind::Device, id))
            addUnlessLimited(id);
    for (const auto& group : directory.userGroups(user.domain))
        if (group->users.contains(user.id))
            targets.push_back(group->id);
    return targets;
}

} // namespace trellis::api
