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

using Rule = RightsStep::Rule;

void note(RightsTrace* trace, Rule rule, model::Rights bits = 0, std::string_view holder = {},
          std::string_view target = {}) {
    if (trace != nullptr)
        trace->push_back({rule, std::string(holder), std::string(target), bits});
}

/// Adds up links.
class Sum {
public:
    explicit Sum(RightsTrace* trace) : trace_(trace) {}

    void add(const model::LinkMap& links, std::string_view holder, std::string_view target) {
        const auto found = links.find(target);
        if (found == links.end())
            return;
        note(trace_, Rule::Link, found->second, holder, target);
        isVisible_ = true;
        if (found->second == right::kGroupAdmin)
            isAdmin_ = true;
        bits_ |= found->second & right::kKnown;
    }
    void addEverything(std::string_view holder) {
        note(trace_, Rule::ManagesAll, right::kGroupAdmin, holder);
        isVisible_ = isAdmin_ = true;
    }
    Rights result(const model::User& user) const {
        if (!isVisible_) {
            note(trace_, Rule::NoLink, 0, user.id);
            return {};
        }
        const auto sum = isAdmin_ ? right::kGroupAdmin : bits_;
        note(trace_, Rule::Sum, sum);
        const auto rest = withoutRemoved(sum, user.removeRights);
        if (const auto gone = sum & ~rest & right::kKnown & user.removeRights; gone != 0)
            note(trace_, Rule::RemovedRight, gone, user.id);
        if (const auto added = rest & user.removeRights & kAdded; added != 0 && rest != sum)
            note(trace_, Rule::AddedRestriction, added, user.id);
        return {rest, true};
    }

private:
    RightsTrace* trace_;
    bool isVisible_ = false;
    bool isAdmin_ = false;
    model::Rights bits_ = 0;
};

/// The end of every trace.
bool conclude(std::uint32_t bits, std::uint32_t needed, std::uint32_t forbidden,
              RightsTrace* trace) {
    const bool isAllowed = allows(bits, needed, forbidden);
    if (isAllowed)
        note(trace, Rule::Allowed, needed);
    else if ((needed & ~bits) != 0)
        note(trace, Rule::Missing, needed & ~bits);
    else
        note(trace, Rule::Restricted, bits & forbidden);
    return isAllowed;
}

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
                              const model::Device* device, RightsTrace* trace) const {
    const auto nothing = [&](Rule rule, model::Rights bits = 0) {
        note(trace, rule, bits, user.id, device != nullptr ? device->id : group.id);
        return Rights{};
    };
    if (user.isLocked())
        return nothing(Rule::Locked, user.siteRights);
    if (user.domain != group.domain)
        return nothing(Rule::OtherTenant);
    if (group.deletedMs != 0)
        return nothing(Rule::GroupDeleted);
    Sum sum(trace);
    if (managesAll(user))
        sum.addEverything(user.id);
    if (device != nullptr)
        sum.add(user.links, user.id, device->id);
    sum.add(user.links, user.id, group.id);
    eachUserGroup(directory_, user, [&](const model::UserGroup& through) {
        sum.add(through.links, through.id, group.id);
        if (device != nullptr)
            sum.add(through.links, through.id, device->id);
    });
    return sum.result(user);
}

Rights RightsDecider::rightsOf(const model::User& user, const model::Group& group,
                               RightsTrace* trace) const {
    return combine(user, group, nullptr, trace);
}

Rights RightsDecider::rightsOf(const model::User& user, const model::Device& device,
                               RightsTrace* trace) const {
    const auto group = directory_.group(device.groupId);
    if (group == nullptr || device.domain != group->domain) {
        note(trace, Rule::GroupDeleted, 0, user.id, device.id);
        return {};
    }
    return combine(user, *group, &device, trace);
}

Verdict RightsDecider::judge(const model::User& user, const model::Device& device,
                             model::Rights needed, model::Rights forbidden,
                             RightsTrace* trace) const {
    const auto rights = rightsOf(user, device, trace);
    return {rights.isVisible && conclude(rights.bits, needed, forbidden, trace), rights};
}

Verdict RightsDecider::judge(const model::User& user, const model::Group& group,
                             model::Rights needed, model::Rights forbidden,
                             RightsTrace* trace) const {
    const auto rights = rightsOf(user, group, trace);
    return {rights.isVisible && conclude(rights.bits, needed, forbidden, trace), rights};
}

bool RightsDecider::judgeSite(model::SiteRights rights, std::string_view tenant,
                              model::SiteRights needed, model::SiteRights forbidden,
                              RightsTrace* trace) {
    note(trace, Rule::Site, rights);
    if (rights != model::site::kFullAdmin && (rights & model::site::kLocked) != 0) {
        note(trace, Rule::Locked, rights);
        return false;
    }
    if (!tenant.empty() && (needed & kServerWide) != 0) {
        note(trace, Rule::ServerWide, needed);
        return false;
    }
    return conclude(rights, needed, forbidden, trace);
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
    if (managesAll(user)) // full admins, who are never locked
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

const char* nameOf(RightsStep::Rule rule) noexcept {
    switch (rule) {
    case Rule::Locked: return "locked";
    case Rule::OtherTenant: return "other_tenant";
    case Rule::GroupDeleted: return "group_deleted";
    case Rule::ManagesAll: return "manages_all";
    case Rule::Link: return "link";
    case Rule::NoLink: return "no_link";
    case Rule::Sum: return "sum";
    case Rule::RemovedRight: return "removed_right";
    case Rule::AddedRestriction: return "added_restriction";
    case Rule::Site: return "site";
    case Rule::ServerWide: return "server_wide";
    case Rule::Missing: return "missing";
    case Rule::Restricted: return "restricted";
    case Rule::Allowed: return "allowed";
    }
    return "unknown";
}

} // namespace trellis::auth
