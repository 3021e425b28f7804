/// A server with an agent channel on loopback, and an agent to connect to it.
#pragma once

#include "fake_agent.hpp"

#include "../model/fixture.hpp"
#include "../store/quiet_log.hpp"

#include "core/agent/agent_channel.hpp"
#include "core/auth/rights.hpp"
#include "core/auth/server_certificates.hpp"
#include "core/bus/worker_pool.hpp"
#include "core/net/http_server.hpp"
#include "core/net/listener.hpp"
#include "core/store/settings.hpp"
#include <trellis/sdk/guarded.hpp>
#include "tests/support/client.hpp"

#include <trellis/wire/channel.hpp>
#include <trellis/wire/text.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <fstream>

namespace trellis::agent::testing {

namespace json = boost::json;
using trellis::test::eventually;
using trellis::test::QuietLog;

/// What agents told people.
struct RouterStub final : SessionRouter {
    struct Told {
        std::string to;
        json::object message;
    };
    bool toSession(const std::string& id, const json::object& message) override {
        add(id, message);
        return true;
    }
    void toUser(const std::string& id, const json::object& message) override { add(id, message); }
    void toWatchers(const std::string& id, const json::object& message) override {
        add("watchers of " + id, message);
    }
    void add(const std::string& to, const json::object& message) {
        told.with([&](auto& all) { all.push_back({to, message}); });
    }
    std::vector<Told> all() const {
        return told.with([](const auto& list) { return list; });
    }
    sdk::Guarded<std::vector<Told>> told;
};

/// Certificates take a while to make: one set for the whole program.
inline const std::filesystem::path& certificateFolder() {
    static const trellis::test::TempFolder folder;
    static const bool made = [] {
        static QuietLog log;
        auth::ServerCertificates::open({folder.path() / "certs", "localhost",
                                        auth::KeyStrength::Rsa2048}, log);
        return true;
    }();
    (void)made;
    static const auto path = folder.path() / "certs";
    return path;
}

struct ChannelFixture : trellis::test::DirectoryFixture {
    explicit ChannelFixture(std::function<void(AgentServices&)> adjust = {}) {
        user = addUser("anna");
        group = addGroup(user);
        stranger = addUser("bob");
        sessions.load();
        config::AgentsSection section;
        section.handshakeTimeout = std::chrono::seconds(20);
        section.maxMessageBytes = 256 * 1024;
        section.maxAgents = 100;
        config::ServerSection server;
        server.name = "localhost";
        server.port = 8443;
        AgentServices services{*directory, side,    events,  rights,  *certificates,
                               sessions,   tokens,  workers, section, server};
        if (adjust) adjust(services);
        channel = std::make_unique<AgentChannel>(std::move(services));
        channel->setRouter(&told);
        channel->mount(*router);
        net::ListenerOptions options;
        options.address = "127.0.0.1";
        options.tls = net::TlsContext::create(net::TlsProfile::Modern, certificates->web());
        listener = std::make_unique<net::Listener>(loops, options, http.factory());
    }
    ~ChannelFixture() {
        channel->hub().disconnectAll("end of the test");
        listener.reset();
        loops.stop();
        workers.stop();
        channel.reset();
    }
    trellis::test::ClientOptions client() const {
        trellis::test::ClientOptions out;
        out.port = listener->port();
        return out;
    }
    wire::Hash groupHash() const {
        return wire::hashAt(*wire::decodeId64(group->id.substr(group->id.rfind('/') + 1)));
    }
    std::string idOf(const FakeAgent& agent) const { return "node//" + wire::encodeId64(agent.id()); }
    bool isOnline(const FakeAgent& agent) const {
        return directory->presence(idOf(agent)).isConnected();
    }

    net::Loops loops{2, "test"};
    bus::WorkerPool workers{{2, 1000, "test"}};
    model::SideDocuments side{*database, time.clock()};
    model::EventLog events{*database, time.clock()};
    auth::RightsDecider rights{*directory};
    auth::Sessions sessions{*database, {}, time.clock()};
    store::Settings settings{*database, store::SecretBox::fromFile(folder.path() / "secret.key")};
    auth::UrlTokens tokens{settings, time.clock()};
    QuietLog log;
    std::shared_ptr<auth::ServerCertificates> certificates = auth::ServerCertificates::open(
        {certificateFolder(), "localhost", auth::KeyStrength::Rsa2048}, log);
    RouterStub told;
    std::shared_ptr<net::Router> router = std::make_shared<net::Router>();
    net::HttpServer http{router, [this](net::Task task) { (void)workers.post(std::move(task)); }};
    std::unique_ptr<AgentChannel> channel;
    std::unique_ptr<net::Listener> listener;
    model::UserPtr user;
    model::UserPtr stranger;
    model::GroupPtr group;
};

/// A connection of a fake agent.
class AgentLink {
public:
    AgentLink(const ChannelFixture& server, const FakeAgent& as, trellis::test::Fields headers = {})
        : server_(server), agent_(as), socket_(server.client(), "/agent.ashx", std::move(headers)) {
        webHash = wire::sha384(wire::bytesOf(socket_.stream().certificateDer()));
    }
    void send(const wire::Bytes& message) { socket_.sendBinary(wire::textOf(message)); }
    void send(const json::object& message) { socket_.sendText(json::serialize(message)); }
    wire::Bytes receive() {
        const auto message = socket_.receive();
        if (message.opcode == 8) throw trellis::test::ClientError("closed");
        wire::Bytes out;
        wire::append(out, message.payload);
        return out;
    }
    json::object receiveJson() {
        const auto message = receive();
        return json::parse(wire::textOf(message)).as_object();
    }
    /// The whole first contact; afterwards the server has sent its confirmation.
    void authenticate(const std::string& host = "pc1", const wire::Hash* groupId = nullptr) {
        send(wire::buildCommitDate("2022-Nov-2 23:01:45-0700"));
        send(agent_.request(webHash));
        const auto reply = wire::parseAuthRequest(receive());
        if (!wire::parseAuthVerify(receive())) throw trellis::test::ClientError("no signature");
        send(agent_.proof(*reply));
        send(agent_.info(groupId != nullptr ? *groupId : server_.groupHash(), host));
    }
    /// authenticate(), then takes the script: the state of an agent at work.
    void connect(const std::string& host = "pc1") {
        authenticate(host);
        if (!wire::isAuthConfirm(receive())) throw trellis::test::ClientError("not confirmed");
        takeScript();
    }
    /// Answers the question for the script's hash with the right one.
    void takeScript() {
        if (receive() != wire::buildHeader(wire::Command::CoreModuleHash)) {
            throw trellis::test::ClientError("not asked for the script");
        }
        send(wire::buildHash(wire::Command::CoreModuleHash,
                             server_.channel->script().current()->hash));
        if (receive() != wire::buildHeader(wire::Command::CoreOk)) {
            throw trellis::test::ClientError("script not accepted");
        }
    }
    /// True if the server answers a ping and had sent nothing before.
    bool isSilent() {
        socket_.sendFrame(9, "still there?");
        return socket_.receiveFrame().opcode == 10;
    }
    trellis::test::WsClient& socket() { return socket_; }
    wire::Hash webHash{};

private:
    const ChannelFixture& server_;
    const FakeAgent& agent_;
    trellis::test::WsClient socket_;
};

} // namespace trellis::agent::testing
