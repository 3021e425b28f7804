/// What the installation page says for each platform.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/api/commands/install.hpp"
#include "core/api/http/invite_page.hpp"
#include "core/api/http/invite_words.hpp"

namespace trellis::api {

/// `flags` of an invitation (control-protocol 3.4).
enum class InstallKind : std::uint8_t { Both = 0, Interactive = 1, Background = 2 };

struct InstallWish {
    InstallCommand command; ///< server, pin and token
    InstallKind kind = InstallKind::Both;
    std::int64_t platforms = 0; ///< `ag`: 1 Windows, 2 Linux, 4 macOS; 0 all
};

/// HTML. What the server does not have is said, not left out.
std::string installSections(const InstallWish& wish, const std::vector<AgentOffer>& offers,
                            const InviteWords& words);

} // namespace trellis::api
