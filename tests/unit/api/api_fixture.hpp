/// The whole of core/api behind an HTTP server on loopback, with fakes for agents and relay.
#pragma once

#include "../auth/fixture.hpp"
#include "fakes.hpp"

#include "core/api/api.hpp"
#include "core/api/token_gate.hpp"
#include "core/net/http_server.hpp"
#include "core/net/listener.hpp"
#include "core/store/random.hpp"
#include "core/store/settings.hpp"
#include "core/telemetry/log.hpp"
#include "tests/support/client.hpp"

namespace trellis::test {

inline constexpr const char* kPassword = "correct horse";

/// A control connection of a test.
class Control {
public:
    Control(const ClientOptions& server, const std::string& target, Fields headers)
        : socket_(server, target, std::move(headers)) {}

    /// Sends a message and gives the first answer to its action.
    json::object ask(json::object message) {
        const std::string action(message.at("action").as_string());
        send(message);
        return await(action);
    }
    void send(const json::object& message) { socket_.sendText(json::serialize(message)); }
    void sendRaw(std::string_view text) { socket_.sendText(text); }
    /// The next message with this action; others are dropped. Throws ClientError when none comes.
    json::object await(const std::string& action) {
        for (;;) {
            auto message = parse(socket_.receiveText());
            if (text(message, "action") == action) return message;
        }
    }
    /// The next event with this action.
    json::object awaitEvent(const std::string& action) {
        for (;;) {
            auto message = await("event");
            auto event = message.at("event").as_object();
            if (text(event, "action") == action) return event;
        }
    }
    /// Whether nothing but the pong comes before it: what was caused before has not been sent here.
    bool hasEventBeforePong(const std::string& action) {
        send({{"action", "ping"}});
        for (;;) {
            const auto message = parse(socket_.receiveText());
            if (text(message, "action") == "pong") return false;
            if (text(message, "action") != "event") continue;
            if (text(message.at("event").as_object(), "action") == action) return true;
        }
    }
    WsClient& socket() { return socket_; }

private:
    WsClient socket_;
};

inline std::string meshAuth(const std::string& user, const std::string& password) {
    return store::base64(user) + "," + store::base64(password);
}

struct ApiFixture : AuthFixture {
    config::ServerConfig config = defaultConfig();
    bus::WorkerPool pool{{3, 10'000, "test"}};
    bus::Timers timers;
    bus::EventBus bus;
    bus::Decisions decisions;
    model::PowerLog power{*directory};
    model::SideDocuments side{*database, time.clock()};
    auth::RightsDecider rights{*directory};
    store::Settings settings{*database, store::SecretBox::fromFile(folder.path() / "secret.key")};
    auth::Factors factors{*database, settings.box(), *directory, accounts};
    auth::SetupToken setupToken{settings, *directory};
    auth::UrlTokens urls{settings, time.clock()};
    auth::ApiTokens apiTokens{*database, *directory, time.clock()};
    api::DirectoryAccess everyAccess{*directory, rights};
    api::TokenAccess access{everyAccess, apiTokens};
    FakeAudit audit;
    api::Dispatcher dispatcher{{&access, &audit, &timers, &pool, &decisions, &telemetry::log("t")}};
    FakeDevices devices;
    FakeTunnels tunnels;
    FakeInstall install;
    FakeServer server;
    std::shared_ptr<net::Router> router = std::make_shared<net::Router>();
    net::Loops loops{2, "test", 1};
    api::Api api{{config,     loops,      pool,        timers,      bus,    decisions, *directory, events,
                  side,       rights,      accounts,    factors, logins, tokens, apiTokens, sessions,   setupToken,
                  urls,       access,      dispatcher,  devices, tunnels,  install,    server,
                  power,      folder.path() / "files"}};
    net::HttpServer http{router, [this](net::Task task) { (void)pool.post(std::move(task)); }};
    std::unique_ptr<net::Listener> listener;

    ApiFixture() {
        events.onRecorded([this](const model::Event& e) { api.control().feed().publish(e); });
        sessions.onRevoked([this](const auth::Session& s) { 
            api.control().feed().sessionEnded(s);
            api.streams().sessionEnded(s.publicId);
        });
        apiTokens.load();
        urls.setTokenLife([this](std::string_view user, std::string_view token) {
            return tokens.liveUntilMs(user, token);
        });
        apiTokens.onEnded([this](const std::string& id) { api.streams().tokenEnded(id); });
        api.mount(*router);
        net::ListenerOptions options;
        options.address = "127.0.0.1";
        listener = std::make_unique<net::Listener>(loops, options, http.factory());
    }
    ~ApiFixture() {
        listener.reset();
        loops.stop();
        timers.stop();
        pool.stop();
        events.onRecorded({});
    }

    static config::ServerConfig defaultConfig() {
        config::ServerConfig config;
        config.limits.commandBytes = 1024 * 1024;
        config.limits.bodyBytes = 1024 * 1024;
        config.limits.queueBytes = 1024 * 1024;
        config.limits.commandsPerSecond = 1000;
        config.limits.sessionsPerUser = 5;
        config.telemetry.metrics = config::MetricsAccess::Loopback;
        return config;
    }
    ClientOptions client() const {
        ClientOptions options;
        options.port = listener->port();
        options.tls = false;
        return options;
    }
    Control connect(const std::string& target, Fields headers = {}) {
        return Control(client(), target, std::move(headers));
    }
    /// Signed in with name and password; the greeting is read.
    Control signIn(const std::string& name, const std::string& password = kPassword) {
        auto control = connect("/control.ashx", {{"x-meshauth", meshAuth(name, password)}});
        control.await("userinfo");
        return control;
    }
    struct Browser {
        std::string secret, csrf;
        Fields headers() const { return {{"Cookie", "__Host-trellis=" + secret}}; }
    };
    Browser browser(const std::string& name) {
        const auto made = sessions.create("user//" + name, "127.0.0.1", "test");
        return {made.secret, auth::csrfToken(made.secret)};
    }
    HttpReply post(const std::string& target, const json::object& body, Fields headers = {}) {
        headers.emplace_back("Content-Type", "application/json");
        return request(client(), {"POST", target, std::move(headers), json::serialize(body)});
    }
    HttpReply get(const std::string& target, Fields headers = {}) {
        return request(client(), {"GET", target, std::move(headers), ""});
    }
    /// A device of a group, with an agent that answers.
    model::DevicePtr online(const model::GroupPtr& group, std::string name = "pc") {
        auto device = enrol(group, std::move(name));
        devices.setOnline(device->id);
        directory->agentConnected(device->id, "10.0.0.1:1234");
        return device;
    }
};

/// The last part of an id, as `meshctrl` sends it.
inline std::string shortId(const std::string& id) {
    return id.substr(id.rfind('/') + 1);
}

} // namespace trellis::test
