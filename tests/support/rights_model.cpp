#include "tests/support/rights_model.hpp"

#include <sstream>

namespace trellis::test {

namespace {

constexpr std::uint32_t kLockedAccount = 32;                                 // 4.1
constexpr std::uint32_t kDefinedBits = (1U << 22U) - 1;                      // 4.2: 1 to 2097152
constexpr std::uint32_t kSubtracted = 8 + 16 + 64 + 32768 + 131072 + 262144; // 4.2, removeRights
constexpr std::uint32_t kAddedRestrictions = 256 + 512 + 1024 + 65536;
constexpr std::uint32_t kInsteadOfEverything =
    1 + 2 + 4 + 8 + 32 + 64 + 128 + 16384 + 32768 + 131072 + 262144 + 524288 + 1048576;

bool isLocked(std::uint32_t siteRights) {
    return siteRights != kEverything && (siteRights & kLockedAccount) != 0;
}

bool managesAll(const RightsCase& given) {
    if (given.siteRights != kEverything)
        return false;
    if (given.manageAll == RightsCase::ManageAll::User)
        return true;
    return given.manageAll == RightsCase::ManageAll::UserGroup && !given.userGroups.empty() &&
           given.userGroups.front().isMember;
}

std::uint32_t withoutRemoved(std::uint32_t bits, std::uint32_t removed) {
    removed &= kSubtracted | kAddedRestrictions;
    if (removed == 0)
        return bits;
    if (bits == kEverything)
        bits = kInsteadOfEverything;
    return (bits & ~(removed & kSubtracted)) | (removed & kAddedRestrictions);
}

using Links = std::vector<std::optional<std::uint32_t>>;

ExpectedRights ofLinks(const RightsCase& given, const Links& links) {
    if (given.isOtherTenant || given.isGroupHidden || isLocked(given.siteRights))
        return {};
    bool isVisible = false;
    bool isEverything = false;
    std::uint32_t bits = 0;
    if (managesAll(given)) {
        isVisible = true;
        isEverything = true;
    }
    for (const auto& link : links) {
        if (!link)
            continue;
        isVisible = true;
        if (*link == kEverything)
            isEverything = true;
        else
            bits |= *link & kDefinedBits;
    }
    if (!isVisible)
        return {};
    return {withoutRemoved(isEverything ? kEverything : bits, given.removeRights), true};
}

std::string linkText(const std::optional<std::uint32_t>& link) {
    if (!link)
        return "none";
    std::ostringstream text;
    text << "0x" << std::hex << *link;
    return text.str();
}

} // namespace

ExpectedRights expectedOnDevice(const RightsCase& given) {
    if (given.isDeviceGone)
        return {};
    Links links{given.onDevice, given.onGroup};
    for (const auto& each : given.userGroups) {
        if (!each.isMember)
            continue;
        links.push_back(each.onGroup);
        links.push_back(each.onDevice);
    }
    return ofLinks(given, links);
}

ExpectedRights expectedOnGroup(const RightsCase& given) {
    Links links{given.onGroup};
    for (const auto& each : given.userGroups)
        if (each.isMember)
            links.push_back(each.onGroup);
    return ofLinks(given, links);
}

bool expectedToPass(std::uint32_t bits, std::uint32_t needed, std::uint32_t forbidden) {
    if (bits == kEverything)
        return true;
    for (unsigned bit = 0; bit < 32; ++bit) {
        const auto mask = 1U << bit;
        if ((needed & mask) != 0 && (bits & mask) == 0)
            return false;
        if ((forbidden & mask) != 0 && (bits & mask) != 0)
            return false;
    }
    return true;
}

bool expectedToPassSite(std::uint32_t siteRights, std::uint32_t needed, std::uint32_t forbidden) {
    return !isLocked(siteRights) && expectedToPass(siteRights, needed, forbidden);
}

std::string RightsCase::text() const {
    std::ostringstream out;
    out << "site 0x" << std::hex << siteRights << ", removeRights 0x" << removeRights << std::dec
        << (isOtherTenant ? ", other tenant" : "") << (isGroupHidden ? ", group deleted" : "")
        << (isDeviceGone ? ", device removed" : "") << ", manageAll " << static_cast<int>(manageAll)
        << ", on device " << linkText(onDevice) << ", on group " << linkText(onGroup);
    for (const auto& each : userGroups)
        out << (each.isMember ? ", member of {" : ", not in {") << "on group "
            << linkText(each.onGroup) << ", on device " << linkText(each.onDevice) << '}';
    return out.str();
}

} // namespace trellis::test
