/// The bits that say what a user may do. Values are those of the wire
/// (control-protocol specification, sections 4.1 to 4.3).
#pragma once

#include <cstdint>

namespace trellis::sdk {

/// `user.siteadmin`, section 4.1. Administrators have all bits, compared by equality.
namespace site_right {
inline constexpr std::uint32_t kBackup = 0x1;
inline constexpr std::uint32_t kManageUsers = 0x2;
inline constexpr std::uint32_t kRestore = 0x4;
inline constexpr std::uint32_t kFileAccess = 0x8;
inline constexpr std::uint32_t kUpdate = 0x10;
inline constexpr std::uint32_t kLocked = 0x20;        // restriction
inline constexpr std::uint32_t kNoNewGroups = 0x40;   // restriction
inline constexpr std::uint32_t kNoTools = 0x80;       // restriction
inline constexpr std::uint32_t kUserGroups = 0x100;
inline constexpr std::uint32_t kRecordings = 0x200;
inline constexpr std::uint32_t kLockSettings = 0x400; // restriction
inline constexpr std::uint32_t kAllEvents = 0x800;
inline constexpr std::uint32_t kNoNewDevices = 0x1000; // restriction
inline constexpr std::uint32_t kAdmin = 0xFFFFFFFF;
}  // namespace site_right

/// `links[id].rights` of device groups and devices, section 4.2.
namespace device_right {
inline constexpr std::uint32_t kEditGroup = 0x1;
inline constexpr std::uint32_t kManageUsers = 0x2;
inline constexpr std::uint32_t kManageDevices = 0x4;
inline constexpr std::uint32_t kRemoteControl = 0x8;
inline constexpr std::uint32_t kAgentConsole = 0x10;
inline constexpr std::uint32_t kServerFiles = 0x20;
inline constexpr std::uint32_t kWake = 0x40;
inline constexpr std::uint32_t kSetNotes = 0x80;
inline constexpr std::uint32_t kViewOnly = 0x100;           // restriction
inline constexpr std::uint32_t kNoTerminal = 0x200;         // restriction
inline constexpr std::uint32_t kNoFiles = 0x400;            // restriction
inline constexpr std::uint32_t kNoAmt = 0x800;              // restriction
inline constexpr std::uint32_t kLimitedInput = 0x1000;      // restriction
inline constexpr std::uint32_t kLimitedEvents = 0x2000;     // restriction
inline constexpr std::uint32_t kChatNotify = 0x4000;
inline constexpr std::uint32_t kUninstall = 0x8000;
inline constexpr std::uint32_t kNoDesktop = 0x10000;        // restriction
inline constexpr std::uint32_t kRemoteCommand = 0x20000;
inline constexpr std::uint32_t kResetOff = 0x40000;
inline constexpr std::uint32_t kGuestSharing = 0x80000;
inline constexpr std::uint32_t kDeviceDetails = 0x100000;
inline constexpr std::uint32_t kRelay = 0x200000;
inline constexpr std::uint32_t kAdmin = 0xFFFFFFFF;
}  // namespace device_right

/// What the person at the device is told or asked, section 4.3. Flags of all levels are OR-ed.
namespace consent {
inline constexpr std::uint32_t kNotifyDesktop = 1;
inline constexpr std::uint32_t kNotifyTerminal = 2;
inline constexpr std::uint32_t kNotifyFiles = 4;
inline constexpr std::uint32_t kAskDesktop = 8;
inline constexpr std::uint32_t kAskTerminal = 16;
inline constexpr std::uint32_t kAskFiles = 32;
inline constexpr std::uint32_t kPrivacyBar = 64;
}  // namespace consent

/// To what a required right applies.
enum class Scope : std::uint8_t {
    SignedIn = 1,  ///< any signed-in user; the handler decides the rest
    Site,          ///< `right` is a site_right
    Group,         ///< `right` is a device_right on the device group named by the argument
    Device,        ///< `right` is a device_right on the device named by the argument
};

/// Right required to run a command, open a tunnel or see a contribution of the page.
/// All bits of `right` must be present and no bit of `forbidden`; a caller whose rights equal
/// kAdmin passes `forbidden`.
struct Requirement {
    Scope scope = Scope::SignedIn;
    std::uint32_t right = 0;
    std::uint32_t forbidden = 0;
    const char* argument = "";  ///< name of the id's argument; "" means "nodeid" or "meshid"
};

}  // namespace trellis::sdk
