/// A server with agents and relay on loopback, one connected agent, and both ends of tunnels.
#pragma once

#include "../agent/channel_fixture.hpp"

#include <trellis/wire/percent.hpp>

#include "core/bus/event_bus.hpp"
#include "core/relay/relay_channel.hpp"

namespace trellis::relay::testing {

namespace json = boost::json;
using agent::testing::AgentLink;
using agent::testing::ChannelFixture;
using agent::testing::FakeAgent;
using trellis::test::eventually;
using trellis::test::Fields;
using trellis::test::WsClient;

inline sdk::TunnelSpec spec(std::string name, std::vector<std::uint16_t> numbers,
                            std::uint32_t forbidden = 0) {
    sdk::TunnelSpec out;
    out.name = std::move(name);
    out.protocols = std::move(numbers);
    out.recordable = true;
    out.requires_ = {sdk::Scope::Device, sdk::device_right::kRemoteControl, forbidden, ""};
    return out;
}

struct RelayFixture : ChannelFixture {
    explicit RelayFixture(std::function<void(RelayServices&)> adjust = {}) {
        config::RelaySection section;
        section.pairing = std::chrono::seconds(20);
        section.bufferBytes = 128 * 1024;
        section.maxSessions = 50;
        RelayServices services{*directory, events,          rights, *certificates, sessions,
                               tokens,     channel->hub(), bus,    workers,       section};
        if (adjust) adjust(services);
        relay = std::make_unique<RelayChannel>(std::move(services));
        relay->mount(*router);
        shells = relay->registry().add("terminal", spec("terminal", {1, 8}, 512), {});
        link = std::make_unique<AgentLink>(*this, device);
        link->connect();
    }
    ~RelayFixture() {
        link.reset();
        relay->cutAll();
        // The loops stop before the channel goes, as in the server.
        listener.reset();
        loops.stop();
        workers.stop();
        relay.reset();
    }

    std::string deviceId() const { return idOf(device); }
    TunnelRequest wanted(std::string value = {}, std::uint16_t protocol = 1) const {
        TunnelRequest out;
        out.caller.userId = user->id;
        out.caller.sessionId = user->id + "/0123456789";
        out.caller.address = "127.0.0.1";
        out.deviceId = deviceId();
        out.protocol = protocol;
        out.value = std::move(value);
        return out;
    }
    /// open(), and the address that the agent is given.
    std::pair<OpenedTunnel, std::string> open(const TunnelRequest& request) {
        auto opened = relay->open(request);
        message = link->receiveJson();
        const std::string value(message.at("value").as_string());
        return {opened, value.substr(1)};
    }
    std::string auth(const model::UserPtr& who) const {
        return "&auth=" + wire::percentEncode(tokens.makeAuth(who->id, ""));
    }
    Fields cookie(const model::UserPtr& who) {
        return {{"Cookie", "__Host-trellis=" + sessions.create(who->id, "127.0.0.1", "").secret}};
    }
    int status(const std::string& target, const Fields& headers = {}) {
        try {
            return trellis::test::tryUpgrade(client(), target, headers).status;
        } catch (const trellis::test::ClientError&) {
            return 101;
        }
    }
    /// A running tunnel: both ends have got their start.
    struct Ends {
        std::unique_ptr<WsClient> viewer;
        std::unique_ptr<WsClient> device;
        std::string id;
    };
    /// `word`: what both are told when they have been paired.
    Ends pair(std::uint16_t protocol = 1, std::string_view word = "c") {
        const auto [opened, deviceTarget] = open(wanted({}, protocol));
        Ends out;
        out.id = opened.id;
        out.viewer = std::make_unique<WsClient>(client(), opened.viewerPath, cookie(user));
        out.device = std::make_unique<WsClient>(client(), deviceTarget);
        if (out.viewer->receiveText() != word || out.device->receiveText() != word) {
            throw trellis::test::ClientError("not started");
        }
        return out;
    }
    /// pair(), and the viewer has named the protocol.
    Ends running(std::uint16_t protocol = 1) {
        auto out = pair(protocol);
        out.viewer->sendText(std::to_string(protocol));
        if (out.device->receiveText() != std::to_string(protocol)) {
            throw trellis::test::ClientError("no protocol number");
        }
        return out;
    }

    bus::EventBus bus;
    FakeAgent device;
    std::unique_ptr<RelayChannel> relay;
    TunnelRegistry::Registration shells;
    std::unique_ptr<AgentLink> link;
    json::object message; // what the agent was told
};

} // namespace trellis::relay::testing
