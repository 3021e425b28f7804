#include <atomic>
#include <boost/test/unit_test.hpp>

#include <trellis/sdk/error.hpp>

#include "core/net/ws_deflate.hpp"
#include "tests/unit/net/server.hpp"

using namespace trellis;
using namespace trellis::net;
using namespace trellis::net::testing;
using namespace std::chrono_literals;
using test::WsClient;

namespace {

/// Sends back what it gets and writes down how it ends.
class EchoHandler : public WebSocketHandler {
public:
    void onMessage(WebSocket& socket, Opcode opcode, Bytes payload) override {
        if (opcode == Opcode::Text)
            socket.sendText(asText(payload));
        else
            socket.sendBinary(payload);
    }
    void onClose(WebSocket&, const WebSocketClose& close) noexcept override {
        last = close;
        ++closes;
    }
    WebSocketClose last; // valid once closes is 1
    std::atomic<int> closes{0};
};

struct EchoServer : Server {
    explicit EchoServer(WebSocketOptions socketOptions = {}, bool tls = false)
        : Server({}, tls), options(socketOptions) {
        routeUpgrade({"/ws", RunOn::Loop}, [this](const HttpRequest&, const Upgrade& upgrade) {
            upgrade.accept(handler, options);
        });
    }
    ~EchoServer() { loops.stop(); }
    WebSocketOptions options;
    std::shared_ptr<EchoHandler> handler = std::make_shared<EchoHandler>();
};

// The close code that answers `send`, from the server and as its handler saw it.
std::pair<unsigned, unsigned> codesAfter(const std::function<void(WsClient&)>& send,
                                         WebSocketOptions options = {}) {
    EchoServer server(options);
    WsClient client(server.client(), "/ws");
    send(client);
    const auto code = client.waitForClose();
    BOOST_TEST(client.stream().waitForEnd());
    BOOST_TEST(test::eventually([&] { return server.handler->closes == 1; }));
    return {code, server.handler->last.code};
}

unsigned codeAfter(const std::function<void(WsClient&)>& send, WebSocketOptions options = {}) {
    return codesAfter(send, options).first;
}

} // namespace

BOOST_AUTO_TEST_SUITE(websocket)

BOOST_AUTO_TEST_CASE(messages_of_all_sizes_come_back_as_one_frame) {
    for (const bool tls : {false, true}) {
        EchoServer server({}, tls);
        WsClient client(server.client(), "/ws");
        for (const std::size_t size :
             {0u, 1u, 125u, 126u, 127u, 65535u, 65536u, 70000u, 1000000u}) {
            const std::string text(size, 'x');
            client.sendText(text);
            const auto frame = client.receiveFrame();
            BOOST_REQUIRE_EQUAL(frame.opcode, 1);
            BOOST_REQUIRE(frame.fin);
            BOOST_REQUIRE(frame.payload == text);
            client.sendBinary(text);
            BOOST_REQUIRE(client.receiveBinary() == text);
        }
    }
}

BOOST_AUTO_TEST_CASE(an_agents_request_is_taken_as_it_is) {
    EchoServer server;
    test::Stream stream(server.client());
    stream.write(
        "GET /ws?p=5&nodeid=node//x@$&rauth=A%40B=C HTTP/1.1\r\nHost: s:4433\r\nUpgrade: "
        "websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: "
        "Mj3oSmvZWwiANMQUJJafEP==\r\nSec-WebSocket-Version: 13\r\nContent-Length: 0\r\n\r\n");
    const auto reply = test::readReply(stream);
    BOOST_TEST(reply.status == 101);
    // Over the literal text:
    // base64(SHA-1("Mj3oSmvZWwiANMQUJJafEP==258EAFA5-E914-47DA-95CA-C5AB0DC85B11")).
    BOOST_TEST(reply.header("Sec-WebSocket-Accept").size() == 28u);
    BOOST_TEST(reply.header("Sec-WebSocket-Extensions").empty());
    WsClient client(std::move(stream));
    client.sendText("hello");
    BOOST_TEST(client.receiveText() == "hello");
}

BOOST_AUTO_TEST_CASE(malformed_upgrades_are_refused) {
    EchoServer server;
    const auto status = [&](const std::string& fields,
                            const std::string& start = "GET /ws HTTP/1.1") {
        test::Stream stream(server.client());
        stream.write(start + "\r\nHost: a\r\n" + fields + "\r\n");
        return test::readReply(stream).status;
    };
    const std::string up = "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n";
    const std::string key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    const std::string version = "Sec-WebSocket-Version: 13\r\n";
    BOOST_TEST(status(up + key + version) == 101);
    BOOST_TEST(status(up + key) == 426);
    BOOST_TEST(status(up + key + "Sec-WebSocket-Version: 8\r\n") == 426);
    BOOST_TEST(status(up + version) == 400);
    BOOST_TEST(status(up + version + key + key) == 400);
    BOOST_TEST(status(up + version + "Sec-WebSocket-Key: short==\r\n") == 400);
    BOOST_TEST(status(up + version + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j!!==\r\n") == 400);
    BOOST_TEST(status(up + key + version + "Content-Length: 3\r\n") == 400);
    BOOST_TEST(status(up + key + version, "POST /ws HTTP/1.1") == 400);
    BOOST_TEST(status("") == 426);
    BOOST_TEST(status(key + version + "Upgrade: websocket\r\n") == 426);
    BOOST_TEST(status(up + key + version, "GET /elsewhere HTTP/1.1") == 404);
}

BOOST_AUTO_TEST_CASE(a_route_may_refuse_or_decide_later_on_a_worker) {
    Server server;
    server.routeUpgrade({"/ws", RunOn::Workers},
                        [](const HttpRequest& request, const Upgrade& upgrade) {
                            if (!request.isSameOrigin())
                                return upgrade.refuse(HttpResponse::text(403, "foreign origin"));
                            if (request.query.get("x") == "throw")
                                throw sdk::Error(sdk::ErrorCode::Unauthenticated, "who are you");
                            if (request.query.get("x") != "forget")
                                upgrade.accept(std::make_shared<EchoHandler>());
                        });
    BOOST_TEST(test::tryUpgrade(server.client(), "/ws", {{"Origin", "https://evil"}}).status ==
               403);
    BOOST_TEST(test::tryUpgrade(server.client(), "/ws?x=throw").status == 401);
    BOOST_TEST(test::tryUpgrade(server.client(), "/ws?x=forget").status == 500);
    WsClient client(server.client(), "/ws", {{"Origin", "http://localhost"}});
    client.sendText("x");
    BOOST_TEST(client.receiveText() == "x");
    server.loops.stop();
}

BOOST_AUTO_TEST_CASE(frames_that_came_with_the_request_are_not_lost) {
    for (const auto runOn : {RunOn::Loop, RunOn::Workers}) {
        Server server;
        server.routeUpgrade({"/ws", runOn}, [](const HttpRequest&, const Upgrade& upgrade) {
            upgrade.accept(std::make_shared<EchoHandler>());
        });
        test::Stream stream(server.client());
        const std::string key = std::string(4, '\0'); // XOR with zero changes nothing
        stream.write(
            "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n" +
            std::string("\x81\x82") + key + "hi" + std::string("\x81\x82") + key + "ho");
        BOOST_TEST(test::readReply(stream).status == 101);
        WsClient client(std::move(stream));
        BOOST_TEST(client.receiveText() == "hi");
        BOOST_TEST(client.receiveText() == "ho");
        server.loops.stop();
    }
}

BOOST_AUTO_TEST_CASE(protocol_errors_close_with_1002) {
    BOOST_TEST(codeAfter([](WsClient& c) { c.sendFrame(1, "x", true, false); }) ==
               1002u); // unmasked
    BOOST_TEST(codeAfter([](WsClient& c) { c.sendFrame(1, "x", true, true, 4); }) == 1002u); // RSV1
    BOOST_TEST(codeAfter([](WsClient& c) { c.sendFrame(1, "x", true, true, 2); }) == 1002u); // RSV2
    BOOST_TEST(codeAfter([](WsClient& c) { c.sendFrame(1, "x", true, true, 1); }) == 1002u); // RSV3
    BOOST_TEST(codeAfter([](WsClient& c) { c.sendFrame(3, "x"); }) == 1002u); // reserved
    BOOST_TEST(codeAfter([](WsClient& c) { c.sendFrame(11, "x"); }) == 1002u);
    BOOST_TEST(codeAfter([](WsClient& c) { c.sendFrame(9, std::string(126, 'x')); }) ==
               1002u); // long ping
    BOOST_TEST(codeAfter([](WsClient& c) { c.sendFrame(9, "x", false); }) ==
               1002u);                                                        // fragmented ping
    BOOST_TEST(codeAfter([](WsClient& c) { c.sendFrame(0, "x"); }) == 1002u); // continues nothing
    BOOST_TEST(codeAfter([](WsClient& c) {
                   c.sendFrame(1, "x", false);
                   c.sendFrame(1, "y");
               }) == 1002u);
    BOOST_TEST(codeAfter([](WsClient& c) { c.sendFrame(8, "x"); }) == 1002u); // one byte
    for (const unsigned code : {0u, 999u, 1004u, 1005u, 1006u, 1015u, 2999u, 5000u})
        BOOST_TEST(codeAfter([&](WsClient& c) { c.sendClose(static_cast<std::uint16_t>(code)); }) ==
                       1002u,
                   code);
}

BOOST_AUTO_TEST_CASE(text_that_is_not_utf8_closes_with_1007) {
    BOOST_TEST(codeAfter([](WsClient& c) { c.sendText("\xff"); }) == 1007u);
    BOOST_TEST(codeAfter([](WsClient& c) { c.sendText("\xe2\x82"); }) == 1007u);
    BOOST_TEST(codeAfter([](WsClient& c) { // seen in the second frame, the third is never needed
                   c.sendFrame(1, "a\xe2", false);
                   c.sendFrame(0, "\xff", false);
               }) == 1007u);
    BOOST_TEST(codeAfter([](WsClient& c) { c.sendClose(1000, "\xff"); }) == 1007u);
    EchoServer server;
    WsClient client(server.client(), "/ws");
    client.sendFrame(1, "a\xe2", false);
    client.sendFrame(0, "\x82", false);
    client.sendFrame(0, "\xac");
    BOOST_TEST(client.receiveText() == "a\xe2\x82\xac");
    client.sendBinary("\xff");
    BOOST_TEST(client.receiveBinary() == "\xff");
}

BOOST_AUTO_TEST_CASE(messages_above_the_limit_close_with_1009_before_they_are_there) {
    WebSocketOptions options;
    options.messageLimit = 1000;
    BOOST_TEST(codeAfter([](WsClient& c) { c.sendBinary(std::string(1001, 'x')); }, options) ==
               1009u);
    BOOST_TEST(codeAfter(
                   [](WsClient& c) {
                       c.stream().write(
                           std::string("\x82\xff\x40\x00\x00\x00\x00\x00\x00\x00mask", 14));
                   },
                   options) == 1009u);
    BOOST_TEST(codeAfter(
                   [](WsClient& c) {
                       for (int i = 0; i < 11; ++i)
                           c.sendFrame(i == 0 ? 2 : 0, std::string(100, 'x'), false);
                   },
                   options) == 1009u);
}

BOOST_AUTO_TEST_CASE(fragments_join_and_pings_between_them_are_answered) {
    EchoServer server;
    WsClient client(server.client(), "/ws");
    client.sendFrame(2, "one ", false);
    client.sendFrame(9, "ping!");
    client.sendFrame(0, "", false);
    client.sendFrame(10, "unasked");
    client.sendFrame(0, "two");
    const auto pong = client.receiveFrame();
    BOOST_TEST(pong.opcode == 10);
    BOOST_TEST(pong.payload == "ping!");
    BOOST_TEST(client.receiveBinary() == "one two");
    // As agents do it: 4,096 bytes each.
    for (int i = 0; i < 200; ++i)
        client.sendFrame(i == 0 ? 2 : 0, std::string(4096, 'f'), i == 199);
    BOOST_TEST(client.receiveBinary().size() == 200u * 4096);
}

BOOST_AUTO_TEST_CASE(close_is_answered_with_the_same_code_and_reported) {
    BOOST_TEST((codesAfter([](WsClient& c) { c.sendClose(1000); }) == std::pair(1000u, 1000u)));
    BOOST_TEST(
        (codesAfter([](WsClient& c) { c.sendClose(4321, "why"); }) == std::pair(4321u, 4321u)));
    BOOST_TEST((codesAfter([](WsClient& c) { c.sendFrame(8, ""); }) == std::pair(1005u, 1005u)));
    BOOST_TEST(
        (codesAfter([](WsClient& c) { c.stream().shutdownWrite(); }) == std::pair(1006u, 1006u)));
}

BOOST_AUTO_TEST_CASE(our_close_waits_for_the_answer_and_is_reported_once) {
    EchoServer server;
    WebSocketHandle handle;
    std::mutex mutex;
    server.routeUpgrade({"/own", RunOn::Loop}, [&](const HttpRequest&, const Upgrade& upgrade) {
        struct Handler : EchoHandler {
            std::function<void(WebSocket&)> opened;
            void onOpen(WebSocket& socket) override { opened(socket); }
        };
        const auto handler = std::make_shared<Handler>();
        handler->opened = [&](WebSocket& socket) {
            const std::lock_guard lock(mutex);
            handle = socket.handle();
        };
        server.handler = handler;
        upgrade.accept(handler);
    });
    WsClient client(server.client(), "/own");
    client.sendText("x");
    BOOST_TEST(client.receiveText() == "x");
    handle.close(4001, "enough");
    const auto frame = client.receiveFrame();
    BOOST_TEST(frame.opcode == 8);
    BOOST_TEST(frame.closeCode() == 4001);
    BOOST_TEST(server.handler->closes == 0);
    client.sendText("ignored now");
    client.sendClose(4001);
    BOOST_TEST(client.stream().waitForEnd());
    BOOST_TEST(test::eventually([&] { return server.handler->closes == 1; }));
    BOOST_TEST(server.handler->last.code == 4001);
    BOOST_TEST(!server.handler->last.byPeer);
    BOOST_TEST((handle.sendText("late") == SendResult::Closed));
}

BOOST_AUTO_TEST_CASE(a_handler_that_throws_closes_with_1011) {
    struct Throwing : WebSocketHandler {
        void onMessage(WebSocket&, Opcode, Bytes) override { throw std::runtime_error("expected"); }
    };
    Server server;
    server.routeUpgrade({"/ws", RunOn::Loop}, [](const HttpRequest&, const Upgrade& upgrade) {
        upgrade.accept(std::make_shared<Throwing>());
    });
    WsClient client(server.client(), "/ws");
    client.sendText("x");
    BOOST_TEST(client.waitForClose() == 1011);
    server.loops.stop();
}

BOOST_AUTO_TEST_CASE(keep_alive_pings_come_and_silence_ends_the_connection) {
    WebSocketOptions options;
    options.pingEvery = 50ms;
    EchoServer server(options);
    WsClient client(server.client(), "/ws");
    BOOST_TEST(client.receiveFrame().opcode == 9);
    BOOST_TEST(client.receiveFrame().opcode == 9);
    options.pingEvery = 0ms;
    options.idleTimeout = 50ms;
    EchoServer silent(options);
    WsClient quiet(silent.client(), "/ws");
    BOOST_TEST(quiet.waitForClose() == 1006);
    BOOST_TEST(test::eventually([&] { return silent.handler->closes == 1; }));
    BOOST_TEST(silent.handler->last.code == 1006);
}

BOOST_AUTO_TEST_CASE(a_peer_that_does_not_read_is_aborted_at_the_limit) {
    WebSocketOptions options;
    options.queueLimit = 100'000;
    EchoServer server(options);
    auto clientOptions = server.client();
    clientOptions.receiveBuffer = 4096;
    clientOptions.timeout = 2s;
    WsClient client(clientOptions, "/ws");
    BOOST_CHECK_THROW(for (int i = 0; i < 10'000; ++i) client.sendBinary(std::string(50'000, 'x')),
                      test::ClientError);
    BOOST_TEST(test::eventually([&] { return server.handler->closes == 1; }));
    BOOST_TEST(server.handler->last.reason.find("doesn't read") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(compression_is_used_only_if_route_and_client_want_it) {
    WebSocketOptions options;
    options.deflate = true;
    EchoServer server(options);
    WsClient without(server.client(), "/ws");
    BOOST_TEST(without.handshake().header("Sec-WebSocket-Extensions").empty());
    EchoServer unwilling;
    WsClient refused(unwilling.client(), "/ws",
                     {{"Sec-WebSocket-Extensions", "permessage-deflate"}});
    BOOST_TEST(refused.handshake().header("Sec-WebSocket-Extensions").empty());
    WsClient client(server.client(), "/ws",
                    {{"Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"}});
    BOOST_TEST(client.handshake().header("Sec-WebSocket-Extensions") ==
               "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
    const std::string text(5000, 'z');
    const auto packed = deflateMessage(asBytes(text));
    client.sendFrame(1, packed.substr(0, 3), false, true, 4);
    client.sendFrame(0, packed.substr(3));
    const auto frame = client.receiveFrame();
    BOOST_TEST(frame.rsv1);
    std::string plain;
    BOOST_TEST((inflateMessage(asBytes(frame.payload), 10'000, plain) == InflateResult::Done));
    BOOST_TEST((plain == text));
    client.sendText("short");
    BOOST_TEST(!client.receiveFrame().rsv1);
    client.sendFrame(1, deflateMessage(asBytes(std::string(2'000'000, 'b'))), true, true, 4);
    BOOST_TEST(client.waitForClose() == 1009);
}

BOOST_AUTO_TEST_CASE(compressed_text_must_be_utf8_too) {
    WebSocketOptions options;
    options.deflate = true;
    const auto code = [&](std::string_view payload) {
        EchoServer server(options);
        WsClient client(server.client(), "/ws",
                        {{"Sec-WebSocket-Extensions", "permessage-deflate"}});
        client.sendFrame(1, payload, true, true, 4);
        return client.waitForClose();
    };
    BOOST_TEST(code(deflateMessage(asBytes(std::string(100, '\xff')))) == 1007);
    BOOST_TEST(code("\xff\xff\xff\xff") == 1007);
}

BOOST_AUTO_TEST_SUITE_END()
