#include "core/api/control/visibility.hpp"

#include <algorithm>

#include <boost/json/value.hpp>

#include "core/model/ids.hpp"

namespace trellis::api {

namespace json = boost::json;

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

constexpr std::string_view kManagers = "server-users";

/// "server-users": who manages all users; "server-users:<realm>": who is bound to that realm.
bool isManagerOf(const model::User& user, std::string_view target) {
    if (target == kManagers)
        return user.realms.empty() || user.isFullAdmin();
    target.remove_prefix(kManagers.size() + 1);
    return std::find(user.realms.begin(), user.realms.end(), target) != user.realms.end();
}

bool seesTarget(const model::User& user, const model::Event& event, const std::string& target,
                const model::Directory& directory, const auth::RightsDecider& rights) {
    if (target == user.id || target == "server-allusers")
        return true;
    if (target == "server-usergroups")
        return rights.maySite(user, model::site::kUserGroups);
    if (target.starts_with(kManagers))
        return rights.maySite(user, model::site::kManageUsers) && isManagerOf(user, target);
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
    if (rights.maySite(user, model::site::kManageUsers)) {
        if (user.realms.empty())
            targets.emplace_back(kManagers);
        for (const auto& realm : user.realms)
            targets.push_back(std::string(kManagers) + ":" + realm);
    }
    const auto addUnlessLimited = [&](const std::string& id) {
        if (!rights.rightsOf(user.id, id).isRestricted(model::right::kLimitEvents))
            targets.push_back(id);
    };
    for (const auto& group : rights.visibleGroups(user))
        addUnlessLimited(group->id);
    for (const auto& [id, right] : user.links)
        if (model::parseId(model::IdKind::Device, id))
            addUnlessLimited(id);
    // What happened to a user group is listed only for who manages them: see shownTo().
    if (!rights.maySite(user, model::site::kUserGroups))
        return targets;
    targets.emplace_back("server-usergroups");
    for (const auto& group : directory.userGroups(user.domain))
        if (group->users.contains(user.id))
            targets.push_back(group->id);
    return targets;
}

json::object shownTo(const model::User& user, json::object event,
                     const auth::RightsDecider& rights) {
    const auto* etype = event.if_contains("etype");
    if (!etype || *etype != "ugrp" || rights.maySite(user, model::site::kUserGroups))
        return event;
    json::object less;
    for (const auto* name :
         {"etype", "ugrpid", "domain", "time", "name", "action", "username", "h"})
        if (const auto* value = event.if_contains(name))
            less[name] = *value;
    const auto* links = event.if_contains("links");
    if (links && links->is_object()) {
        json::object own;
        for (const auto& link : links->get_object())
            if (!link.key().starts_with("user/") || link.key() == user.id)
                own[link.key()] = link.value();
        less["links"] = std::move(own);
    }
    return less;
}

} // namespace trellis::api
