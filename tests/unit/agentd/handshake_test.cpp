#include "agent/link/handshake.hpp"
#include "test_keys.hpp"

#include <trellis/wire/channel.hpp>

#include <boost/test/unit_test.hpp>

using namespace trellis::device;
namespace wire = trellis::wire;
using agentd_test::deviceIdentity;
using agentd_test::otherServerIdentity;
using agentd_test::serverIdentity;

namespace {
wire::Hash filled(int value) {
    wire::Hash hash;
    hash.fill(static_cast<std::byte>(value));
    return hash;
}

HandshakeInput input() {
    HandshakeInput in;
    in.identity = &deviceIdentity();
    in.serverId = serverIdentity().nodeId;
    in.peer = {filled(1), filled(2)};
    in.nonce = filled(3);
    in.info.agentId = 6;
    in.info.groupId = filled(4);
    in.info.hostName = "pc1";
    in.commitDate = "date";
    in.hostInfo = "Debian - x64";
    return in;
}

std::vector<int> commands(const std::vector<wire::Bytes>& messages) {
    std::vector<int> out;
    for (const auto& each : messages) out.push_back(wire::commandOf(each).value_or(0));
    return out;
}

const wire::Nonce kServerNonce = filled(9);

wire::Bytes request(const wire::Hash& hash = filled(1)) {
    return wire::buildAuthRequest({hash, kServerNonce});
}

/// The server's cmd 2 by `who`, over what it should sign.
wire::Bytes verify(const Identity& who, const wire::Hash& hash = filled(1),
                   const wire::Nonce& first = filled(3)) {
    const auto signature = wire::signHandshake(who.key.get(), hash, first, kServerNonce);
    return wire::buildAuthVerify({who.certificate, signature});
}
using Refusal = Handshake::Refusal;
using Numbers = std::vector<int>;
}  // namespace

BOOST_AUTO_TEST_SUITE(agent_handshake)

BOOST_AUTO_TEST_CASE(the_first_contact_goes_in_the_order_of_the_protocol) {
    Handshake handshake(input());
    BOOST_TEST(commands(handshake.start()) == (Numbers{30, 31, 5, 1}), boost::test_tools::per_element());
    auto step = handshake.take(request());
    BOOST_TEST(commands(step.send) == Numbers{2}, boost::test_tools::per_element());
    step = handshake.take(verify(serverIdentity()));
    BOOST_TEST(step.isServerProved);
    BOOST_TEST(commands(step.send) == Numbers{3}, boost::test_tools::per_element());
    BOOST_TEST(!handshake.isDone());
    handshake.take(wire::buildAuthConfirm());
    BOOST_TEST(handshake.isDone());
}

BOOST_AUTO_TEST_CASE(the_request_carries_the_full_certificate_hash) {
    const auto sent = Handshake(input()).start();
    const auto parsed = wire::parseAuthRequest(sent.back());
    BOOST_REQUIRE(bool(parsed));
    BOOST_TEST((parsed->hash == filled(1)));
    BOOST_TEST((parsed->nonce == filled(3)));
    BOOST_TEST(sent.back().size() == 98U);
}

BOOST_AUTO_TEST_CASE(the_agents_signature_is_over_hash_server_nonce_agent_nonce) {
    Handshake handshake(input());
    handshake.start();
    const auto step = handshake.take(request());
    const auto sent = wire::parseAuthVerify(step.send.at(0));
    BOOST_REQUIRE(bool(sent));
    const auto certificate = wire::parseAgentCertificate(sent->certificate);
    BOOST_REQUIRE(certificate != nullptr);
    BOOST_TEST((wire::keyHash(certificate.get()) == deviceIdentity().nodeId));
    BOOST_TEST(wire::verifyHandshake(certificate.get(), sent->signature, filled(1), kServerNonce, filled(3)));
}

BOOST_AUTO_TEST_CASE(a_pinned_certificate_skips_the_servers_signature) {
    auto in = input();
    in.pinned = filled(1);
    in.agentName = "n\"1";
    Handshake handshake(std::move(in));
    const auto sent = handshake.start();
    BOOST_TEST(commands(sent) == (Numbers{30, 31, 5, 4, 1, 0x7B22, 3}), boost::test_tools::per_element());
    BOOST_TEST(wire::textOf(sent[5]) == R"({"action":"agentName","value":"n\"1"})");
    BOOST_TEST(handshake.isInfoSent());
    BOOST_TEST(!handshake.isDone());
    handshake.take(request());
    handshake.take(wire::buildAuthConfirm());
    BOOST_TEST(handshake.isDone());
}

BOOST_AUTO_TEST_CASE(a_pin_of_another_certificate_counts_for_nothing) {
    auto in = input();
    in.pinned = filled(7);
    BOOST_TEST(commands(Handshake(std::move(in)).start()) == (Numbers{30, 31, 5, 1}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(another_servers_key_gets_no_auth_info) {
    Handshake handshake(input());
    handshake.start();
    handshake.take(request());
    const auto step = handshake.take(verify(otherServerIdentity()));
    BOOST_TEST((step.refusal == Refusal::WrongServer));
    BOOST_TEST(step.send.empty());
    BOOST_TEST(!step.isServerProved);
    handshake.take(wire::buildAuthConfirm());
    BOOST_TEST(!handshake.isDone());
    BOOST_TEST(!handshake.isInfoSent());
}

BOOST_AUTO_TEST_CASE(a_signature_over_anything_else_gets_no_auth_info) {
    for (const auto& bad : {verify(serverIdentity(), filled(5)), verify(serverIdentity(), filled(1), kServerNonce)}) {
        Handshake handshake(input());
        handshake.start();
        handshake.take(request());
        const auto step = handshake.take(bad);
        BOOST_TEST((step.refusal == Refusal::BadSignature));
        BOOST_TEST(!handshake.isInfoSent());
        // The right one afterwards is still taken: failures change nothing.
        BOOST_TEST(handshake.take(verify(serverIdentity())).isServerProved);
    }
}

BOOST_AUTO_TEST_CASE(our_own_signature_played_back_is_no_proof) {
    Handshake handshake(input());
    handshake.start();
    const auto own = handshake.take(request()).send.at(0);
    BOOST_TEST((handshake.take(own).refusal == Refusal::WrongServer));
    BOOST_TEST(!handshake.isInfoSent());
}

BOOST_AUTO_TEST_CASE(a_request_for_another_certificate_is_not_signed) {
    Handshake handshake(input());
    handshake.start();
    const auto step = handshake.take(request(filled(6)));
    BOOST_TEST((step.refusal == Refusal::WrongCertificate));
    BOOST_TEST(step.send.empty());
    // The key hash is allowed (protocol 3.6).
    BOOST_TEST(handshake.take(request(filled(2))).send.size() == 1U);
}

BOOST_AUTO_TEST_CASE(each_message_counts_once) {
    Handshake handshake(input());
    handshake.start();
    BOOST_TEST(handshake.take(request()).send.size() == 1U);
    BOOST_TEST(handshake.take(request()).send.empty());
    BOOST_TEST(handshake.take(verify(serverIdentity())).send.size() == 1U);
    BOOST_TEST(handshake.take(verify(serverIdentity())).send.empty());
}

BOOST_AUTO_TEST_CASE(a_proof_before_the_nonce_is_ignored) {
    Handshake handshake(input());
    handshake.start();
    BOOST_TEST(handshake.take(verify(serverIdentity())).send.empty());
    BOOST_TEST(!handshake.isInfoSent());
}

BOOST_AUTO_TEST_CASE(cut_and_foreign_messages_are_ignored) {
    Handshake handshake(input());
    handshake.start();
    const auto whole = request();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        BOOST_TEST(handshake.take(wire::ByteView(whole).first(size)).send.empty());
    }
    BOOST_TEST(handshake.take(wire::bytesOf(R"({"action":"msg"})")).send.empty());
    BOOST_TEST(handshake.take(wire::coreOf("1;")).send.empty());
    BOOST_TEST(!handshake.isDone());
    handshake.take(request());
    const auto proof = verify(serverIdentity());
    for (std::size_t size = 2; size < proof.size(); size += 7) {
        BOOST_TEST(!handshake.take(wire::ByteView(proof).first(size)).isServerProved);
    }
}

BOOST_AUTO_TEST_CASE(the_confirmation_alone_is_not_enough) {
    Handshake handshake(input());
    handshake.start();
    handshake.take(wire::buildAuthConfirm());
    handshake.take(request());
    BOOST_TEST(!handshake.isDone());
}

BOOST_AUTO_TEST_SUITE_END()
