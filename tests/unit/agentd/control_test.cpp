// Choice among several servers, names that have to be looked up.
#include "agent/link/settings.hpp"
#include "agent_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <trellis/wire/text.hpp>

using namespace trellis::device;
using agentd_test::AgentFixture;
using agentd_test::otherServerIdentity;
using agentd_test::serverIdentity;
namespace w = trellis::wire;

BOOST_FIXTURE_TEST_SUITE(agent_servers, AgentFixture)

BOOST_AUTO_TEST_CASE(a_dead_first_server_gives_way_to_the_second_found_by_name) {
    const auto id = w::encodeHex(serverIdentity().nodeId, w::HexCase::Upper);
    const auto other = w::encodeHex(otherServerIdentity().nodeId, w::HexCase::Upper);
    // Later keys win. Port 1 on loopback refuses.
    moreSettings = "MeshServer=wss://127.0.0.1:1/agent.ashx,wss://localhost:" +
                   std::to_string(server.port()) + "/agent.ashx\r\nServerID=" + other + ',' + id + "\r\n";
    startAgent(serverIdentity().nodeId);
    play([&] {
        const auto head = server.accept();
        BOOST_TEST(head.find("Host: localhost:") != std::string::npos);
        server.authenticate(serverIdentity());
    });
}

BOOST_AUTO_TEST_CASE(an_agent_that_is_stopped_while_it_connects_ends_quietly) {
    startAgent(serverIdentity().nodeId);
    agent->stop();
    BOOST_TEST(!agentd_test::runUntil(loop, [] { return false; }, Milliseconds(100)));
}

BOOST_AUTO_TEST_CASE(a_silent_server_is_pinged_and_left_if_it_stays_silent) {
    moreSettings = "controlChannelIdleTimeout=5\r\n";
    startAgent(serverIdentity().nodeId);
    play([&] {
        server.accept();
        server.authenticate(serverIdentity());
        const auto ping = server.receive();
        BOOST_TEST(ping.opcode == 9);
        BOOST_TEST(ping.payload.empty());
        // No pong: the agent comes again.
        server.accept();
        server.receiveUntil(w::Command::AuthConfirm);
    });
}

BOOST_AUTO_TEST_CASE(a_server_that_does_not_read_costs_a_bounded_queue) {
    startAgent(serverIdentity().nodeId);
    play([&] {
        server.accept();
        server.authenticate(serverIdentity());
        server.send(w::buildCoreModule(w::coreOf(
            "var m = require('MeshAgent'), t = new Array(65537).join('x'), full = 0;"
            "for (var i = 0; i < 200; ++i) { if (m.SendCommand(t) === -1) { ++full; } }"
            "m.SendCommand({ action: 'full', value: full });"
            "setTimeout(function () { m.SendCommand({ action: 'again', value: full }); }, 2000);")));
        int texts = 0;
        for (;;) {
            const auto frame = server.receive();
            if (frame.opcode == 1 && frame.payload[0] == 'x') ++texts;
            if (frame.payload.find("again") != std::string::npos) {
                BOOST_TEST(frame.payload == R"({"action":"again","value":)" + std::to_string(200 - texts) + '}');
                break;
            }
        }
        BOOST_TEST(texts >= 60);
        BOOST_TEST(texts <= 64);
    });
}

BOOST_AUTO_TEST_SUITE_END()
