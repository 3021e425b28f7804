// No thread per connection, whatever the connections are at.
#include <boost/test/unit_test.hpp>

#include "tests/integration/session.hpp"

using namespace trellis::test;

BOOST_AUTO_TEST_SUITE(threads)

BOOST_AUTO_TEST_CASE(idle_and_half_open_connections_add_no_thread) {
    constexpr int kCount = 500;
    Site site({.config = "agents:\n  handshake_timeout_s: 300\n"
                         "limits:\n  sessions_per_user: 1000\n  tls_handshake_s: 120\n"
                         "  head_s: 120\n"});
    const auto client = site.server.client();
    const auto cookie = signIn(client, "admin", ServerProcess::kPassword);
    { // every part of the way has run once
        const auto identity = site.mint.make();
        AgentLink first(client, identity, site.settings);
        const auto warm = site.control();
    }
    const int before = site.server.threads();

    auto plain = client;
    plain.tls = false;
    std::vector<Stream> halfOpen;
    std::vector<WsClient> idle;
    for (int i = 0; i < kCount; ++i) {
        halfOpen.emplace_back(plain);
        if (i % 2 == 0) // the first bytes of a TLS record (RFC 8446 section 5.1), and no more
            halfOpen.back().write(std::string_view("\x16\x03\x01\x02\x00", 5));
        if (i % 2 == 0)
            idle.emplace_back(client, "/control.ashx", Fields{{"Cookie", cookie}});
        else
            idle.emplace_back(client, "/agent.ashx");
    }
    std::vector<AgentMint::Identity> identities;
    std::vector<AgentLink> agents;
    for (int i = 0; i < 50; ++i) {
        identities.push_back(site.mint.make());
        agents.emplace_back(client, identities.back(), site.settings);
    }
    BOOST_TEST(request(client, {.target = "/healthz"}).status == 200);
    BOOST_TEST(site.server.threads() == before);
    BOOST_TEST(signIn(client, "admin", ServerProcess::kPassword) != "");
}

BOOST_AUTO_TEST_SUITE_END()
