#include "tests/bench/ends.hpp"

#include <boost/json.hpp>
#include <trellis/wire/text.hpp>

namespace trellis::bench {

namespace json = boost::json;

BenchAgent::BenchAgent(Loop& loop, const test::AgentMint::Identity& identity,
                       const test::AgentSettings& settings, bool isPinned)
    : peer_(loop, "/agent.ashx") {
    peer_.onOpen = [this, &identity, settings, isPinned] {
        handshake_ = std::make_unique<test::AgentHandshake>(identity, settings,
                                                            peer_.certificateDer(), "bench", isPinned);
        sendAll(handshake_->start());
    };
    peer_.onMessage = [this](int, std::string_view payload) {
        if (!handshake_->isDone()) return sendAll(handshake_->take(wire::bytesOf(payload)));
        if (onJson && payload.starts_with('{')) onJson(payload);
    };
}

void BenchAgent::sendAll(const std::vector<wire::Bytes>& messages) {
    for (const auto& message : messages) peer_.send(2, wire::textOf(message));
}

BenchTunnel::BenchTunnel(Loop& loop, BenchAgent& agent, const std::string& deviceId,
                         const std::string& auth)
    : control_(std::make_unique<Peer>(loop, "/control.ashx", auth + "\r\n")) {
    std::string viewerTarget;
    std::string deviceTarget;
    const auto id = "b" + wire::encodeHex(wire::ByteView(wire::randomNonce()).first(8),
                                          wire::HexCase::Lower);
    const auto query = "p=203&nodeid=" + deviceId + "&id=" + id;
    control_->onOpen = [&] { control_->send(1, R"({"action":"authcookie"})"); };
    control_->onMessage = [&](int, std::string_view text) {
        const auto message = json::parse(text).as_object();
        if (message.at("action") != "authcookie") return;
        viewerTarget = "/meshrelay.ashx?browser=1&" + query +
                       "&auth=" + std::string(message.at("cookie").as_string());
        control_->send(1, json::serialize(json::object{
                              {"action", "msg"},
                              {"type", "tunnel"},
                              {"nodeid", deviceId},
                              {"usage", 203},
                              {"value", "*/meshrelay.ashx?" + query + "&rauth=" +
                                            std::string(message.at("rcookie").as_string())}}));
    };
    agent.onJson = [&](std::string_view text) {
        const auto message = json::parse(text).as_object();
        const auto* type = message.if_contains("type");
        if (type != nullptr && *type == "tunnel")
            deviceTarget = std::string(message.at("value").as_string()).substr(1);
    };
    loop.until([&] { return !deviceTarget.empty(); }, "the agent is asked for a tunnel");
    agent.onJson = nullptr;
    control_->onMessage = nullptr;

    bool isChosen = false;
    viewer = std::make_unique<Peer>(loop, viewerTarget);
    device = std::make_unique<Peer>(loop, deviceTarget);
    viewer->onMessage = [&](int, std::string_view text) {
        if (text == "c") viewer->send(1, "203");
    };
    device->onMessage = [&](int, std::string_view text) { isChosen = isChosen || text == "203"; };
    loop.until([&] { return isChosen; }, "the tunnel starts");
    viewer->onMessage = nullptr;
    device->onMessage = nullptr;
}

} // namespace trellis::bench
