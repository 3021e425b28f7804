// Opening sessions: cookies for the relay, and our own tickets (control-protocol 3.2, 3.7, 6.5).
#include "core/api/commands/support.hpp"
#include "core/api/control/connection.hpp"
#include "core/model/ids.hpp"

namespace trellis::api {

namespace {

/// The login token by which the caller's control connection was opened, "" if by none.
std::string loginTokenOf(CommandSet& set, const sdk::Caller& caller) {
    for (const auto& connection : set.hub.ofUser(caller.userId))
        if (connection->sessionId() == caller.sessionId)
            return connection->loginToken();
    return {};
}

void makeCookies(CommandSet& set, const WireCall& call) {
    const auto& caller = call.request().caller;
    if (caller.userId.empty())
        throw Error(ErrorCode::Forbidden, "only users have relay cookies");
    const auto loginToken = loginTokenOf(set, caller);
    // A cookie opens whatever its user may, and ends with the token that it comes from: what came by
    // none that is known (an API token, which has a scope) gets none.
    if (caller.byLoginToken && loginToken.empty())
        throw Error(ErrorCode::Forbidden, "Access denied");
    const auto& tokens = set.context.urlTokens;
    call.send({{"cookie", tokens.makeAuth(caller.userId, caller.address, loginToken)},
               {"rcookie", tokens.makeRelayAuth(caller.userId, caller.sessionId)}});
}

/// The whole request comes back with `cookie` (control-protocol 3.7).
void makeRoutingCookie(CommandSet& set, const WireCall& call) {
    const auto& args = call.args();
    const auto& caller = call.request().caller;
    json::object body{{"userid", caller.userId},
                      {"domainid", caller.domain},
                      {"nodeid", call.request().deviceId}};
    for (const auto* name : {"tcpaddr", "tcpport"})
        if (const auto* value = args.if_contains(name))
            body[name] = *value;
    json::object answer = args;
    answer["cookie"] = set.context.urlTokens.makeWire(std::move(body));
    answer["trustedCert"] = false;
    call.sendTagged(std::move(answer));
}

sdk::CommandSpec openSpec() {
    sdk::CommandSpec spec;
    spec.name = "tunnel.open";
    spec.summary = "Makes a single-use id for a session with a device and tells its agent.";
    spec.args =
        Schema::object()
            .prop("nodeid", idText(), "The device.")
            .prop("protocol", Schema::integer().range(1, 65535), "Wire number of the session.")
            .prop("options", Schema::object().allowUnknown(), "Passed on to the agent.")
            .required({"nodeid", "protocol"});
    spec.result = Schema::object()
                      .prop("id", Schema::string(), "The session's id.")
                      .prop("path", Schema::string(), "Where the viewer's WebSocket connects to.")
                      .prop("validFor_s", Schema::integer(), "How long the id is good for.");
    spec.requires_ = {sdk::Scope::Device, 0, 0, ""}; // the protocol's own right: the relay
    spec.audited = true;
    return spec;
}

} // namespace

void addTunnelCommands(CommandSet& set) {
    WireSpec cookies;
    cookies.command.name = "authcookie";
    cookies.command.summary = "Makes cookies for both ends of a relay.";
    cookies.command.args = wireArgs();
    cookies.responseId = ResponseId::Left;
    set.wire(std::move(cookies), [&set](const WireCall& call) { makeCookies(set, call); });

    WireSpec routing;
    routing.command.name = "getcookie";
    routing.command.summary = "Makes a cookie for TCP sessions with one device.";
    routing.command.args = wireArgs()
                               .prop("nodeid", idText(), "The device.")
                               .prop("tcpaddr", lineText(0, 255), "Address behind the device.")
                               .prop("tcpport", Schema::integer().range(1, 65535), "Port.")
                               .required({"nodeid"});
    routing.command.requires_ = {sdk::Scope::Device, sdk::device_right::kRemoteControl, 0, ""};
    set.wire(std::move(routing), [&set](const WireCall& call) { makeRoutingCookie(set, call); });

    set.named(openSpec(), [&set](const sdk::Request& request, const json::object& args) {
        const auto* options = args.if_contains("options");
        const auto ticket =
            set.context.tunnels.open(request.caller, request.deviceId,
                                     static_cast<std::uint16_t>(numberOf(args, "protocol")), "",
                                     options ? options->get_object() : json::object());
        return json::value{
            {"id", ticket.id}, {"path", ticket.path}, {"validFor_s", ticket.validFor.count()}};
    });
}

} // namespace trellis::api
