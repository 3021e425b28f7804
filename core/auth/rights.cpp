#include "core/auth/rights.hpp"

#include <algorithm>

namespace trellis::auth {

namespace {

namespace right = model::right;

// `user.removeRights`, control-protocol.md section 4.2.
constexpr model::Rights kSubtracted = right::kRemoteControl | right::kAgentConsole |
                                      right::kWakeDevice | right::kUninstall |
                                      right::kRemoteCommand | right::kResetOff;
constexpr model::Rights kAdded =
    right::kViewOnly | right::kNoTerminal | right::kNoFiles | right::kNoDesktop;
constexpr model::Rights kAdminSpelledOut =
    right::kEditGroup | right::kManageUsers | right::kManageDevices | right::kRemoteControl |
    right::kServerFiles | right::kWakeDevice | right::kSetNotes | right::kChatNotify |
    right::kUninstall | right::kRemoteCommand | right::kResetOff | right::kGuestSharing |
    right::kDeviceDetails;

model::Rights withoutRemoved(model::Rights bits, model::Rights removed) {
    if ((removed & (kSubtracted | kAdded)) == 0)
        return bits;
    if (bits == right::kGroupAdmin)
        bits = kAdminSpelledOut;
    return (bits & ~(removed & kSubtracted)) | (removed & kAdded);
}

/// Adds up links.
class Sum {
public:
    void add(const model::LinkMap& links, std::string_view target) {
        const auto found = links.find(target);
        if (found == links.end())
            return;
        isVisible_ = true;
        if (found->second == right::kGroupAdmin)
            isAdmin_ = true;
        bits_ |= found->second & right::kKnown;
    }
    Rights result(const model::User& user) const {
        if (!isVisible_)
            return {};
        return {withoutRemoved(isAdmin_ ? right::kGroupAdmin : bits_, user.removeRights), true};
    }

private:
    bool isVisible_ = false;
    bool isAdmin_ = false;
    model::Rights bits_ = 0;
};

template <class Work>
void eachUserGroup(const model::Directory& directory, const model::User& user, const Work& work) {
    // Ids sort by their prefix, so these stand together.
    for (auto at = user.links.lower_bound("ugrp/");
         at != user.links.end() && at->first.starts_with("ugrp/"); ++at)
        if (const auto group = directory.userGroup(at->first))
            if (group->domain == user.domain)
                work(*group);
}

struct UseRule {
    model::Rights needed;
    model::Rights against;
};

UseRule ruleOf(Use use) {
    switch (use) {
    case Use::Terminal:
        return {right::kRemoteControl, right::kNoTerminal};
    case Use::Desktop:
        return {right::kRemoteControl, right::kNoDesktop};
    case Use::DesktopInput:
        return {right::kRemoteControl, right::kNoDesktop | right::kViewOnly};
    case Use::Files:
        return {right::kRemoteControl, right::kNoFiles};
    case Use::Relay:
        return {right::kRemoteControl, 0};
    case Use::RunCommand:
        return {right::kRemoteCommand, 0};
    case Use::Amt:
        return {right::kRemoteControl, right::kNoAmt};
    }
    return {right::kGroupAdmin, right::kRestrictions};
}

} // namespace

RightsDecider::RightsDecider(const model::Directory& directory, RightsOptions options)
    : directory_(directory), options_(std::move(options)) {}

bool RightsDecider::managesAll(const model::User& user) const {
    if (!user.isFullAdmin() || options_.manageAll.empty())
        return false;
    if (options_.manageAll.contains(user.id))
        return true;
    bool isMember = false;
    eachUserGroup(directory_, user, [&](const model::UserGroup& group) {
        isMember = isMember || options_.manageAll.contains(group.id);
    });
    return isMember;
}

Rights RightsDecider::combine(const model::User& user, const model::Group& group,
                              const model::Device* device) const {
    if (user.isLocked() || user.domain != group.domain || group.deletedMs != 0)
        return {};
    if (managesAll(user))
        return {right::kGroupAdmin, true};
    Sum sum;
    if (device != nullptr)
        sum.add(user.links, device->id);
    sum.add(user.links, group.id);
    eachUserGroup(directory_, user, [&](const model::UserGroup& through) {
        sum.add(through.links, group.id);
        if (device != nullptr)
            sum.add(through.links, device->id);
    });
    return sum.result(user);
}

Rights RightsDecider::rightsOf(const model::User& user, const model::Group& group) const {
    return combine(user, group, nullptr);
}

Rights RightsDecider::rightsOf(const model::User& user, const model::Device& device) const {
    const auto group = directory_.group(device.groupId);
    if (group == nullptr || device.domain != group->domain)
        return {};
    return combine(user, *group, &device);
}

Rights RightsDecider::rightsOf(std::string_view userId, std::string_view targetId) const {
    const auto user = directory_.user(userId);
    if (user == nullptr)
        return {};
    if (const auto device = directory_.device(targetId))
        return rightsOf(*user, *device);
    if (const auto group = directory_.group(targetId))
        return rightsOf(*user, *group);
    return {};
}

bool RightsDecider::may(const model::User& user, const model::Device& device,
                        model::Rights needed) const {
    const auto rights = rightsOf(user, device);
    return rights.isVisible && rights.has(needed);
}

bool RightsDecider::may(const model::User& user, const model::Group& group,
                        model::Rights needed) const {
    const auto rights = rightsOf(user, group);
    return rights.isVisible && rights.has(needed);
}

bool RightsDecider::may(const model::User& user, const model::Device& device, Use use) const {
    const auto rights = rightsOf(user, device);
    const auto rule = ruleOf(use);
    return rights.isVisible && rights.has(rule.needed) && !rights.isRestricted(rule.against);
}

bool RightsDecider::maySite(const model::User& user, model::SiteRights needed) const noexcept {
    return !user.isLocked() && (user.siteRights & needed) == needed;
}

bool RightsDecider::isLimited(const model::User& user, model::SiteRights negative) const noexcept {
    return !user.isFullAdmin() && (user.siteRights & negative & model::site::kNegative) != 0;
}

std::vector<model::GroupPtr> RightsDecider::visibleGroups(const model::User& user) const {
    if (managesAll(user))
        return directory_.groups(user.domain);
    std::set<std::string_view> ids;
    std::vector<model::UserGroupPtr> keep; // the ids point into these
    const auto collect = [&](const model::LinkMap& links) {
        for (const auto& [id, bits] : links)
            if (id.starts_with("mesh/"))
                ids.insert(id);
    };
    collect(user.links);
    eachUserGroup(directory_, user, [&](const model::UserGroup& through) {
        if (const auto record = directory_.userGroup(through.id)) {
            keep.push_back(record);
            collect(record->links);
        }
    });
    std::vector<model::GroupPtr> result;
    for (const auto id : ids)
        if (const auto group = directory_.group(id))
            if (rightsOf(user, *group).isVisible)
                result.push_back(group);
    return result;
}

std::vector<model::DevicePtr> RightsDecider::visibleDevices(const model::User& user) const {
    std::vector<model::DevicePtr> result;
    for (const auto& group : visibleGroups(user)) {
        auto devices = directory_.devicesOf(group->id);
        result.insert(result.end(), devices.begin(), devices.end());
    }
    const auto addDirect = [&](const model::LinkMap& links) {
        for (auto at = links.lower_bound("node/");
             at != links.end() && at->first.starts_with("node/"); ++at)
            if (const auto device = directory_.device(at->first))
                if (rightsOf(user, *device).isVisible)
                    result.push_back(device);
    };
    addDirect(user.links);
    eachUserGroup(directory_, user,
                  [&](const model::UserGroup& through) { addDirect(through.links); });
    std::sort(result.begin(), result.end(),
              [](const auto& a, const auto& b) { return a->id < b->id; });
    result.erase(std::unique(result.begin(), result.end(),
                             [](const auto& a, const auto& b) { return a->id == b->id; }),
                 result.end());
    return result;
}

std::uint32_t RightsDecider::consentOf(const model::User& user, const model::Device& device) const {
    auto flags = options_.domainConsent | device.consent | user.consent;
    if (const auto group = directory_.group(device.groupId))
        flags |= group->consent;
    if (user.links.contains(device.id) || user.links.contains(device.groupId))
        return flags;
    eachUserGroup(directory_, user, [&](const model::UserGroup& through) {
        if (through.links.contains(device.groupId) || through.links.contains(device.id))
            flags |= through.consent;
    });
    return flags;
}

} // namespace trellis::auth
