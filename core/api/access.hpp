/// What a caller may do with a device or a group, as the dispatcher asks it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <trellis/sdk/request.hpp>

#include "core/auth/rights.hpp"


namespace trellis::api {

/// The caller's standing towards one device or device group.
struct Access {
    bool isVisible = false; ///< exists in the caller's tenant and any link of the caller reaches it
    std::uint32_t rights = 0; ///< device_right bits, restrictions included
    std::string groupId;      ///< the device's group, or the group itself
};

/// Any thread, never blocks on disk. Takes full ids; an id that is unknown, malformed or of another
/// tenant is simply not visible.
class AccessCheck {
public:
    virtual ~AccessCheck() = default;
    virtual Access device(const sdk::Caller& caller, const std::string& deviceId) const = 0;
    virtual Access group(const sdk::Caller& caller, const std::string& groupId) const = 0;
};

/// Asks auth::RightsDecider, the one place that decides rights. The local administrator has all of
/// them.
class DirectoryAccess final : public AccessCheck {
public:
    DirectoryAccess(const model::Directory& directory, const auth::RightsDecider& rights)
        : directory_(directory), rights_(rights) {}
    Access device(const sdk::Caller& caller, const std::string& deviceId) const override;
    Access group(const sdk::Caller& caller, const std::string& groupId) const override;

private:
    const model::Directory& directory_;
    const auth::RightsDecider& rights_;
};

using auth::allows;

} // namespace trellis::api
