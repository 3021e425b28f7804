/// What RightsDecider looked at on its way to a decision, in that order. Written by the decision
/// itself when somebody asks why (`rights.explain`, `trellisctl why`).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace trellis::auth {

struct RightsStep {
    enum class Rule : std::uint8_t {
        Locked = 1,       ///< `bits`: site rights; ends it
        OtherTenant,      ///< ends it
        GroupDeleted,     ///< or there never was one; ends it
        ManagesAll,       ///< a full admin who is listed as managing all device groups
        Link,             ///< `bits` of `holder` (the user or one of his user groups) on `target`
        NoLink,           ///< nothing reaches it; ends it
        Sum,              ///< the OR of all, or everything if one of them was everything
        RemovedRight,     ///< `bits` that the user's removeRights took away
        AddedRestriction, ///< restrictions that his removeRights put on
        Site,             ///< `bits`: site rights
        ServerWide,       ///< only for the default tenant, whose server it is; ends it
        Missing,          ///< `bits` that are needed and not there
        Restricted,       ///< `bits` that are there and forbid it
        Allowed,          ///< `bits` that were needed, 0: being visible is enough
    };
    Rule rule{};
    std::string holder{};
    std::string target{};
    std::uint32_t bits = 0;
};
using RightsTrace = std::vector<RightsStep>;

/// "locked", "link", ... as the API spells it.
const char* nameOf(RightsStep::Rule rule) noexcept;

} // namespace trellis::auth
