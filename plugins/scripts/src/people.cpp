#include "people.hpp"

#include <algorithm>

#include <trellis/sdk/rights.hpp>

namespace scripts {

using namespace trellis::sdk;

Owner People::ownerOf(const Caller& caller) {
    return {caller.isLocalAdmin ? std::string() : caller.userId, caller.userName, caller.domain};
}

bool People::mayRun(const std::string& userId, const std::string& deviceId) const {
    const auto rights = directory_->rights(userId, deviceId);
    return rights && (*rights & device_right::kRemoteCommand) != 0;
}

bool People::mayRun(const Owner& owner, const std::string& deviceId) const {
    if (!owner.isLocalAdmin())
        return mayRun(owner.userId, deviceId);
    const auto device = directory_->device(deviceId);
    return device && device->domain == owner.domain;
}

bool People::isAdmin(const Owner& owner) const {
    if (owner.isLocalAdmin())
        return true;
    const auto user = directory_->user(owner.userId);
    return user && !user->isLocked && user->siteRights == site_right::kAdmin;
}

bool People::isAmong(const Owner& owner, const json::array& entries) const {
    const auto user = directory_->user(owner.userId);
    if (!user || user->isLocked)
        return false;
    return std::any_of(entries.begin(), entries.end(), [&](const auto& entry) {
        const auto& id = entry.as_string();
        return id == "*" || id == std::string_view(user->id) ||
               std::find(user->userGroups.begin(), user->userGroups.end(), std::string(id)) !=
                   user->userGroups.end();
    });
}

} // namespace scripts
