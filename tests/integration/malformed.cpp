// Malformed bytes close their own connection with the right code and disturb nothing else.
#include <boost/test/unit_test.hpp>

#include <memory>
#include <vector>

#include "tests/integration/session.hpp"

using namespace trellis::test;
using namespace std::string_view_literals;

namespace {

/// A raw client frame (RFC 6455 section 5.2) and the code that has to come back (section 7.4.1).
struct BadFrame {
    const char* name;
    std::string_view bytes;
    std::uint16_t code;
};
const BadFrame kBadFrames[] = {
    {"without a mask", "\x81\x02hi"sv, 1002},
    {"RSV1 on a control frame", "\xc9\x80\0\0\0\0"sv, 1002},
    {"RSV2", "\xa1\x80\0\0\0\0"sv, 1002},
    {"RSV3", "\x91\x80\0\0\0\0"sv, 1002},
    {"reserved data opcode 3", "\x83\x80\0\0\0\0"sv, 1002},
    {"reserved control opcode 11", "\x8b\x80\0\0\0\0"sv, 1002},
    {"fragmented ping", "\x09\x80\0\0\0\0"sv, 1002},
    {"ping of 126 bytes", "\x89\xfe\0\x7e\0\0\0\0"sv, 1002},
    {"continuation of nothing", "\x80\x80\0\0\0\0"sv, 1002},
    {"length not in the shortest form", "\x82\xfe\0\x05\0\0\0\0hello"sv, 1002},
    {"length with its highest bit", "\x82\xff\x80\0\0\0\0\0\0\0\0\0\0\0"sv, 1002},
    {"close with a code of one byte", "\x88\x81\0\0\0\0\x03"sv, 1002},
    {"close with code 1005", "\x88\x82\0\0\0\0\x03\xed"sv, 1002},
    {"close with code 999", "\x88\x82\0\0\0\0\x03\xe7"sv, 1002},
};

struct Fixture {
    Site site;
    ClientOptions client = site.server.client();

    void serverAnswersOn() {
        BOOST_TEST(request(client, {.target = "/healthz"}).status == 200);
        auto control = site.control();
        BOOST_TEST(!control.groups().empty());
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(malformed, Fixture)

BOOST_AUTO_TEST_CASE(bad_frames_on_a_control_connection) {
    auto bystander = site.control();
    for (const auto& bad : kBadFrames) {
        auto control = site.control();
        control.socket.stream().write(bad.bytes);
        BOOST_TEST(control.socket.waitForClose() == bad.code, bad.name);
    }
    auto control = site.control();
    control.socket.sendText("{\"action\":\"\xff\xfe\"}");
    BOOST_TEST(control.socket.waitForClose() == 1007);
    BOOST_TEST(!bystander.groups().empty());
    serverAnswersOn();
}

BOOST_AUTO_TEST_CASE(bad_frames_on_an_agent_connection) {
    for (const auto& bad : kBadFrames) {
        // One that comes back again and again would be held off.
        AgentLink agent(client, site.mint.make(), site.settings);
        agent.socket.stream().write(bad.bytes);
        BOOST_TEST(agent.socket.waitForClose() == bad.code, bad.name);
        WsClient stranger(client, "/agent.ashx");
        stranger.stream().write(bad.bytes);
        BOOST_TEST(stranger.waitForClose() == bad.code, bad.name << ", before the handshake");
    }
    serverAnswersOn();
}

BOOST_AUTO_TEST_CASE(bad_frames_on_either_end_of_a_relay) {
    const auto identity = site.mint.make();
    AgentLink agent(client, identity, site.settings);
    auto control = site.control();
    for (const auto& bad : kBadFrames) {
        TunnelEnds one(client, control, agent, identity.deviceId);
        one.viewer.stream().write(bad.bytes);
        BOOST_TEST(one.viewer.waitForClose() == bad.code, bad.name << ", viewer");
        BOOST_TEST(one.device.waitForClose() != 1006, bad.name << ", the device's end");
        TunnelEnds two(client, control, agent, identity.deviceId);
        two.device.stream().write(bad.bytes);
        BOOST_TEST(two.device.waitForClose() == bad.code, bad.name << ", device");
        BOOST_TEST(two.viewer.waitForClose() != 1006, bad.name << ", the viewer's end");
    }
    serverAnswersOn();
}

BOOST_AUTO_TEST_CASE(messages_above_the_limit_are_too_big) {
    auto control = site.control();
    // The header alone says 2 MiB.
    control.socket.stream().write("\x81\xff\0\0\0\0\0\x20\0\0\0\0\0\0"sv);
    BOOST_TEST(control.socket.waitForClose() == 1009);
    WsClient stranger(client, "/agent.ashx");
    stranger.stream().write("\x82\xff\0\0\0\0\0\x20\0\0\0\0\0\0"sv);
    BOOST_TEST(stranger.waitForClose() == 1009);
    // The same in pieces, none of which is long.
    auto pieces = site.control();
    try {
        pieces.socket.sendFrame(1, std::string(65000, ' '), false);
        for (int i = 0; i < 20; ++i)
            pieces.socket.sendFrame(0, std::string(65000, ' '), false);
    } catch (const ClientError&) { // closed while we wrote
    }
    BOOST_TEST(pieces.socket.waitForClose() == 1009);
    serverAnswersOn();
}

BOOST_AUTO_TEST_CASE(handshake_messages_that_do_not_fit_end_the_connection) {
    const std::string messages[] = {
        std::string("\0\x01", 2),                        // cmd 1 without hash and nonce
        std::string("\0\x01", 2) + std::string(97, 'x'), // one byte too many
        std::string("\0\x02\xff\xff", 4),                // a certificate of 65,535 bytes, absent
        std::string("\0\x03\0\0", 4),                    // AuthInfo cut off
        std::string("\0\x05", 2),                        // no identity
        std::string("\0", 1),                            // less than a command
        std::string("\0\x01", 2) + std::string(20000, 'x'),
    };
    // Some are held until the handshake's time is over (30 s), as the protocol has it; so all at once.
    auto patient = client;
    patient.timeout = std::chrono::seconds(45);
    std::vector<std::unique_ptr<WsClient>> agents;
    for (const auto& message : messages) {
        agents.push_back(std::make_unique<WsClient>(patient, "/agent.ashx"));
        agents.back()->sendBinary(message);
    }
    for (std::size_t i = 0; i < agents.size(); ++i) {
        const auto code = agents[i]->waitForClose();
        BOOST_TEST((code == 1002 || code == 1008 || code == 1009),
                   "cmd of " << messages[i].size() << " bytes closed with " << code);
    }
    BOOST_TEST(site.server.ctl({"--json", "device", "list"}).find("node//") == std::string::npos);
    serverAnswersOn();
}

BOOST_AUTO_TEST_CASE(commands_that_are_no_json_object_harm_nobody) {
    const std::string deep = std::string(100000, '[');
    for (const std::string& text :
         {std::string("nonsense"), std::string("[]"), std::string("\"a\""), std::string("{"), deep,
          std::string(R"({"action":)") + deep + "}", std::string(R"({"action":{}})"),
          std::string(R"({"action":"nosuchcommand","responseid":"1"})"),
          std::string(R"({"action":"meshes","action":"users"})"), std::string("{}"),
          std::string()}) {
        auto control = site.control();
        control.socket.sendText(text);
        // It may answer, ignore or close; a following command tells that it did one of them.
        try {
            control.groups();
        } catch (const ClientError& closed) {
            BOOST_TEST(std::string_view(closed.what()) != "timed out");
        }
    }
    serverAnswersOn();
}

BOOST_AUTO_TEST_CASE(http_heads_that_are_too_long_or_wrong_are_refused) {
    const std::pair<std::string, int> heads[] = {
        {"GET /" + std::string(20000, 'a') + " HTTP/1.1\r\nHost: localhost\r\n\r\n", 414},
        {"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(20000, 'a') + "\r\n\r\n", 431},
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n folded\r\n\r\n", 400},
        {"GET / HTTP/3.7\r\nHost: a\r\n\r\n", 505},
        {"nonsense\r\n\r\n", 400},
        {std::string("\0\x01\x02\x03\r\n\r\n", 8), 400},
    };
    for (const auto& [head, status] : heads) {
        Stream stream(client);
        stream.write(head);
        const auto reply = readReply(stream);
        // 414 and 431 say the same where the line alone is too long.
        BOOST_TEST((reply.status == status || (status == 414 && reply.status == 431)),
                   head.substr(0, 60) << " answered " << reply.status);
        BOOST_TEST(stream.waitForEnd());
    }
    serverAnswersOn();
}

BOOST_AUTO_TEST_SUITE_END()
