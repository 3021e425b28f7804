// Messages from one connection to another (control-protocol 3.2).
#include "core/api/commands/people.hpp"
#include "core/api/control/connection.hpp"
#include "core/model/ids.hpp"

namespace trellis::api {

namespace {

/// The whole message, to the caller's other connections.
void toOwnSessions(CommandSet& set, const WireCall& call) {
    const auto& caller = call.request().caller;
    if (caller.userId.empty())
        return;
    auto message = call.args();
    message["action"] = "intersession";
    for (const auto& connection : set.hub.ofUser(caller.userId))
        if (connection->sessionId() != caller.sessionId)
            connection->send(message);
}

/// `server.user_messages` names the user by id or name, or everybody.
bool isListed(const std::vector<std::string>& list, const std::string& userId) {
    const auto id = model::parseId(model::IdKind::User, userId);
    for (const auto& entry : list)
        if (entry == "*" || entry == userId || (id && model::lowerName(entry) == id->last))
            return true;
    return false;
}

/// Silent whatever happens: nobody learns who is connected.
void toOtherUser(CommandSet& set, const WireCall& call) {
    const auto& caller = call.request().caller;
    const auto& args = call.args();
    const auto session = maybeText(args, "sessionid");
    const auto given = session ? session->substr(0, session->rfind('/')) : textOf(args, "userid");
    const auto id = model::completeId(model::IdKind::User, caller.domain, given);
    const auto& list = set.context.config.server.userMessages;
    const bool may = id && !caller.userId.empty() && model::domainOf(*id) == caller.domain &&
                     (isListed(list, caller.userId) || isListed(list, *id));
    if (!may)
        throw Error(ErrorCode::Forbidden, "Access denied");
    const json::object message{{"action", "interuser"},
                               {"sessionid", caller.sessionId},
                               {"data", args.at("data")},
                               {"scope", session ? "session" : "user"}};
    for (const auto& connection : set.hub.ofUser(*id)) {
        const bool isMeant = !session || connection->sessionId() == *session;
        if (isMeant && connection->sessionId() != caller.sessionId)
            connection->send(message);
    }
}

} // namespace

void addBetweenSessionsCommands(CommandSet& set) {
    WireSpec own;
    own.command.name = "intersession";
    own.command.summary = "Copies a message to the caller's other connections.";
    own.command.args = wireArgs();
    set.wire(std::move(own), [&set](const WireCall& call) { toOwnSessions(set, call); });

    WireSpec other;
    other.command.name = "interuser";
    other.command.summary = "Sends data to another user's connections, where user_messages allows.";
    other.command.args = wireArgs()
                             .prop("data", Schema::any(), "What to send.")
                             .prop("sessionid", lineText(1, 512), "One connection.")
                             .prop("userid", idText(), "All connections of a user, by id or name.")
                             .required({"data"});
    set.wire(std::move(other), [&set](const WireCall& call) { toOtherUser(set, call); });
}

} // namespace trellis::api
