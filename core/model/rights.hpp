/// Right bits as they are on the wire (control-protocol.md section 4). Who has which is decided in
/// core/auth/rights.hpp and nowhere else.
#pragma once

#include <cstdint>

namespace trellis::model {

/// Rights of a user on a group or device: `links[id].rights`, section 4.2.
using Rights = std::uint32_t;

namespace right {
inline constexpr Rights kEditGroup = 0x1;   ///< EDITMESH: edit group, notes of group, move devices
inline constexpr Rights kManageUsers = 0x2; ///< MANAGEUSERS: users of the group or device
inline constexpr Rights kManageDevices = 0x4;   ///< MANAGECOMPUTERS: add and edit devices
inline constexpr Rights kRemoteControl = 0x8;   ///< REMOTECONTROL: desktop, terminal, files, relay
inline constexpr Rights kAgentConsole = 0x10;   ///< AGENTCONSOLE: agent console, core management
inline constexpr Rights kServerFiles = 0x20;    ///< SERVERFILES: group files on the server
inline constexpr Rights kWakeDevice = 0x40;     ///< WAKEDEVICE
inline constexpr Rights kSetNotes = 0x80;       ///< SETNOTES: edit device notes
inline constexpr Rights kViewOnly = 0x100;      ///< REMOTEVIEWONLY, a restriction
inline constexpr Rights kNoTerminal = 0x200;    ///< NOTERMINAL, a restriction
inline constexpr Rights kNoFiles = 0x400;       ///< NOFILES, a restriction
inline constexpr Rights kNoAmt = 0x800;         ///< NOAMT, a restriction
inline constexpr Rights kLimitedInput = 0x1000; ///< DESKLIMITEDINPUT, a restriction
inline constexpr Rights kLimitEvents = 0x2000;  ///< LIMITEVENTS, a restriction: only own events
inline constexpr Rights kChatNotify = 0x4000;   ///< CHATNOTIFY: chat, toast, message
inline constexpr Rights kUninstall = 0x8000;    ///< UNINSTALL: uninstall agent, remove device
inline constexpr Rights kNoDesktop = 0x10000;   ///< NODESKTOP, a restriction
inline constexpr Rights kRemoteCommand = 0x20000;  ///< REMOTECOMMAND: run commands
inline constexpr Rights kResetOff = 0x40000;       ///< RESETOFF: reset, sleep, power off
inline constexpr Rights kGuestSharing = 0x80000;   ///< GUESTSHARING: create guest shares
inline constexpr Rights kDeviceDetails = 0x100000; ///< DEVICEDETAILS: hardware and network details
inline constexpr Rights kRelay = 0x200000;         ///< RELAY: use the device as a relay
inline constexpr Rights kGroupAdmin = 0xFFFFFFFF;  ///< ADMIN, compared with equality

/// Every bit with a meaning. Others in a link count for nothing, so that two links can't add up to
/// kGroupAdmin.
inline constexpr Rights kKnown = 0x3FFFFF;

/// Bits that take away instead of giving.
inline constexpr Rights kRestrictions =
    kViewOnly | kNoTerminal | kNoFiles | kNoAmt | kLimitedInput | kLimitEvents | kNoDesktop;
} // namespace right

/// Rights of a user on the server: `user.siteadmin`, section 4.1.
using SiteRights = std::uint32_t;

namespace site {
inline constexpr SiteRights kBackup = 0x1;       ///< SERVERBACKUP
inline constexpr SiteRights kManageUsers = 0x2;  ///< MANAGEUSERS
inline constexpr SiteRights kRestore = 0x4;      ///< SERVERRESTORE
inline constexpr SiteRights kFileAccess = 0x8;   ///< FILEACCESS: own files on the server
inline constexpr SiteRights kUpdate = 0x10;      ///< SERVERUPDATE
inline constexpr SiteRights kLocked = 0x20;      ///< LOCKED: login refused
inline constexpr SiteRights kNoNewGroups = 0x40; ///< NONEWGROUPS
inline constexpr SiteRights kNoTools = 0x80;     ///< NOMESHCMD: no password login from tools
inline constexpr SiteRights kUserGroups = 0x100; ///< USERGROUPS
inline constexpr SiteRights kRecordings = 0x200; ///< RECORDINGS
inline constexpr SiteRights kLockSettings =
    0x400;                                      ///< LOCKSETTINGS: own settings may not be changed
inline constexpr SiteRights kAllEvents = 0x800; ///< ALLEVENTS
inline constexpr SiteRights kNoNewDevices = 0x1000;  ///< NONEWDEVICES
inline constexpr SiteRights kFullAdmin = 0xFFFFFFFF; ///< ADMIN, compared with equality

/// Bits that take away; without effect for a full admin.
inline constexpr SiteRights kNegative =
    kLocked | kNoNewGroups | kNoTools | kLockSettings | kNoNewDevices;
} // namespace site

/// Consent and notice before a session, section 4.3. Values of domain, group, device and user are
/// OR-ed.
namespace consent {
inline constexpr std::uint32_t kNotifyDesktop = 1;
inline constexpr std::uint32_t kNotifyTerminal = 2;
inline constexpr std::uint32_t kNotifyFiles = 4;
inline constexpr std::uint32_t kAskDesktop = 8;
inline constexpr std::uint32_t kAskTerminal = 16;
inline constexpr std::uint32_t kAskFiles = 32;
inline constexpr std::uint32_t kPrivacyBar = 64;
} // namespace consent

/// How a device is connected, section 4.4 `conn`.
namespace connection {
inline constexpr std::uint32_t kAgent = 1;
inline constexpr std::uint32_t kAmtCira = 2;
inline constexpr std::uint32_t kAmtLan = 4;
inline constexpr std::uint32_t kAmtRelay = 8;
inline constexpr std::uint32_t kMqtt = 16;
} // namespace connection

} // namespace trellis::model
