#include "core/api/access.hpp"

#include "core/auth/rights.hpp"
#include "core/model/directory.hpp"
#include "core/model/ids.hpp"

namespace trellis::api {

Access DirectoryAccess::device(const sdk::Caller& caller, const std::string& deviceId) const {
    const auto device = directory_.device(deviceId);
    if (!device || device->domain != caller.domain)
        return {};
    if (caller.isLocalAdmin)
        return {true, model::right::kGroupAdmin, device->groupId};
    const auto user = directory_.user(caller.userId);
    if (!user)
        return {};
    const auto rights = rights_.rightsOf(*user, *device);
    return {rights.isVisible, rights.bits, device->groupId};
}

Access DirectoryAccess::group(const sdk::Caller& caller, const std::string& groupId) const {
    const auto group = directory_.group(groupId);
    if (!group || group->domain != caller.domain)
        return {};
    if (caller.isLocalAdmin)
        return {true, model::right::kGroupAdmin, group->id};
    const auto user = directory_.user(caller.userId);
    if (!user)
        return {};
    const auto rights = rights_.rightsOf(*user, *group);
    return {rights.isVisible, rights.bits, group->id};
}

} // namespace trellis::api
