/// Events and decisions.
///
/// An event tells that something happened: published by anyone, delivered later on each
/// subscriber's strand, in order per publisher, from a bounded queue (1,000; when full the oldest is
/// dropped and counted). A decision asks before something happens: handlers run inline in order of
/// priority, the first Deny wins, a failure is a Deny, and if all abstain the core's default holds.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <trellis/sdk/error.hpp>
#include <trellis/sdk/json.hpp>
#include <trellis/sdk/request.hpp>

namespace trellis::sdk {

/// Names an event and fixes its payload. T needs `json::object toJson() const`.
/// Names are `noun.pastTense`, for example "device.connected".
template <class T> struct Topic {
    std::string_view name;
};

enum class Decision : std::uint8_t { Abstain = 1, Allow, Deny, NeedMore };
/// `facts`: what is known, per decision point; runs on the asking thread within 2 s.
using DecisionHandler = std::function<Decision(const Request&, const json::object& facts)>;

// ---- topics of the core -------------------------------------------------------------------------

struct TRELLIS_API DeviceEvent {
    std::string deviceId, groupId, domain;
    std::string name;
    json::object toJson() const;
};
inline constexpr Topic<DeviceEvent> kDeviceConnected{"device.connected"};
inline constexpr Topic<DeviceEvent> kDeviceDisconnected{"device.disconnected"};
inline constexpr Topic<DeviceEvent> kDeviceChanged{"device.changed"};
inline constexpr Topic<DeviceEvent> kDeviceRemoved{"device.removed"};

struct TRELLIS_API UserEvent {
    std::string userId, address;
    json::object toJson() const;
};
inline constexpr Topic<UserEvent> kUserLoggedIn{"user.loggedIn"};
inline constexpr Topic<UserEvent> kUserLoginFailed{"user.loginFailed"};

struct TRELLIS_API TunnelEvent {
    std::string tunnelId, deviceId, userId;
    std::uint16_t protocol = 0;
    std::uint64_t bytesToDevice = 0, bytesToViewer = 0;
    json::object toJson() const;
};
inline constexpr Topic<TunnelEvent> kTunnelOpened{"tunnel.opened"};
inline constexpr Topic<TunnelEvent> kTunnelClosed{"tunnel.closed"};

struct TRELLIS_API PluginEvent {
    std::string id, state, reason;
    json::object toJson() const;
};
inline constexpr Topic<PluginEvent> kPluginStateChanged{"plugin.stateChanged"};

// Decision points: "login.step", "session.allow", "tunnel.allow", "agent.admit", "command.allow".

}  // namespace trellis::sdk
