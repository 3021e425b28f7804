#include "agent/base/file.hpp"
#include "agent_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <zlib.h>

using namespace trellis::device;
using agentd_test::AgentFixture;
using agentd_test::otherServerIdentity;
using agentd_test::serverIdentity;
using wire = trellis::wire::Command;
namespace w = trellis::wire;

namespace {
std::string text(const w::Bytes& bytes) { return std::string(w::textOf(bytes)); }

std::string rawDeflate(std::string data) {
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
    std::string out(data.size() + 100, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(data.data());
    stream.avail_in = static_cast<uInt>(data.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}
}  // namespace

BOOST_FIXTURE_TEST_SUITE(agent_channel, AgentFixture)

BOOST_AUTO_TEST_CASE(the_right_server_is_connected_and_the_request_is_plain) {
    startAgent(serverIdentity().nodeId);
    play([&] {
        const auto head = server.accept();
        BOOST_TEST(head.starts_with("GET /agent.ashx HTTP/1.1\r\nHost: 127.0.0.1:"));
        BOOST_TEST(head.find("Origin") == std::string::npos);
        const auto info = server.authenticate(serverIdentity());
        BOOST_TEST(info.agentId == 6U);
        BOOST_TEST(info.capabilities == 0x118U);
        BOOST_TEST(!info.hostName.empty());
    });
}

BOOST_AUTO_TEST_CASE(a_server_with_another_key_never_gets_auth_info) {
    startAgent(serverIdentity().nodeId);
    play([&] {
        server.accept();
        const auto request = w::parseAuthRequest(server.receiveUntil(wire::AuthRequest));
        const auto nonce = w::randomNonce();
        server.send(w::buildAuthRequest({request->hash, nonce}));
        const auto signature = w::signHandshake(otherServerIdentity().key.get(), request->hash,
                                                request->nonce, nonce);
        server.send(w::buildAuthVerify({otherServerIdentity().certificate, signature}));
        server.send(w::buildAuthConfirm());
        // Neither are commands obeyed.
        server.send(w::buildHeader(wire::CoreModuleHash));
        BOOST_TEST(server.neverReceives(wire::AuthInfo));
    });
}

BOOST_AUTO_TEST_CASE(the_second_connection_skips_the_signature_only_for_the_same_server) {
    startAgent(serverIdentity().nodeId);
    play([&] {
        server.accept();
        server.authenticate(serverIdentity());
        server.close();
        server.accept();
        server.receiveUntil(wire::AuthConfirm);
        const auto request = w::parseAuthRequest(server.receiveUntil(wire::AuthRequest));
        BOOST_TEST((request->hash == server.certificateHash()));
        server.receiveUntil(wire::AuthInfo);
        server.send(w::buildAuthRequest({request->hash, w::randomNonce()}));
        server.receiveUntil(wire::AuthVerify);
        server.send(w::buildAuthConfirm());
        server.receiveUntil(wire::AgentTag);
    });
    // Other settings, same certificate, same data folder: that pin must not count.
    startAgent(otherServerIdentity().nodeId);
    play([&] {
        server.accept();
        BOOST_TEST(server.neverReceives(wire::AuthConfirm));
    });
}

BOOST_AUTO_TEST_CASE(a_lost_server_is_connected_again_by_itself) {
    startAgent(serverIdentity().nodeId);
    play([&] {
        for (int i = 0; i < 2; ++i) {
            server.accept();
            server.receiveUntil(wire::AuthRequest);
            server.close();
        }
        server.accept();
        BOOST_TEST(server.authenticate(serverIdentity()).infoVersion == 1U);
    });
}

BOOST_AUTO_TEST_CASE(a_pushed_core_runs_before_its_hash_is_reported) {
    startAgent(serverIdentity().nodeId);
    play([&] {
        server.accept();
        server.authenticate(serverIdentity());
        server.send(w::buildHeader(wire::CoreModuleHash, 7));
        BOOST_TEST(text(server.receiveCommand()) == text(w::buildHeader(wire::CoreModuleHash, 7)));
        const auto core = w::coreOf("require('MeshAgent').SendCommand({action:'coreinfo',value:'\xC3\xA4'});");
        server.send(w::buildCoreModule(core, 3));
        const auto info = server.receive();
        BOOST_TEST(info.opcode == 1);
        BOOST_TEST(info.payload == "{\"action\":\"coreinfo\",\"value\":\"\xC3\xA4\"}");
        BOOST_TEST(text(server.receiveCommand()) ==
                   text(w::buildHash(wire::CoreModuleHash, w::sha384(core), 3)));
        server.send(w::buildHeader(wire::CoreModule, 4));
        BOOST_TEST(text(server.receiveCommand()) == text(w::buildHeader(wire::CoreModuleHash, 4)));
    });
}

BOOST_AUTO_TEST_CASE(a_core_whose_hash_does_not_fit_is_neither_run_nor_kept) {
    startAgent(serverIdentity().nodeId);
    play([&] {
        server.accept();
        server.authenticate(serverIdentity());
        auto message = w::buildCoreModule(w::coreOf("require('MeshAgent').SendCommand({action:'bad'});"));
        message.back() = std::byte{' '};
        server.send(message);
        BOOST_TEST(text(server.receiveCommand()) == text(w::buildHeader(wire::CoreModuleHash)));
    });
    BOOST_TEST(!readFile(folder.path("core"), 1000).has_value());
}

BOOST_AUTO_TEST_CASE(a_deflated_core_is_taken_only_without_a_zlib_head) {
    startAgent(serverIdentity().nodeId);
    play([&] {
        server.accept();
        server.authenticate(serverIdentity());
        const auto core = w::coreOf("var a = 1;");
        const auto hash = w::sha384(core);
        auto message = text(w::buildHash(wire::CompressedCoreModule, hash)) + rawDeflate(text(core));
        server.send(2, message);
        BOOST_TEST(text(server.receiveCommand()) == text(w::buildHash(wire::CoreModuleHash, hash)));
        message = text(w::buildHash(wire::CompressedCoreModule, hash)) + "\x78\x9c" + rawDeflate(text(core));
        server.send(2, message);
        BOOST_TEST(text(server.receiveCommand()) == text(w::buildHeader(wire::CoreModuleHash)));
    });
}

BOOST_AUTO_TEST_CASE(the_cached_core_runs_after_a_restart_when_the_server_says_ok) {
    startAgent(serverIdentity().nodeId);
    const auto core = w::coreOf("require('MeshAgent').SendCommand({action:'hello'});");
    play([&] {
        server.accept();
        server.authenticate(serverIdentity());
        server.send(w::buildCoreModule(core));
        server.receiveUntil(wire::CoreModuleHash);
    });
    startAgent(serverIdentity().nodeId);
    play([&] {
        server.accept();
        server.receiveUntil(wire::AuthInfo);
        server.send(w::buildAuthRequest({server.certificateHash(), w::randomNonce()}));
        server.send(w::buildAuthConfirm());
        server.receiveUntil(wire::AgentTag);
        server.send(w::buildHeader(wire::CoreModuleHash));
        BOOST_TEST(text(server.receiveCommand()) ==
                   text(w::buildHash(wire::CoreModuleHash, w::sha384(core))));
        server.send(w::buildHeader(wire::CoreOk));
        BOOST_TEST(server.receive().payload == R"({"action":"hello"})");
    });
}

BOOST_AUTO_TEST_CASE(a_core_that_hung_is_not_run_until_it_is_pushed_again) {
    startAgent(serverIdentity().nodeId);
    const auto core = w::coreOf("require('MeshAgent').SendCommand({action:'hello'});");
    replaceFile(folder.path("core"), text(core), 0600);
    std::string hex;
    for (const auto byte : w::sha384(core)) {
        hex += "0123456789ABCDEF"[std::to_integer<unsigned>(byte) >> 4U];
        hex += "0123456789ABCDEF"[std::to_integer<unsigned>(byte) & 15U];
    }
    replaceFile(hungCoreFile(folder.path()), hex, 0600);
    startAgent(serverIdentity().nodeId);
    play([&] {
        server.accept();
        server.authenticate(serverIdentity());
        server.send(w::buildHeader(wire::CoreOk));
        BOOST_TEST(server.receive().payload.find("did not return") != std::string::npos);
        server.send(w::buildCoreModule(core));
        BOOST_TEST(server.receive().payload == R"({"action":"hello"})");
    });
}

BOOST_AUTO_TEST_CASE(a_mistake_in_the_core_is_reported_and_costs_only_the_core) {
    startAgent(serverIdentity().nodeId);
    play([&] {
        server.accept();
        server.authenticate(serverIdentity());
        server.send(w::buildCoreModule(w::coreOf("let x = 1;")));
        BOOST_TEST(server.receive().payload.find("SyntaxError") != std::string::npos);
        server.receiveUntil(wire::CoreModuleHash);
        server.send(w::buildHeader(wire::AgentHash, 5));
        const auto reply = w::parseHashReply(wire::AgentHash, server.receiveCommand());
        BOOST_REQUIRE(bool(reply));
        BOOST_TEST(reply->requestId == 5);
        BOOST_TEST((*reply->hash == w::sha384(w::bytesOf("the program"))));
    });
}

BOOST_AUTO_TEST_CASE(json_pings_are_answered_without_a_core) {
    startAgent(serverIdentity().nodeId);
    play([&] {
        server.accept();
        server.authenticate(serverIdentity());
        server.send(2, R"({ "action" : "ping" })");
        const auto pong = server.receive();
        BOOST_TEST(pong.opcode == 1);
        BOOST_TEST(pong.payload == R"({"action":"pong"})");
        server.send(9, "are you there");
        BOOST_TEST(server.receive().opcode == 10);
    });
}

BOOST_AUTO_TEST_CASE(a_foreign_program_is_not_installed) {
    startAgent(serverIdentity().nodeId);
    play([&] {
        server.accept();
        server.authenticate(serverIdentity());
        const auto program = readFile("/bin/true", 10'000'000).value();
        server.send(w::buildHeader(wire::AgentUpdate));
        for (std::size_t at = 0; at < program.size(); at += w::kMaxUpdateBlock) {
            const auto piece = std::string_view(program).substr(at, w::kMaxUpdateBlock);
            server.send(w::buildUpdateBlock(w::bytesOf(piece), 1));
            BOOST_TEST(text(server.receiveCommand()) == text(w::buildHeader(wire::AgentUpdateBlock, 1)));
        }
        server.send(w::buildHash(wire::AgentUpdate, w::sha384(w::bytesOf(program))));
        BOOST_TEST(server.receive().payload.find("update refused") != std::string::npos);
        // Comes back and asks not to be updated for now.
        server.accept();
        server.receiveUntil(wire::AuthInfo);
        server.send(w::buildAuthRequest({server.certificateHash(), w::randomNonce()}));
        server.send(w::buildAuthConfirm());
        server.receiveUntil(wire::AgentTag);
        server.send(w::buildHeader(wire::AgentHash));
        BOOST_TEST(text(server.receiveCommand()) == text(w::buildHash(wire::AgentHash, w::Hash{})));
    });
    BOOST_TEST(readFile(folder.path("trellis-agent"), 100).value_or("") == "the program");
    BOOST_TEST(!readFile(folder.path("trellis-agent.update"), 10'000'000).has_value());
}

BOOST_AUTO_TEST_CASE(updates_that_are_switched_off_are_ignored_in_silence) {
    moreSettings = "disableUpdate=1\r\n";
    startAgent(serverIdentity().nodeId);
    play([&] {
        server.accept();
        server.authenticate(serverIdentity());
        server.send(w::buildHeader(wire::AgentUpdate));
        server.send(w::buildUpdateBlock(w::bytesOf("x"), 1));
        server.send(w::buildHeader(wire::AgentHash));
        BOOST_TEST(text(server.receiveCommand()) == text(w::buildHash(wire::AgentHash, w::Hash{})));
    });
}

BOOST_AUTO_TEST_CASE(a_server_that_breaks_the_websocket_is_left) {
    startAgent(serverIdentity().nodeId);
    play([&] {
        server.accept();
        server.answer(std::string("\x82\x7f\x00\x00\x00\x01\x00\x00\x00\x00", 10));
        for (;;) {
            const auto frame = server.receive();
            if (frame.opcode != 8) continue;
            BOOST_TEST(frame.payload == "\x03\xF1");  // 1009
            break;
        }
        server.accept();
        server.authenticate(serverIdentity());
    });
}

BOOST_AUTO_TEST_SUITE_END()
