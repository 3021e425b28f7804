#include <boost/test/unit_test.hpp>

#include "core/net/http_head.hpp"

using namespace trellis::net;
using State = HeadResult::State;

namespace {

HeadResult parse(std::string_view text, RequestHead& head) {
    std::size_t scanned = 0;
    return parseHead(text, scanned, head);
}

int refusal(std::string_view text) {
    RequestHead head;
    const auto result = parse(text, head);
    return result.state == State::Bad ? result.status : 0;
}

std::string withField(const std::string& field) {
    return "POST /x HTTP/1.1\r\nHost: a\r\n" + field + "\r\n\r\n";
}

// The agent's own request, in its order of fields.
const std::string kAgent = "GET /agent.ashx?p=5&nodeid=node//x@$&rauth=A%40B=C HTTP/1.1\r\n"
                           "Host: server.example:4433\r\n"
                           "Upgrade: websocket\r\n"
                           "Connection: Upgrade\r\n"
                           "Sec-WebSocket-Key: Mj3oSmvZWwiANMQUJJafEP==\r\n"
                           "Sec-WebSocket-Version: 13\r\n"
                           "Content-Length: 0\r\n\r\n";

} // namespace

BOOST_AUTO_TEST_SUITE(http_head)

BOOST_AUTO_TEST_CASE(a_request_is_complete_at_its_last_byte_wherever_it_is_split) {
    for (std::size_t split = 0; split <= kAgent.size(); ++split) {
        std::size_t scanned = 0;
        RequestHead head;
        const auto early = parseHead(kAgent.substr(0, split), scanned, head);
        if (split < kAgent.size()) {
            BOOST_REQUIRE((early.state == State::NeedMore));
        }
        const auto result = parseHead(kAgent + "behind", scanned, head);
        BOOST_REQUIRE((result.state == State::Done));
        BOOST_REQUIRE_EQUAL(result.size, kAgent.size());
        BOOST_REQUIRE_EQUAL(head.headers.size(), 6u);
    }
}

BOOST_AUTO_TEST_CASE(byte_by_byte_gives_the_same_as_at_once) {
    std::size_t scanned = 0;
    RequestHead head;
    for (std::size_t size = 1; size < kAgent.size(); ++size) {
        BOOST_REQUIRE((parseHead(kAgent.substr(0, size), scanned, head).state == State::NeedMore));
        BOOST_REQUIRE_EQUAL(scanned, size);
    }
    BOOST_TEST((parseHead(kAgent, scanned, head).state == State::Done));
    BOOST_TEST(head.isUpgrade);
    BOOST_TEST(head.method == "GET");
    BOOST_TEST(head.contentLength.value() == 0u);
    BOOST_TEST(head.keepAlive);
}

BOOST_AUTO_TEST_CASE(one_empty_line_in_front_is_skipped) {
    RequestHead head;
    const auto result = parse("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", head);
    BOOST_TEST((result.state == State::Done));
    BOOST_TEST(result.size == 29u);
    BOOST_TEST(refusal("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
}

BOOST_AUTO_TEST_CASE(what_smuggling_lives_on_is_refused) {
    BOOST_TEST(refusal(withField("Content-Length: 5\r\nTransfer-Encoding: chunked")) == 400);
    BOOST_TEST(refusal(withField("Content-Length: 5\r\nContent-Length: 5")) == 400);
    BOOST_TEST(refusal(withField("Content-Length: 5, 5")) == 400);
    BOOST_TEST(refusal(withField("Content-Length: +5")) == 400);
    BOOST_TEST(refusal(withField("Content-Length: -1")) == 400);
    BOOST_TEST(refusal(withField("Content-Length: 0x5")) == 400);
    BOOST_TEST(refusal(withField("Content-Length:")) == 400);
    BOOST_TEST(refusal(withField("Content-Length: 9999999999999999999")) == 400);
    BOOST_TEST(refusal(withField("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked")) ==
               400);
    BOOST_TEST(refusal(withField("Transfer-Encoding: gzip, chunked")) == 501);
    BOOST_TEST(refusal(withField("Transfer-Encoding: xchunked")) == 501);
    BOOST_TEST(refusal("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
}

BOOST_AUTO_TEST_CASE(malformed_fields_are_refused) {
    BOOST_TEST(refusal(withField("X: a\r\n folded")) == 400);
    BOOST_TEST(refusal(withField(" X: a")) == 400);
    BOOST_TEST(refusal(withField("X : a")) == 400);
    BOOST_TEST(refusal(withField("X\t: a")) == 400);
    BOOST_TEST(refusal(withField("X Y: a")) == 400);
    BOOST_TEST(refusal(withField(": a")) == 400);
    BOOST_TEST(refusal(withField("no colon")) == 400);
    BOOST_TEST(refusal(withField("X: a\x01")) == 400);
    BOOST_TEST(refusal(withField("X: a\x7f")) == 400);
    BOOST_TEST(refusal(withField(std::string("X: a\0b", 6))) == 400);
    BOOST_TEST(refusal(withField("X: a\nY: b")) == 400);
    BOOST_TEST(refusal(withField("X: a\rY: b")) == 400);
    BOOST_TEST(refusal(withField("Expect: something")) == 417);
}

BOOST_AUTO_TEST_CASE(bare_line_feeds_are_refused_as_soon_as_they_come) {
    BOOST_TEST(refusal("GET / HTTP/1.1\n") == 400);
    BOOST_TEST(refusal("GET / HTTP/1.1\r\nHost: a\n") == 400);
    BOOST_TEST(refusal("\n") == 400);
    BOOST_TEST(refusal("GET / HTTP/1.1\rX") == 400);
}

BOOST_AUTO_TEST_CASE(malformed_request_lines_are_refused) {
    for (const auto* line :
         {"GET / HTTP/1.1 ", "GET /", "GET", "", "GET  / HTTP/1.1", " GET / HTTP/1.1",
          "G(T / HTTP/1.1", "GET /\tx HTTP/1.1", "GET x HTTP/1.1", "GET * HTTP/1.1",
          "CONNECT a:443 HTTP/1.1", "GET /#f HTTP/1.1", "GET /\\x HTTP/1.1", "GET / HTTP/1.1x",
          "GET / http/1.1", "GET http:///x HTTP/1.1", "GET ftp://a/x HTTP/1.1"})
        BOOST_TEST(refusal(std::string(line) + "\r\nHost: a\r\n\r\n") == 400, line);
    BOOST_TEST(refusal("PRI * HTTP/2.0\r\n\r\n") == 505);
    BOOST_TEST(refusal("GET / HTTP/1.2\r\nHost: a\r\n\r\n") == 505);
}

BOOST_AUTO_TEST_CASE(exactly_one_wellformed_host_is_required) {
    BOOST_TEST(refusal("GET / HTTP/1.1\r\n\r\n") == 400);
    BOOST_TEST(refusal("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n") == 400);
    for (const auto* host :
         {"", "a b", "a/b", "user@a", "a:", "a:123456", "a:8x", "[::1", "[g]", "a,b"})
        BOOST_TEST(refusal("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n") == 400,
                   host);
    for (const auto* host : {"a", "a.b-c:443", "[::1]", "[::1]:8443", "10.0.0.1:1"})
        BOOST_TEST(refusal("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n") == 0, host);
}

BOOST_AUTO_TEST_CASE(absolute_targets_count_only_for_the_host_they_name) {
    RequestHead head;
    BOOST_TEST((parse("GET http://a/x?y HTTP/1.1\r\nHost: A\r\n\r\n", head).state == State::Done));
    BOOST_TEST(head.target == "/x?y");
    BOOST_TEST(refusal("GET http://b/x HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
}

BOOST_AUTO_TEST_CASE(limits_hold_before_anything_is_kept) {
    BOOST_TEST(refusal("GET /" + std::string(kMaxHead, 'a')) == 414);
    BOOST_TEST(refusal("GET /" + std::string(kMaxTarget, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n") ==
               414);
    BOOST_TEST(refusal("GET / HTTP/1.1\r\nX: " + std::string(kMaxHead, 'a')) == 431);
    std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (std::size_t i = 0; i < kMaxFields; ++i)
        many += "X: 1\r\n";
    BOOST_TEST(refusal(many + "\r\n") == 431);
}

BOOST_AUTO_TEST_CASE(keep_alive_follows_the_version_and_the_field) {
    const auto keeps = [](const std::string& text) {
        RequestHead head;
        BOOST_REQUIRE((parse(text, head).state == State::Done));
        return head.keepAlive;
    };
    BOOST_TEST(keeps("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    BOOST_TEST(!keeps("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n"));
    BOOST_TEST(!keeps("GET / HTTP/1.0\r\n\r\n"));
    BOOST_TEST(keeps("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

BOOST_AUTO_TEST_CASE(targets_are_decoded_per_segment) {
    std::vector<std::string> segments;
    std::string path;
    Query query;
    BOOST_TEST(parseTarget("/a%20b/c%2Fd/?x=1&y=node//@$&z=a%40b=c&w=%zz", segments, path, query));
    BOOST_TEST(segments == (std::vector<std::string>{"a b", "c/d", ""}),
               boost::test_tools::per_element());
    BOOST_TEST(path == "/a b/c%2Fd/");
    BOOST_TEST(query.get("y") == "node//@$");
    BOOST_TEST(query.get("z") == "a@b=c");
    BOOST_TEST(query.get("w") == "%zz");
    BOOST_TEST(query.integer("x").value() == 1);
}

BOOST_AUTO_TEST_CASE(ways_out_of_the_tree_are_refused_in_every_spelling) {
    for (const auto* target :
         {"/..", "/../x", "/a/../b", "/.", "/%2e%2e/x", "/%2E./x", "/a%00b", "/a%5Cb", "/a%0d%0ab",
          "/%", "/%2", "/%g0", "/..%2fx", "/x%2f..%2fy", "/x%2f%2e", "x"}) {
        std::vector<std::string> segments;
        std::string path;
        Query query;
        BOOST_TEST(!parseTarget(target, segments, path, query), target);
    }
}

BOOST_AUTO_TEST_SUITE_END()
