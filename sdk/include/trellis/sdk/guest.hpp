/// Sessions that a plugin opens for somebody without an account, who acts in a user's name.
#pragma once

#include <cstdint>
#include <string>

#include <trellis/sdk/tunnel.hpp>

namespace trellis::sdk {

/// What a guest may have. The relay keeps to it at every step: when the session is opened, when the
/// ends are joined, and whenever rights change while it runs.
struct GuestTunnel {
    std::string userId;              ///< in whose name; must have all of it himself, and now
    std::string deviceId;            ///< full id
    std::uint16_t protocol = 0;      ///< wire number; the viewer may choose no other than `protocols`
    std::uint32_t deviceRights = 0;  ///< upper bound, restriction bits included; the user's own
                                     ///< restrictions are added, rights that he lacks are taken away
    Requirement sponsor{};           ///< what the user needs for having guests at all (Scope::Device)
    std::uint32_t consent = 0;       ///< consent:: bits on top of those of device and user
    std::string guestName;           ///< shown at the device and written into the records
    std::string ticket;              ///< groups the guest's sessions; unique in the plugin
    std::string address;             ///< the guest's, as text
};

/// Lets one viewer in, once.
struct GuestTicket {
    std::string id;       ///< the tunnel's
    std::string path;     ///< where the guest's WebSocket connects to: a secret until it has been used
    Seconds validFor{0};
};

/// A guest's session that runs now; a copy.
struct GuestSession {
    TunnelInfo info;
    std::string address;        ///< of the guest
    std::int64_t openedMs = 0;  ///< from 1970 on
};

}  // namespace trellis::sdk
