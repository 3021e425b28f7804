/// The address of a relay as the wire's `tunnel` message has it (agent-protocol.md section 6.2).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trellis::relay {

inline constexpr std::size_t kMaxRelayUrl = 4096;
inline constexpr std::size_t kMaxRelayId = 256;

struct RelayUrl {
    std::string id;
    std::string deviceId;       ///< as written, "" if absent
    std::uint16_t protocol = 0; ///< 0 if absent
};

/// Takes "*/meshrelay.ashx?..." and "wss://<any host>/meshrelay.ashx?...", both perhaps with a tenant
/// before the last part of the path: only what it says about id, device and protocol is used, host and
/// tenant never are. nullopt for anything else, and for ids that isRelayId refuses.
std::optional<RelayUrl> parseRelayUrl(std::string_view value);

/// 1 to kMaxRelayId characters of [A-Za-z0-9@$_.=~-].
bool isRelayId(std::string_view id) noexcept;

/// What the device connects to. `secret`: lets this device in, and only for this id.
/// `prefix`: the tenant's, "" or "/<id>".
std::string deviceUrl(std::string_view id, std::string_view deviceId, std::uint16_t protocol,
                      std::string_view secret, std::string_view prefix = {});
/// What a page that is signed in by its cookie connects to.
std::string viewerPath(std::string_view id, std::string_view deviceId, std::uint16_t protocol,
                       std::string_view prefix = {});
/// The same for a guest, whom nothing but `secret` lets in.
std::string guestPath(std::string_view id, std::string_view deviceId, std::uint16_t protocol,
                      std::string_view secret, std::string_view prefix = {});

} // namespace trellis::relay
