#include "fake_server.hpp"
#include "script_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <trellis/wire/text.hpp>

#include <atomic>
#include <future>

using namespace trellis::device;
using agentd_test::FakeServer;
using agentd_test::ScriptFixture;

namespace {
struct TunnelFixture : ScriptFixture {
    FakeServer server;

    TunnelFixture() {
        view.certificate.full = server.certificateHash();
        view.url = "wss://127.0.0.1:" + std::to_string(server.port()) + "/agent.ashx";
    }
    std::string url(const std::string& path) const {
        return "wss://127.0.0.1:" + std::to_string(server.port()) + path;
    }
    void play(const std::function<void()>& script) {
        std::atomic<bool> isOver{false};
        auto outcome = std::async(std::launch::async, [&] {
            try {
                script();
            } catch (...) {
                isOver = true;
                throw;
            }
            isOver = true;
        });
        agentd_test::runUntil(loop, [&] { return isOver.load(); });
        outcome.get();
    }
    /// A tunnel as the core opens it; `body` has it as `tunnel`.
    bool open(const std::string& body) {
        return run("var http = require('http'); var o = http.parseUri('" + url("/meshrelay.ashx?id=1") +
                   "'); o.rejectUnauthorized = 0; o.checkServerIdentity = function (certs) {"
                   " if (certs[0].digest !== mesh.ServerInfo.ControlChannelCertificate.digest) { throw new Error('BadCert'); } };"
                   "var r = http.request(o); r.on('error', function (e) { say('error ' + e.message); });"
                   "r.upgrade = function (response, tunnel) { " + body + " }; r.end();");
    }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(agent_script_tunnel, TunnelFixture)

BOOST_AUTO_TEST_CASE(text_and_binary_keep_their_type_both_ways) {
    BOOST_TEST(open("tunnel.on('data', function (d) { tunnel.write(typeof d === 'string' ? 'T' + d : Buffer.concat([Buffer.from('B'), d])); });"
                    "tunnel.on('end', function () { say('end'); });"));
    play([&] {
        const auto head = server.accept();
        BOOST_TEST(head.starts_with("GET /meshrelay.ashx?id=1 HTTP/1.1\r\n"));
        BOOST_TEST(head.find("\r\nContent-Length: 0\r\n") != std::string::npos);
        server.send(1, "c");
        auto frame = server.receive();
        BOOST_TEST(frame.opcode == 1);
        BOOST_TEST(frame.payload == "Tc");
        server.send(2, std::string(100'000, '\xFE'));
        frame = server.receive();
        BOOST_TEST(frame.opcode == 2);
        BOOST_TEST(frame.payload.size() == 100'001U);
        server.send(8, "\x03\xE8");
        BOOST_TEST(server.receive().opcode == 8);
    });
    BOOST_REQUIRE(wait(1));
    BOOST_TEST(sent.back() == "end");
}

BOOST_AUTO_TEST_CASE(another_certificate_than_the_channels_is_refused) {
    view.certificate.full = {};
    BOOST_TEST(open("say('open');"));
    BOOST_CHECK_THROW(play([&] { server.accept(); }), std::runtime_error);
    BOOST_REQUIRE(wait(1));
    BOOST_TEST(sent.back() == "error BadCert");
}

BOOST_AUTO_TEST_CASE(without_a_check_of_its_own_a_self_signed_server_is_refused) {
    run("var r = require('https').get(require('http').parseUri('" + url("/x").replace(0, 3, "https") + "'));"
        "r.on('error', function (e) { say('error ' + e.message); }); r.on('response', function () { say('response'); });");
    BOOST_CHECK_THROW(play([&] { server.accept(); }), std::runtime_error);
    BOOST_REQUIRE(wait(1));
    BOOST_TEST(sent.back().find("error TLS") == 0U);
}

BOOST_AUTO_TEST_CASE(a_refused_upgrade_is_an_error) {
    BOOST_TEST(open("say('open');"));
    play([&] {
        server.acceptRequest();
        server.answer("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    });
    BOOST_REQUIRE(wait(1));
    BOOST_TEST(sent.back() == "error HTTP 403 Forbidden");
}

BOOST_AUTO_TEST_CASE(an_answer_that_arrives_in_chunks_is_joined) {
    run("var o = require('http').parseUri('" + url("/file").replace(0, 3, "https") + "'); o.rejectUnauthorized = 0; var text = '';"
        "var r = require('https').get(o, function (answer) { answer.on('data', function (d) { text += d.toString(); });"
        "answer.on('end', function () { say(answer.statusCode + ' ' + answer.headers['x-a'] + ' ' + text); }); });");
    play([&] {
        BOOST_TEST(server.acceptRequest().starts_with("GET /file HTTP/1.1\r\n"));
        server.answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: b\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n");
    });
    BOOST_REQUIRE(wait(1));
    BOOST_TEST(sent.back() == "200 b abcde");
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_cut_short_is_an_error) {
    run("var o = require('http').parseUri('" + url("/file").replace(0, 3, "https") + "'); o.rejectUnauthorized = 0;"
        "var r = require('https').get(o); r.on('error', function (e) { say('error'); });");
    play([&] {
        server.acceptRequest();
        server.answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
        server.close();
    });
    BOOST_REQUIRE(wait(1));
    BOOST_TEST(sent.back() == "error");
}

BOOST_AUTO_TEST_CASE(a_shell_behind_a_tunnel_calculates_and_dies_with_it) {
    BOOST_TEST(open("var cp = require('child_process'), c = cp.execFile('/bin/sh', ['sh'], { type: cp.SpawnTypes.TERM, env: { PS1: '' } });"
                    "c.stdout.pipe(tunnel, { dataTypeSkip: 1 }); tunnel.pipe(c.stdin, { dataTypeSkip: 1, end: false });"
                    "c.on('exit', function () { say('exit'); }); tunnel.on('end', function () { c.kill(); });"));
    play([&] {
        server.accept();
        server.send(1, "this is text and must not reach the shell; echo WRONG\n");
        server.send(2, "stty -echo; echo r=$((6*7))\n");
        std::string seen;
        while (seen.find("r=42") == std::string::npos) {
            const auto frame = server.receive();
            BOOST_TEST(frame.opcode == 2);
            seen += frame.payload;
        }
        BOOST_TEST(seen.find("WRONG") == std::string::npos);
        server.close();
    });
    BOOST_REQUIRE(wait(1));
    BOOST_TEST(sent.back() == "exit");
}

BOOST_AUTO_TEST_CASE(a_far_end_that_does_not_read_stops_the_program_behind) {
    BOOST_TEST(open("var c = require('child_process').execFile('/bin/sh', ['sh', '-c', 'while :; do echo 0123456789012345678901234567890123456789; done']);"
                    "var total = 0; c.stdout.on('data', function (d) { total += d.length; }); c.stdout.pipe(tunnel);"
                    "var before = -1; setInterval(function () { if (total === before) { say('still ' + (total < 64 * 1024 * 1024)); } before = total; }, 300);"));
    play([&] { server.accept(); });
    BOOST_REQUIRE(wait(1));
    BOOST_TEST(sent.at(0) == "still true");
}

BOOST_AUTO_TEST_SUITE_END()
