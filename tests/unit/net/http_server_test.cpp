#include <atomic>
#include <boost/test/unit_test.hpp>

#include <trellis/sdk/error.hpp>

#include "tests/unit/net/server.hpp"

using namespace trellis;
using namespace trellis::net;
using namespace trellis::net::testing;
using namespace std::chrono_literals;
using test::Stream;

namespace {

HttpResponse echo(const HttpRequest& request) {
    return HttpResponse::text(200, request.method + " " + request.path + " " + request.body);
}

struct Echo : Server {
    explicit Echo(HttpServerOptions options = {}, bool tls = false)
        : Server(std::move(options), tls) {
        routeSimple(onLoop("GET", "/get"), echo);
        auto post = onLoop("POST", "/post");
        post.bodyLimit = 1000;
        routeSimple(post, echo);
        routeSimple({"GET", "/worker"}, echo);
    }
    std::string raw(const std::string& bytes) {
        Stream stream(client());
        stream.write(bytes);
        return stream.readAll();
    }
};

const std::string kHost = "Host: a\r\n";

} // namespace

BOOST_AUTO_TEST_SUITE(http_server)

BOOST_AUTO_TEST_CASE(routes_answer_on_the_loop_and_on_workers) {
    Echo server;
    BOOST_TEST(test::request(server.client(), {"GET", "/get"}).body == "GET /get ");
    BOOST_TEST(test::request(server.client(), {"GET", "/worker"}).body == "GET /worker ");
    BOOST_TEST(test::request(server.client(), {"POST", "/post", {}, "xyz"}).body ==
               "POST /post xyz");
}

BOOST_AUTO_TEST_CASE(unknown_paths_and_methods_are_told_apart) {
    Echo server;
    BOOST_TEST(test::request(server.client(), {"GET", "/nothing"}).status == 404);
    const auto reply = test::request(server.client(), {"PUT", "/get"});
    BOOST_TEST(reply.status == 405);
    BOOST_TEST(reply.header("Allow") == "GET");
    BOOST_TEST(test::request(server.client(), {"GET", "//get"}).status == 404);
    BOOST_TEST(test::request(server.client(), {"GET", "/get/"}).status == 404);
    BOOST_TEST(test::request(server.client(), {"GET", "/GET"}).status == 404);
    BOOST_TEST(test::request(server.client(), {"GET", "/get;x"}).status == 404);
    BOOST_TEST(test::request(server.client(), {"GET", "/./get"}).status == 400);
}

BOOST_AUTO_TEST_CASE(every_answer_carries_the_security_headers) {
    Echo server({}, true);
    for (const auto* path : {"/get", "/nothing"}) {
        const auto reply = test::request(server.client(), {"GET", path});
        BOOST_TEST(reply.header("X-Content-Type-Options") == "nosniff");
        BOOST_TEST(reply.header("Content-Security-Policy").find("frame-ancestors 'none'") !=
                   std::string::npos);
        BOOST_TEST(!reply.header("Strict-Transport-Security").empty());
        BOOST_TEST(!reply.header("Date").empty());
    }
    Echo plain;
    BOOST_TEST(
        test::request(plain.client(), {"GET", "/get"}).header("Strict-Transport-Security").empty());
}

BOOST_AUTO_TEST_CASE(a_route_may_replace_or_drop_a_default_header) {
    Server server;
    server.routeSimple(onLoop("GET", "/x"), [](const HttpRequest&) {
        return HttpResponse::text(200, "")
            .with("X-Frame-Options", "")
            .with("Referrer-Policy", "origin");
    });
    const auto reply = test::request(server.client(), {"GET", "/x"});
    BOOST_TEST(reply.header("X-Frame-Options") == "");
    BOOST_TEST(reply.header("Referrer-Policy") == "origin");
}

BOOST_AUTO_TEST_CASE(header_injection_by_a_route_is_left_out) {
    Server server;
    server.routeSimple(onLoop("GET", "/x"), [](const HttpRequest& request) {
        return HttpResponse::redirect(std::string(request.query.get("to")));
    });
    const auto reply = test::request(server.client(), {"GET", "/x?to=/a%0d%0aSet-Cookie:b=c"});
    BOOST_TEST(reply.header("Set-Cookie").empty());
    BOOST_TEST(reply.header("Location").empty());
}

BOOST_AUTO_TEST_CASE(malformed_requests_are_answered_and_the_connection_ends) {
    Echo server;
    BOOST_TEST(server.raw("GET / HTTP/1.1\n").substr(0, 12) == "HTTP/1.1 400");
    BOOST_TEST(server.raw("GET /" + std::string(9000, 'a') + " HTTP/1.1\r\n" + kHost + "\r\n")
                   .substr(0, 12) == "HTTP/1.1 414");
    BOOST_TEST(server.raw("GET / HTTP/1.1\r\nX: " + std::string(17000, 'a')).substr(0, 12) ==
               "HTTP/1.1 431");
    BOOST_TEST(server
                   .raw("POST /post HTTP/1.1\r\n" + kHost +
                        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
                   .substr(0, 12) == "HTTP/1.1 400");
    BOOST_TEST(server.raw("\x16\x03\x01\x02").substr(0, 12) == "HTTP/1.1 400");
}

BOOST_AUTO_TEST_CASE(nothing_behind_a_refused_request_is_taken_for_another) {
    Echo server;
    const auto text = server.raw(
        "POST /post HTTP/1.1\r\n" + kHost +
        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /get HTTP/1.1\r\n" +
        kHost + "\r\n");
    BOOST_TEST(text.find("GET /get") == std::string::npos);
    const auto notFound =
        server.raw("POST /none HTTP/1.1\r\n" + kHost +
                   "Content-Length: 40\r\n\r\nGET /get HTTP/1.1\r\n" + kHost + "\r\n");
    BOOST_TEST(notFound.find("GET /get") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(bodies_above_the_limit_are_refused_announced_or_not) {
    Echo server;
    BOOST_TEST(server.raw("POST /post HTTP/1.1\r\n" + kHost + "Content-Length: 1001\r\n\r\n")
                   .substr(0, 12) == "HTTP/1.1 413");
    BOOST_TEST(server
                   .raw("POST /post HTTP/1.1\r\n" + kHost +
                        "Transfer-Encoding: chunked\r\n\r\n3e9\r\n" + std::string(1001, 'x'))
                   .substr(0, 12) == "HTTP/1.1 413");
    BOOST_TEST(
        test::request(server.client(), {"POST", "/post", {}, std::string(1000, 'x')}).status ==
        200);
}

BOOST_AUTO_TEST_CASE(a_large_refused_body_still_gets_its_answer) {
    Echo server;
    Stream stream(server.client());
    stream.write("POST /post HTTP/1.1\r\n" + kHost + "Content-Length: 2000000\r\n\r\n");
    try {
        stream.write(std::string(2000000, 'x'));
    } catch (const test::ClientError&) { // the server need not take it all
    }
    BOOST_TEST(test::readReply(stream).status == 413);
}

BOOST_AUTO_TEST_CASE(chunked_bodies_arrive_whole_in_any_split) {
    Echo server;
    const std::string request =
        "POST /post HTTP/1.1\r\n" + kHost +
        "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    for (std::size_t split = 1; split < request.size(); split += 3) {
        Stream stream(server.client());
        stream.write(request.substr(0, split));
        test::pauseBriefly();
        stream.write(request.substr(split));
        BOOST_REQUIRE_EQUAL(test::readReply(stream).body, "POST /post abcde");
    }
    BOOST_TEST(
        server.raw("POST /post HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\nzz\r\n")
            .substr(0, 12) == "HTTP/1.1 400");
}

BOOST_AUTO_TEST_CASE(expect_continue_is_answered_before_the_body) {
    Echo server;
    Stream stream(server.client());
    stream.write("POST /post HTTP/1.1\r\n" + kHost +
                 "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    BOOST_TEST(test::readReply(stream).status == 100);
    stream.write("ok");
    BOOST_TEST(test::readReply(stream).body == "POST /post ok");
    Stream refused(server.client());
    refused.write("POST /post HTTP/1.1\r\n" + kHost +
                  "Content-Length: 2000\r\nExpect: 100-continue\r\n\r\n");
    BOOST_TEST(test::readReply(refused).status == 413);
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order) {
    Echo server;
    Stream stream(server.client());
    std::string requests;
    for (const auto* path : {"/get", "/worker", "/get", "/worker", "/nothing", "/get"})
        requests += "GET " + std::string(path) + " HTTP/1.1\r\n" + kHost + "\r\n";
    stream.write(requests);
    for (const auto* body :
         {"GET /get ", "GET /worker ", "GET /get ", "GET /worker ", "not found\n", "GET /get "})
        BOOST_TEST(test::readReply(stream).body == body);
}

BOOST_AUTO_TEST_CASE(head_answers_without_a_body) {
    Echo server;
    Stream stream(server.client());
    const auto reply = test::request(stream, {"HEAD", "/get"});
    BOOST_TEST(reply.status == 200);
    BOOST_TEST(reply.header("Content-Length") == "10");
    BOOST_TEST(test::request(stream, {"GET", "/get"}).body == "GET /get ");
}

BOOST_AUTO_TEST_CASE(http_1_0_closes_unless_asked) {
    Echo server;
    BOOST_TEST(server.raw("GET /get HTTP/1.0\r\n\r\n").find("Connection: close") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_client_that_closes_its_side_still_gets_the_answer) {
    Echo server;
    Stream stream(server.client());
    stream.write("GET /worker HTTP/1.1\r\n" + kHost + "\r\n");
    stream.shutdownWrite();
    BOOST_TEST(test::readReply(stream).body == "GET /worker ");
    BOOST_TEST(stream.waitForEnd());
}

BOOST_AUTO_TEST_CASE(slow_heads_and_bodies_are_ended) {
    HttpServerOptions options;
    options.headTimeout = 100ms;
    Echo server(options);
    BOOST_TEST(server.raw("GET /get HT").substr(0, 12) == "HTTP/1.1 408");
    BOOST_TEST(server.raw("") == "");
}

BOOST_AUTO_TEST_CASE(idle_connections_are_closed_without_a_word) {
    HttpServerOptions options;
    options.keepAliveTimeout = 100ms;
    Echo server(options);
    Stream stream(server.client());
    BOOST_TEST(test::request(stream, {"GET", "/get"}).status == 200);
    BOOST_TEST(stream.readAll() == "");
}

BOOST_AUTO_TEST_CASE(a_connection_serves_a_bounded_number_of_requests) {
    HttpServerOptions options;
    options.maxRequestsPerConnection = 2;
    Echo server(options);
    Stream stream(server.client());
    BOOST_TEST(test::request(stream, {"GET", "/get"}).header("Connection") == "");
    BOOST_TEST(test::request(stream, {"GET", "/get"}).header("Connection") == "close");
    BOOST_TEST(stream.waitForEnd());
}

BOOST_AUTO_TEST_CASE(errors_thrown_by_routes_become_answers) {
    Server server;
    server.routeSimple(onLoop("GET", "/known"), [](const HttpRequest&) -> HttpResponse {
        throw sdk::Error(sdk::ErrorCode::Forbidden, "not yours", "/x");
    });
    server.routeSimple({"GET", "/unknown"}, [](const HttpRequest&) -> HttpResponse {
        throw std::runtime_error("secret detail");
    });
    server.route(onLoop("GET", "/silent"), [](HttpRequest, Responder) {});
    const auto known = test::request(server.client(), {"GET", "/known"});
    BOOST_TEST(known.status == 403);
    BOOST_TEST(known.body.find("not yours") != std::string::npos);
    const auto unknown = test::request(server.client(), {"GET", "/unknown"});
    BOOST_TEST(unknown.status == 500);
    BOOST_TEST(unknown.body.find("secret") == std::string::npos);
    BOOST_TEST(test::request(server.client(), {"GET", "/silent"}).status == 500);
}

BOOST_AUTO_TEST_CASE(an_answer_may_come_later_from_any_thread_and_counts_once) {
    Server server;
    std::vector<Responder> kept;
    std::mutex mutex;
    server.route(onLoop("GET", "/later"), [&](HttpRequest, Responder responder) {
        const std::lock_guard lock(mutex);
        kept.push_back(responder);
    });
    Stream stream(server.client());
    stream.write("GET /later HTTP/1.1\r\n" + kHost + "\r\n");
    BOOST_TEST(test::eventually([&] {
        const std::lock_guard lock(mutex);
        return kept.size() == 1;
    }));
    kept[0].send(HttpResponse::text(200, "first"));
    kept[0].send(HttpResponse::text(200, "second"));
    BOOST_TEST(test::readReply(stream).body == "first");
    stream.write("GET /later HTTP/1.1\r\n" + kHost + "\r\n");
    BOOST_TEST(test::eventually([&] {
        const std::lock_guard lock(mutex);
        return kept.size() == 2;
    }));
    kept[0].send(HttpResponse::text(200, "third"));
    stream.reset();
    BOOST_TEST(test::eventually([&] { return kept[1].isPeerGone(); }));
    kept[1].send(HttpResponse::text(200, "too late"));
}

BOOST_AUTO_TEST_CASE(a_full_worker_pool_is_answered_with_unavailable) {
    auto router = std::make_shared<Router>();
    const auto kept = router->addSimple({"GET", "/x"}, echo);
    const HttpServer http(
        router, [](Task) { throw sdk::Error(sdk::ErrorCode::Unavailable, "queue full"); });
    Loops loops(1, "test");
    ListenerOptions options;
    options.address = "127.0.0.1";
    const Listener listener(loops, options, http.factory());
    test::ClientOptions client;
    client.port = listener.port();
    client.tls = false;
    BOOST_TEST(test::request(client, {"GET", "/x"}).status == 503);
}

BOOST_AUTO_TEST_CASE(withdrawn_routes_are_gone_and_running_calls_are_waited_for) {
    Server server;
    std::atomic<bool> isRunning{false};
    std::atomic<bool> mayEnd{false};
    auto route = server.router->addSimple({"GET", "/x"}, [&](const HttpRequest&) {
        isRunning = true;
        while (!mayEnd)
            test::pauseBriefly();
        return HttpResponse::text(200, "done");
    });
    Stream stream(server.client());
    stream.write("GET /x HTTP/1.1\r\n" + kHost + "\r\n");
    BOOST_TEST(test::eventually([&] { return isRunning.load(); }));
    BOOST_TEST(!route.withdrawAndWait(Clock::now() + 20ms));
    BOOST_TEST(test::request(server.client(), {"GET", "/x"}).status == 404);
    mayEnd = true;
    BOOST_TEST(route.withdrawAndWait(Clock::now() + 10s));
    BOOST_TEST(test::readReply(stream).body == "done");
    const auto again = server.router->addSimple({"GET", "/x"}, echo);
    BOOST_TEST(test::request(server.client(), {"GET", "/x"}).status == 200);
}

BOOST_AUTO_TEST_CASE(forwarded_addresses_count_only_from_trusted_proxies) {
    const auto ask = [](HttpServerOptions options) {
        Server server(std::move(options));
        server.routeSimple(onLoop("GET", "/who"), [](const HttpRequest& request) {
            return HttpResponse::text(200, request.peer.text() +
                                               (request.isSecure ? " https" : " http"));
        });
        return test::request(server.client(), {"GET",
                                               "/who",
                                               {{"X-Forwarded-For", "192.0.2.9, 10.0.0.1"},
                                                {"X-Forwarded-Proto", "https"}}})
            .body;
    };
    BOOST_TEST(ask({}) == "127.0.0.1 http");
    HttpServerOptions options;
    options.trustedProxies = {*Cidr::parse("127.0.0.0/8")};
    BOOST_TEST(ask(options) == "192.0.2.9 https");
    options.trustedProxies = {*Cidr::parse("10.0.0.0/8")};
    BOOST_TEST(ask(options) == "127.0.0.1 http");
}

BOOST_AUTO_TEST_CASE(the_proxy_protocol_counts_only_from_its_proxies) {
    Server server;
    server.routeSimple(onLoop("GET", "/who"), [](const HttpRequest& request) {
        return HttpResponse::text(200, request.peer.text());
    });
    ListenerOptions options;
    options.proxyProtocolFrom = {*Cidr::parse("127.0.0.1")};
    server.listen(options);
    const std::string request = "GET /who HTTP/1.1\r\n" + kHost + "Connection: close\r\n\r\n";
    Stream stream(server.client());
    stream.write("PROXY TCP4 192.0.2.7 10.0.0.1 1 2\r");
    test::pauseBriefly();
    stream.write("\n" + request);
    BOOST_TEST(test::readReply(stream).body == "192.0.2.7");
    Stream without(server.client());
    without.write(request);
    BOOST_TEST(without.readAll() == "");
    auto elsewhere = server.client();
    elsewhere.bindAddress = "127.0.0.2"; // not a proxy: its header is a malformed request
    Stream foreign(elsewhere);
    foreign.write("PROXY TCP4 192.0.2.7 10.0.0.1 1 2\r\n" + request);
    BOOST_TEST(test::readReply(foreign).status == 400);
}

BOOST_AUTO_TEST_CASE(the_local_socket_names_its_peer_by_uid) {
    Server server;
    server.routeSimple(onLoop("GET", "/who"), [](const HttpRequest& request) {
        return HttpResponse::text(200, request.peer.text() + " " +
                                           std::to_string(request.connection.localUid.value()));
    });
    ListenerOptions options;
    options.unixPath = "/tmp/trellis-unit-net-" + std::to_string(::getpid()) + ".sock";
    server.listen(options);
    test::ClientOptions client;
    client.unixPath = options.unixPath;
    BOOST_TEST(test::request(client, {"GET", "/who"}).body ==
               "local " + std::to_string(::getuid()));
    server.listener.reset();
    BOOST_CHECK_THROW(Stream{client}, test::ClientError);
}

BOOST_AUTO_TEST_CASE(port_80_leads_to_https_and_nowhere_else) {
    Loops loops(1, "test");
    ListenerOptions options;
    options.address = "127.0.0.1";
    const Listener listener(loops, options, redirectToHttps(8443));
    test::ClientOptions client;
    client.port = listener.port();
    client.tls = false;
    const auto reply = test::request(client, {"GET", "/a?b=c", {{"Host", "my.example:80"}}});
    BOOST_TEST(reply.status == 308);
    BOOST_TEST(reply.header("Location") == "https://my.example:8443/a?b=c");
    BOOST_TEST(test::request(client, {"GET", "/", {{"Host", "[::1]:80"}}}).header("Location") ==
               "https://[::1]:8443/");
    BOOST_TEST(test::request(client, {"GET", "/", {{"Host", "evil/../x"}}}).status == 400);
}

BOOST_AUTO_TEST_SUITE_END()
