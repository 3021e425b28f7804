/// What a user may do on a device or group, written a second time and as plainly as the rules are
/// in control-protocol.md sections 4.1 and 4.2, to compare the server's decision with. Shares no
/// code with core/auth; only the meaning of the records.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace trellis::test {

inline constexpr std::uint32_t kEverything = 0xFFFFFFFF;

/// How one user stands to one device and its group.
struct RightsCase {
    enum class ManageAll : std::uint8_t { No = 0, User, UserGroup, OtherUser };
    struct ByUserGroup {
        bool isMember = true;
        std::optional<std::uint32_t> onGroup;
        std::optional<std::uint32_t> onDevice;
    };

    std::uint32_t siteRights = 0;
    std::uint32_t removeRights = 0;
    bool isOtherTenant = false; ///< the device is not in the user's domain
    bool isGroupHidden = false; ///< the group was deleted
    bool isDeviceGone = false;
    ManageAll manageAll = ManageAll::No; ///< who is listed; UserGroup: the first of userGroups
    std::optional<std::uint32_t> onDevice;
    std::optional<std::uint32_t> onGroup;
    std::vector<ByUserGroup> userGroups;

    std::string text() const;
};

struct ExpectedRights {
    std::uint32_t bits = 0;
    bool isVisible = false;
    bool operator==(const ExpectedRights&) const = default;
};

ExpectedRights expectedOnDevice(const RightsCase& given);
ExpectedRights expectedOnGroup(const RightsCase& given);

/// The caller's standing against a declared requirement: all of `needed`, nothing of `forbidden`
/// unless he has everything.
bool expectedToPass(std::uint32_t bits, std::uint32_t needed, std::uint32_t forbidden);
/// A locked account passes no command at all.
bool expectedToPassSite(std::uint32_t siteRights, std::uint32_t needed, std::uint32_t forbidden);

} // namespace trellis::test
