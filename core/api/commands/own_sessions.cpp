// The caller's own browser sessions: where he is signed in, and ending it.
#include "core/api/commands/support.hpp"
#include "core/api/control/connection.hpp"

namespace trellis::api {

namespace {

/// Like with tokens: who came with a login token manages no credentials.
model::UserPtr ownAccount(CommandSet& set, const sdk::Request& request) {
    auto user = actorOf(set.context, request);
    if (!user || request.caller.byLoginToken)
        throw Error(ErrorCode::Forbidden, "Access denied");
    return user;
}

/// The browser session by which this caller came, "" if by none.
std::string currentSession(CommandSet& set, const sdk::Caller& caller) {
    for (const auto& connection : set.hub.ofUser(caller.userId))
        if (connection->sessionId() == caller.sessionId)
            return connection->loginSession();
    return caller.sessionId; // over HTTP
}

json::value listSessions(CommandSet& set, const sdk::Request& request) {
    const auto user = ownAccount(set, request);
    const auto current = currentSession(set, request.caller);
    json::array list;
    for (const auto& session : set.context.sessions.list(user->id))
        list.emplace_back(json::object{{"id", session.publicId},
                                       {"address", session.address},
                                       {"userAgent", session.userAgent},
                                       {"created", session.createdMs},
                                       {"used", session.usedMs},
                                       {"expires", session.expiresMs},
                                       {"loginToken", session.loginToken},
                                       {"current", session.publicId == current}});
    return json::object{{"sessions", std::move(list)}};
}

json::value endSessions(CommandSet& set, const sdk::Request& request, const json::object& args) {
    const auto user = ownAccount(set, request);
    if (const auto id = maybeText(args, "id")) {
        if (!set.context.sessions.revoke(user->id, *id))
            throw Error(ErrorCode::NotFound, "no such session", "/id");
        return json::object{{"ended", 1}};
    }
    const auto current = currentSession(set, request.caller);
    return json::object{{"ended", set.context.sessions.revokeAll(user->id, current)}};
}

} // namespace

void addOwnSessionCommands(CommandSet& set) {
    sdk::CommandSpec list;
    list.name = "session.list";
    list.summary = "The caller's browser sessions, the latest used first.";
    list.args = Schema::object();
    set.named(std::move(list), [&set](const sdk::Request& request, const json::object&) {
        return listSessions(set, request);
    });

    sdk::CommandSpec end;
    end.name = "session.end";
    end.summary = "Ends one of the caller's browser sessions, or all but the one that asks.";
    end.audited = true;
    end.args = Schema::object().prop("id", lineText(1, 64), "Which; absent: all others.");
    set.named(std::move(end), [&set](const sdk::Request& request, const json::object& args) {
        return endSessions(set, request, args);
    });
}

} // namespace trellis::api
