#define BOOST_TEST_MODULE agent
#include <boost/test/unit_test.hpp>

#include "core/agent/handshake.hpp"
#include "fake_agent.hpp"

using namespace trellis;
using namespace trellis::agent;
using trellis::agent::testing::FakeAgent;

namespace {

const wire::Hash kWeb = wire::sha384(wire::bytesOf("our web certificate"));
const wire::Hash kGroup = wire::sha384(wire::bytesOf("group"));

struct Fixture {
    Fixture() : serverKey(wire::test::sharedKey(2)) {
        serverDer = wire::derOf(wire::test::selfSigned(serverKey).get());
        Handshake::Settings settings;
        settings.isOurWebHash = [](const wire::Hash& hash) { return hash == kWeb; };
        settings.serverCertificate = &serverDer;
        settings.serverNonce = nonce;
        server.emplace(settings);
    }
    Handshake::Step give(const wire::Bytes& message) { return server->onMessage(message); }
    wire::AuthRequest reply() const { return {kWeb, nonce}; }

    EVP_PKEY* serverKey;
    wire::Bytes serverDer;
    wire::Nonce nonce = wire::randomNonce();
    std::optional<Handshake> server;
    FakeAgent agent;
};

bool isQuiet(const Handshake::Step& step) {
    return step.send.empty() && !step.sign && !step.verify && !step.isComplete &&
           step.failure == HandshakeFailure::None;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(handshake, Fixture)

BOOST_AUTO_TEST_CASE(first_contact_ends_with_the_agents_key_hash) {
    BOOST_TEST(isQuiet(give(wire::buildCommitDate("2022-Nov-2 23:01:45-0700"))));
    BOOST_TEST(isQuiet(give(wire::buildHostInfo("Debian GNU/Linux 12 (bookworm) - x64"))));
    BOOST_TEST(isQuiet(give(wire::buildServerId(wire::keyHash(serverKey)))));
    auto step = give(agent.request(kWeb));
    BOOST_REQUIRE(step.send.size() == 1);
    const auto reply1 = wire::parseAuthRequest(step.send[0]);
    BOOST_TEST((reply1->hash == kWeb));
    BOOST_TEST((reply1->nonce == nonce));
    BOOST_REQUIRE(step.sign.has_value());

    step = server->signedWith(wire::signHandshake(serverKey, step.sign->hash, step.sign->first,
                                                  step.sign->second));
    BOOST_REQUIRE(step.send.size() == 1);
    const auto reply2 = wire::parseAuthVerify(step.send[0]);
    const auto certificate = wire::parseCertificate(reply2->certificate);
    BOOST_TEST(wire::verifyHandshake(certificate.get(), reply2->signature, kWeb, agent.nonce, nonce));

    step = give(agent.proof(reply()));
    BOOST_REQUIRE(step.verify.has_value());
    BOOST_TEST(isQuiet(server->verified(step.verify->run())));
    step = give(agent.info(kGroup));
    BOOST_TEST(step.isComplete);
    BOOST_TEST((server->identity().keyHash == agent.id()));
    BOOST_TEST(server->identity().info.hostName == "pc1");
    BOOST_TEST(server->identity().commitDate == "2022-Nov-2 23:01:45-0700");
    BOOST_TEST(!server->identity().isPinned);
}

BOOST_AUTO_TEST_CASE(pinned_agent_gets_no_second_message_and_costs_no_signature) {
    BOOST_TEST(isQuiet(give(wire::buildAuthConfirm())));
    auto step = give(agent.request(kWeb));
    BOOST_TEST(step.send.size() == 1U);
    BOOST_TEST(!step.sign.has_value());
    BOOST_TEST(isQuiet(give(agent.info(kGroup)))); // comes early on a reconnect
    step = give(agent.proof(reply()));
    BOOST_REQUIRE(step.verify.has_value());
    step = server->verified(step.verify->run());
    BOOST_TEST(step.isComplete);
    BOOST_TEST(server->identity().isPinned);
}

BOOST_AUTO_TEST_CASE(confirm_after_the_request_changes_nothing) {
    const auto step = give(agent.request(kWeb));
    BOOST_TEST(step.sign.has_value());
    BOOST_TEST(isQuiet(give(wire::buildAuthConfirm())));
    BOOST_TEST(!server->identity().isPinned);
}

BOOST_AUTO_TEST_CASE(proof_before_the_request_is_kept_and_verified_afterwards) {
    BOOST_TEST(isQuiet(give(agent.proof(reply()))));
    const auto step = give(agent.request(kWeb));
    BOOST_REQUIRE(step.verify.has_value());
    BOOST_TEST((step.verify->run() == agent.id()));
}

BOOST_AUTO_TEST_CASE(foreign_web_hash_is_held_without_any_answer) {
    const auto step = give(agent.request(wire::sha384(wire::bytesOf("man in the middle"))));
    BOOST_TEST((step.failure == HandshakeFailure::UnknownWebHash));
    BOOST_TEST(isHeld(step.failure));
    BOOST_TEST(step.send.empty());
    BOOST_TEST(isQuiet(give(agent.request(kWeb))));
    BOOST_TEST(isQuiet(give(agent.proof(reply()))));
}

BOOST_AUTO_TEST_CASE(signature_of_another_key_is_held) {
    give(agent.request(kWeb));
    const FakeAgent other(1);
    const auto signature = wire::signHandshake(other.key, kWeb, nonce, agent.nonce);
    const auto step = give(
        wire::buildAuthVerify({wire::derOf(agent.certificate.get()), signature}));
    const auto end = server->verified(step.verify->run());
    BOOST_TEST((end.failure == HandshakeFailure::BadSignature));
    BOOST_TEST(isHeld(end.failure));
    BOOST_TEST(isQuiet(give(agent.info(kGroup))));
}

BOOST_AUTO_TEST_CASE(replayed_proof_of_another_connection_fails) {
    give(agent.request(kWeb));
    const auto old = agent.proof({kWeb, wire::randomNonce()}); // another server nonce
    BOOST_TEST(!give(old).verify->run().has_value());
}

BOOST_AUTO_TEST_CASE(server_signature_sent_back_as_the_agents_fails) {
    // Swapped roles: the two signatures cover the nonces in opposite order.
    give(agent.request(kWeb));
    const auto signature = wire::signHandshake(agent.key, kWeb, agent.nonce, nonce);
    const auto step = give(
        wire::buildAuthVerify({wire::derOf(agent.certificate.get()), signature}));
    BOOST_TEST(!step.verify->run().has_value());
}

BOOST_AUTO_TEST_CASE(certificate_that_is_none_fails_like_a_bad_signature) {
    give(agent.request(kWeb));
    const auto step = give(wire::buildAuthVerify({wire::bytesOf("junk"), wire::bytesOf("junk")}));
    BOOST_REQUIRE(step.verify.has_value());
    BOOST_TEST(!step.verify->run().has_value());
}

BOOST_AUTO_TEST_CASE(repeats_are_ignored) {
    BOOST_TEST(give(agent.request(kWeb)).send.size() == 1U);
    BOOST_TEST(isQuiet(give(agent.request(kWeb))));
    BOOST_TEST(give(agent.proof(reply())).verify.has_value());
    BOOST_TEST(isQuiet(give(FakeAgent(1).proof(reply()))));
    BOOST_TEST(isQuiet(give(agent.info(kGroup, "first"))));
    BOOST_TEST(isQuiet(give(agent.info(kGroup, "second"))));
    BOOST_TEST(server->identity().info.hostName == "first");
}

BOOST_AUTO_TEST_CASE(wrong_lengths_are_ignored_and_do_not_count_as_seen) {
    auto request = agent.request(kWeb);
    request.pop_back();
    BOOST_TEST(isQuiet(give(request)));
    BOOST_TEST(isQuiet(give({std::byte{0}})));
    BOOST_TEST(isQuiet(give({})));
    auto info = agent.info(kGroup);
    info.resize(60);
    BOOST_TEST(isQuiet(give(info)));
    BOOST_TEST(isQuiet(give({std::byte{0}, std::byte{4}, std::byte{0}}))); // no confirm
    BOOST_TEST(give(agent.request(kWeb)).sign.has_value());
}

BOOST_AUTO_TEST_CASE(lying_lengths_are_refused) {
    const auto lie = wire::Bytes{std::byte{0}, std::byte{2}, std::byte{4}, std::byte{0},
                                 std::byte{1}, std::byte{1}};
    BOOST_TEST((give(lie).failure == HandshakeFailure::Malformed));
    BOOST_TEST(!isHeld(HandshakeFailure::Malformed));
}

BOOST_AUTO_TEST_CASE(host_name_with_control_characters_is_refused) {
    BOOST_TEST((give(agent.info(kGroup, "a\nb")).failure == HandshakeFailure::Malformed));
}

BOOST_AUTO_TEST_CASE(only_agent_name_is_taken_as_json_before_authentication) {
    const auto json = [&](const std::string& text) {
        wire::Bytes message;
        wire::append(message, text);
        return give(message);
    };
    BOOST_TEST(isQuiet(json(R"({"action":"coreinfo","value":"x"})")));
    BOOST_TEST(isQuiet(json(R"({"action":"agentName","value":""})")));
    BOOST_TEST(isQuiet(json(R"({"action":"agentName","value":7})")));
    BOOST_TEST(isQuiet(json(R"({"action":"agentName","value":"a\u0000b"})")));
    BOOST_TEST(isQuiet(json("{\"action\":\"agentName\",\"value\":\"" + std::string(256, 'a') + "\"}")));
    BOOST_TEST(isQuiet(json("{")));
    BOOST_TEST(isQuiet(json(std::string(200, '{'))));
    BOOST_TEST(server->identity().agentName.empty());
    BOOST_TEST(isQuiet(json(R"({"action":"agentName","value":"Reception"})")));
    BOOST_TEST(isQuiet(json(R"({"action":"agentName","value":"Other"})")));
    BOOST_TEST(server->identity().agentName == "Reception");
}

BOOST_AUTO_TEST_CASE(commands_of_the_channel_are_ignored_before_authentication) {
    for (const auto command : {wire::Command::CoreModuleHash, wire::Command::AgentHash,
                               wire::Command::AgentTag, wire::Command::AgentUpdateBlock}) {
        BOOST_TEST(isQuiet(give(wire::buildHeader(command))));
    }
}

BOOST_AUTO_TEST_CASE(endless_chatter_is_refused) {
    Handshake::Step step;
    for (std::size_t i = 0; i <= Handshake::kMaxMessages; ++i) {
        step = give(wire::buildHostInfo("x"));
    }
    BOOST_TEST((step.failure == HandshakeFailure::TooManyMessages));
}

BOOST_AUTO_TEST_CASE(failed_signing_ends_the_connection) {
    give(agent.request(kWeb));
    BOOST_TEST((server->signedWith(std::nullopt).failure == HandshakeFailure::NoSignature));
}

BOOST_AUTO_TEST_CASE(info_before_everything_completes_after_the_proof) {
    BOOST_TEST(isQuiet(give(agent.info(kGroup))));
    give(agent.request(kWeb));
    const auto step = give(agent.proof(reply()));
    BOOST_TEST(server->verified(step.verify->run()).isComplete);
}

BOOST_AUTO_TEST_SUITE_END()
