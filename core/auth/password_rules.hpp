/// What a password must be like (control-protocol.md section 1.13).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace trellis::auth {

/// Counts are of characters; 0 = no such rule.
struct PasswordRules {
    std::size_t min = 8;
    std::size_t max = 256;
    std::size_t upper = 0;
    std::size_t lower = 0;
    std::size_t numeric = 0;
    std::size_t nonalpha = 0; ///< outside [A-Za-z0-9_]
    bool banCommon = true;    ///< the most used ones, and the user's own name
};

/// Nothing if it may be used, else one sentence saying what is missing.
std::optional<std::string> faultOf(const PasswordRules& rules, std::string_view password,
                                   std::string_view userName);

} // namespace trellis::auth
