#include "tests/integration/session.hpp"

#include <trellis/wire/text.hpp>

namespace trellis::test {

namespace {

bool has(const json::object& message, const char* name, std::string_view value) {
    const auto* field = message.if_contains(name);
    const auto* text = field ? field->if_string() : nullptr;
    return text != nullptr && std::string_view(text->data(), text->size()) == value;
}

std::string text(const json::object& message, const char* name) {
    return json::value_to<std::string>(message.at(name));
}

json::object nextObject(WsClient& socket, const std::string& wanted) {
    for (;;) {
        const auto message = socket.receive();
        if (message.opcode == 8)
            throw ClientError("closed with " + std::to_string(message.closeCode()) + " before " +
                              wanted);
        if (message.payload.starts_with('{'))
            return json::parse(message.payload).as_object();
    }
}

std::pair<std::string, std::string> open(Control& control, AgentLink& agent,
                                         const std::string& deviceId) {
    control.send({{"action", "authcookie"}});
    const auto cookies = control.next("authcookie");
    const auto id = "t" + wire::encodeHex(wire::ByteView(wire::randomNonce()).first(8),
                                          wire::HexCase::Lower);
    const auto query = "p=203&nodeid=" + deviceId + "&id=" + id;
    control.send({{"action", "msg"},
                  {"type", "tunnel"},
                  {"nodeid", deviceId},
                  {"usage", 203},
                  {"value", "*/meshrelay.ashx?" + query + "&rauth=" + text(cookies, "rcookie")}});
    const auto value = text(agent.next("msg", "tunnel"), "value");
    return {"/meshrelay.ashx?browser=1&" + query + "&auth=" + text(cookies, "cookie"),
            value.substr(1)};
}

} // namespace

AgentLink::AgentLink(const ClientOptions& client, const AgentMint::Identity& identity,
                     const AgentSettings& settings, const std::string& pinnedCertificate)
    : socket(client, "/agent.ashx") {
    const auto certificate = socket.stream().certificateDer();
    AgentHandshake handshake(identity, settings, certificate, "test",
                             !pinnedCertificate.empty() && pinnedCertificate == certificate);
    for (const auto& message : handshake.start())
        socket.sendBinary(wire::textOf(message));
    while (!handshake.isDone()) {
        const auto message = socket.receive();
        if (message.opcode == 8)
            throw ClientError("agent closed with " + std::to_string(message.closeCode()));
        for (const auto& answer : handshake.take(wire::bytesOf(message.payload)))
            socket.sendBinary(wire::textOf(answer));
    }
    sawServerSignature = handshake.sawServerSignature();
}

json::object AgentLink::next(std::string_view action, std::string_view type) {
    for (;;) {
        auto message = nextObject(socket, std::string(action));
        if (has(message, "action", action) && (type.empty() || has(message, "type", type)))
            return message;
    }
}

Control::Control(const ClientOptions& client, const std::string& user, const std::string& password)
    : socket(client, "/control.ashx", {meshAuth(user, password)}) {
    next("userinfo");
}

json::object Control::next(std::string_view action) {
    for (;;) {
        auto message = nextObject(socket, std::string(action));
        if (has(message, "action", action))
            return message;
    }
}

json::object Control::ask(json::object message) {
    const auto id = "ask" + std::to_string(++count_);
    message["responseid"] = id;
    send(message);
    for (;;) {
        auto answer = nextObject(socket, "the answer to " + json::serialize(message));
        if (has(answer, "responseid", id))
            return answer;
    }
}

json::array Control::groups() {
    send({{"action", "meshes"}}); // has no response id (control-protocol section 4.4)
    return next("meshes").at("meshes").as_array();
}

TunnelEnds::TunnelEnds(const ClientOptions& client, Control& control, AgentLink& agent,
                       const std::string& deviceId)
    : TunnelEnds(client, open(control, agent, deviceId)) {}

TunnelEnds::TunnelEnds(const ClientOptions& client, std::pair<std::string, std::string> targets)
    : viewer(client, targets.first), device(client, targets.second) {
    for (auto* end : {&viewer, &device})
        if (end->receiveText() != "c")
            throw ClientError("expected the start of the tunnel");
    viewer.sendText("203");
    if (device.receiveText() != "203")
        throw ClientError("expected the protocol");
}

Site::Site(ServerProcess::Options options) : server(std::move(options)) {
    server.addAdmin();
    settings = readSettings(server.ctl({"group", "settings", "Lab", "--create"}));
}

} // namespace trellis::test
