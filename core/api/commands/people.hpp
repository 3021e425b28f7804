/// What commands about users and user groups have in common: who has a say over whom, and how it is
/// announced.
#pragma once

#include "core/api/commands/support.hpp"

namespace trellis::api {

/// All rights on the site, or the server's own administrator.
bool isFull(const sdk::Caller& caller);
/// Whether the caller has all of `right`, a site right.
bool hasSiteRight(const sdk::Caller& caller, std::uint32_t right);

/// Whether somebody who manages users or user groups may see an account: same tenant, and a common
/// realm if he is bound to some (control-protocol 3.0).
bool maySeeUser(const sdk::Caller& caller, const model::UserPtr& actor, const model::User& subject);
/// The same, and never one who has more to say than himself.
bool mayManageUser(const sdk::Caller& caller, const model::UserPtr& actor,
                   const model::User& subject);

/// The account that `userid`, `username` or `id` of `args` names, if the caller may manage it.
/// Throws Error in the wire's words.
model::UserPtr managedUser(CommandSet& set, const sdk::Request& request, const json::object& args);

/// Throws an error of auth::AccountService again, in the wire's words (control-protocol 3.1).
[[noreturn]] void rethrowForWire(const Error& error);

/// `accountchange` of a user, as he is now, for himself and for those who manage him; the second
/// records it.
model::Event userChangeEvent(CommandSet& set, const sdk::Request& request,
                             const std::string& userId, int messageId, json::array messageArgs,
                             std::string text);
void announceUser(CommandSet& set, const sdk::Request& request, const std::string& userId,
                  int messageId, json::array messageArgs, std::string text);
/// Records an event of a user group for its members, for `users` (who have left it) and for those
/// who manage user groups. What it links is added when the event is shown.
void announceUserGroup(CommandSet& set, const sdk::Request& request, const model::UserGroup& group,
                       std::string_view action, int messageId, json::array messageArgs,
                       std::string text, const std::vector<std::string>& users = {});

/// What an event of a device group tells of it, as it is now (control-protocol 2.5, meshchange).
void describeGroup(CommandSet& set, const model::Group& group, model::Event& event);

/// Shows the caller a pop-up (control-protocol 3.0), if he has a control connection.
struct PopUp {
    std::string title;
    int titleId = 0;
    std::string value;
    int messageId = 0;
    json::array args{};
};
void showPopUp(CommandSet& set, const sdk::Request& request, PopUp popUp);

} // namespace trellis::api
