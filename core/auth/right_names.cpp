#include "core/auth/right_names.hpp"

#include "core/model/rights.hpp"

namespace trellis::auth {

namespace {

namespace site = model::site;
namespace right = model::right;

constexpr RightName kSite[] = {
    {"backup", site::kBackup},
    {"manageusers", site::kManageUsers},
    {"restore", site::kRestore},
    {"fileaccess", site::kFileAccess},
    {"update", site::kUpdate},
    {"locked", site::kLocked},
    {"nonewgroups", site::kNoNewGroups},
    {"notools", site::kNoTools},
    {"usergroups", site::kUserGroups},
    {"recordings", site::kRecordings},
    {"locksettings", site::kLockSettings},
    {"allevents", site::kAllEvents},
    {"nonewdevices", site::kNoNewDevices},
};

constexpr RightName kDevice[] = {
    {"editgroup", right::kEditGroup},
    {"manageusers", right::kManageUsers},
    {"managedevices", right::kManageDevices},
    {"remotecontrol", right::kRemoteControl},
    {"agentconsole", right::kAgentConsole},
    {"serverfiles", right::kServerFiles},
    {"wake", right::kWake},
    {"setnotes", right::kSetNotes},
    {"viewonly", right::kViewOnly},
    {"noterminal", right::kNoTerminal},
    {"nofiles", right::kNoFiles},
    {"noamt", right::kNoAmt},
    {"limitedinput", right::kLimitedInput},
    {"limitedevents", right::kLimitedEvents},
    {"chatnotify", right::kChatNotify},
    {"uninstall", right::kUninstall},
    {"nodesktop", right::kNoDesktop},
    {"remotecommand", right::kRemoteCommand},
    {"resetoff", right::kResetOff},
    {"guestsharing", right::kGuestSharing},
    {"devicedetails", right::kDeviceDetails},
    {"relay", right::kRelay},
};

} // namespace

std::span<const RightName> siteRightNames() noexcept {
    return kSite;
}

std::span<const RightName> deviceRightNames() noexcept {
    return kDevice;
}

std::uint32_t bitNamed(std::span<const RightName> names, std::string_view name) noexcept {
    for (const auto& each : names)
        if (each.name == name)
            return each.bit;
    return 0;
}

std::vector<std::string_view> namesOf(std::span<const RightName> names, std::uint32_t bits) {
    if (bits == right::kGroupAdmin)
        return {"all"};
    std::vector<std::string_view> found;
    for (const auto& each : names)
        if ((bits & each.bit) != 0)
            found.push_back(each.name);
    return found;
}

} // namespace trellis::auth
