/// The one place that decides who may do what (control-protocol.md section 4). Default: nothing.
#pragma once

#include "core/auth/rights_trace.hpp"
#include "core/model/directory.hpp"
#include "core/model/rights.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace trellis::auth {

/// True when `bits` has all of `needed` and nothing of `forbidden`; holders of all rights (compared by
/// equality, control-protocol 4.1 and 4.2) pass `forbidden`. Every decision ends here.
constexpr bool allows(std::uint32_t bits, std::uint32_t needed, std::uint32_t forbidden = 0) noexcept {
    return bits == model::right::kGroupAdmin ||
           ((bits & needed) == needed && (bits & forbidden) == 0);
}

/// Site rights that are about the server itself. Only the default tenant's accounts use them: others
/// administer their tenant. To need "everything" is such a need too.
inline constexpr model::SiteRights kServerWide =
    model::site::kBackup | model::site::kRestore | model::site::kUpdate;

/// What a user has on a group or device.
struct Rights {
    model::Rights bits = 0;
    bool isVisible = false; ///< some link exists, even with no right
    bool isGroupAdmin() const noexcept { return bits == model::right::kGroupAdmin; }
    /// All of `needed`, which holds rights that give; for those that take away ask isRestricted().
    bool has(model::Rights needed) const noexcept { return (bits & needed) == needed; }
    /// One of the restriction bits applies. Never for a group admin.
    bool isRestricted(model::Rights restriction) const noexcept {
        return !isGroupAdmin() && (bits & restriction) != 0;
    }
};

/// The answer to "may he?", and the rights it came from.
struct Verdict {
    bool isAllowed = false;
    Rights rights;
};

/// What somebody wants to do with a device in a session.
enum class Use : std::uint8_t {
    Terminal = 1,
    Desktop,
    DesktopInput,
    Files,
    Relay,
    RunCommand,
    Amt
};

struct RightsOptions {
    /// `manageAllDeviceGroups`: full admins with one of these user or user-group ids have all
    /// rights.
    std::set<std::string, std::less<>> manageAll;
    std::uint32_t domainConsent = 0; ///< consent flags of the domain
};

/// Any thread, never blocks on disk. Answers from one state of each record; ask again after a
/// change (Observer tells when).
class RightsDecider {
public:
    explicit RightsDecider(const model::Directory& directory, RightsOptions options = {});

    /// Locked users, unknown things, hidden groups and other domains: nothing. `trace`: what led to it
    /// is appended.
    Rights rightsOf(const model::User& user, const model::Device& device,
                    RightsTrace* trace = nullptr) const;
    Rights rightsOf(const model::User& user, const model::Group& group,
                    RightsTrace* trace = nullptr) const;
    /// All of `needed`, nothing of `forbidden`, and visible.
    Verdict judge(const model::User& user, const model::Device& device, model::Rights needed,
                  model::Rights forbidden, RightsTrace* trace = nullptr) const;
    Verdict judge(const model::User& user, const model::Group& group, model::Rights needed,
                  model::Rights forbidden, RightsTrace* trace = nullptr) const;
    /// The same for site rights; locked accounts and, for what is the server's, other tenants: no.
    static bool judgeSite(model::SiteRights rights, std::string_view tenant,
                          model::SiteRights needed, model::SiteRights forbidden,
                          RightsTrace* trace = nullptr);
    /// By id of a group or device; unknown: nothing. The user's current record is used.
    Rights rightsOf(std::string_view userId, std::string_view targetId) const;
    /// All of `needed`, on a device or group.
    bool may(const model::User& user, const model::Device& device, model::Rights needed) const;
    bool may(const model::User& user, const model::Group& group, model::Rights needed) const;
    /// Needs the right and no restriction against it.
    bool may(const model::User& user, const model::Device& device, Use use) const;
    /// All of `needed`. Negative rights are asked with isLimited.
    bool maySite(const model::User& user, model::SiteRights needed) const noexcept;
    /// One of the negative site rights applies; never to a full admin.
    bool isLimited(const model::User& user, model::SiteRights negative) const noexcept;

    std::vector<model::GroupPtr> visibleGroups(const model::User& user) const;
    std::vector<model::DevicePtr> visibleDevices(const model::User& user) const;
    /// Consent of domain, group, device, user (and of user groups that are the only way in), OR-ed.
    std::uint32_t consentOf(const model::User& user, const model::Device& device) const;

private:
    bool managesAll(const model::User& user) const;
    Rights combine(const model::User& user, const model::Group& group, const model::Device* device,
                   RightsTrace* trace) const;
    const model::Directory& directory_;
    RightsOptions options_;
};

} // namespace trellis::auth
