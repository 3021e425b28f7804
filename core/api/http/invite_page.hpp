/// `/agentinvite?c=...`: the page behind an invitation link (control-protocol 3.4,
/// createInviteLink).
#pragma once

#include "core/api/context.hpp"
#include "core/net/router.hpp"

namespace trellis::api {

/// Needs no sign-in: the link is the permission, and opens nothing but the installation of an agent
/// in its group.
[[nodiscard]] net::Registration mountInvitePage(net::Router& router, Context& context);

/// Text with the characters replaced that mean something in HTML.
std::string htmlText(std::string_view text);

} // namespace trellis::api
