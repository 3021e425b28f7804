/// The pages of people who are to install an agent: `/agentinvite?c=...` behind an invitation link
/// (control-protocol 3.4, createInviteLink), and `/invite`, where a code of a group is typed in.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/api/context.hpp"
#include "core/auth/throttle.hpp"
#include "core/net/router.hpp"

namespace trellis::api {

/// An agent that this server can hand out.
struct AgentOffer {
    std::uint32_t archId = 0; ///< agent-protocol specification, section 4.4
    std::string name;         ///< file name
};

/// Needs no sign-in: link or code is the permission, and opens nothing but the installation of an
/// agent in its group.
class InviteDoor {
public:
    /// Guesses at codes in ten minutes: from one place, and from everywhere together.
    static constexpr std::size_t kGuessesPerAddress = 10;
    static constexpr std::size_t kGuesses = 300;

    explicit InviteDoor(Context& context);
    void mount(net::Router& router, std::vector<net::Registration>& routes);
    /// What there is to hand out, asked at each page; without it the agent for Linux alone.
    void setOffers(std::function<std::vector<AgentOffer>()> offers) { offers_ = std::move(offers); }

private:
    net::HttpResponse install(const net::HttpRequest& request) const;
    net::HttpResponse enterCode(const net::HttpRequest& request);

    Context& context_;
    std::function<std::vector<AgentOffer>()> offers_;
    auth::Throttle guesses_;
};

/// Text with the characters replaced that mean something in HTML.
std::string htmlText(std::string_view text);

} // namespace trellis::api
