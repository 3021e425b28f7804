/// Right bits as they are on the wire (control-protocol.md section 4). Who has which is decided in
/// core/auth/rights.hpp and nowhere else.
#pragma once

#include <cstdint>

#include <trellis/sdk/rights.hpp>

namespace trellis::model {

/// Rights of a user on a group or device: `links[id].rights`, section 4.2.
using Rights = std::uint32_t;

/// The bits are those that plugins see; here only what the core alone needs is added.
namespace right {
using namespace sdk::device_right;
inline constexpr Rights kLimitEvents = kLimitedEvents; ///< a restriction: only own events
inline constexpr Rights kWakeDevice = kWake;
inline constexpr Rights kGroupAdmin = kAdmin; ///< compared with equality

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
using namespace sdk::site_right;
inline constexpr SiteRights kFullAdmin = kAdmin; ///< compared with equality

/// Bits that take away; without effect for a full admin.
inline constexpr SiteRights kNegative =
    kLocked | kNoNewGroups | kNoTools | kLockSettings | kNoNewDevices;
} // namespace site

/// Consent and notice before a session, section 4.3. Values of domain, group, device and user are
/// OR-ed.
namespace consent = sdk::consent;

/// How a device is connected, section 4.4 `conn`.
namespace connection {
inline constexpr std::uint32_t kAgent = 1;
inline constexpr std::uint32_t kAmtCira = 2;
inline constexpr std::uint32_t kAmtLan = 4;
inline constexpr std::uint32_t kAmtRelay = 8;
inline constexpr std::uint32_t kMqtt = 16;
} // namespace connection

} // namespace trellis::model
