/// What a caller may do with a device or a group, as the dispatcher asks it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <trellis/sdk/request.hpp>

namespace trellis::api {

/// The caller's standing towards one device or device group.
struct Access {
    bool isVisible = false;   ///< exists in the caller's tenant and any link of the caller reaches it
    std::uint32_t rights = 0; ///< device_right bits, restrictions included
    std::string groupId;      ///< the device's group, or the group itself
};

/// Answered by core/auth, the one place that decides rights. Any thread; must not block on a peer.
/// An id that is unknown, malformed or of another tenant is simply not visible.
class AccessCheck {
public:
    virtual ~AccessCheck() = default;
    virtual Access device(const sdk::Caller& caller, const std::string& deviceId) const = 0;
    virtual Access group(const sdk::Caller& caller, const std::string& groupId) const = 0;
};

/// True when `rights` has all bits of `required` and none of `forbidden`; holders of `admin`
/// (compared by equality, control-protocol 4.1) pass `forbidden`.
constexpr bool allows(std::uint32_t rights, std::uint32_t required, std::uint32_t forbidden) {
    if (rights == 0xFFFFFFFF) return true;
    return (rights & required) == required && (rights & forbidden) == 0;
}

/// Completes a short id ("abc" becomes "node/<domain>/abc", control-protocol section 0) and checks
/// its form: `kind` "node" or "mesh", the caller's domain, then 1 to 64 characters of
/// [A-Za-z0-9@$_-]. Returns "" for anything else, ids of another tenant included.
std::string completeId(std::string_view kind, std::string_view domain, std::string_view id);

} // namespace trellis::api
