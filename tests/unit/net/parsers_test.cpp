#include <boost/test/unit_test.hpp>

#include "core/net/address.hpp"
#include "core/net/chunked.hpp"
#include "core/net/http_message.hpp"
#include "core/net/proxy_protocol.hpp"
#include "core/net/utf8.hpp"
#include "core/net/ws_deflate.hpp"

using namespace trellis::net;

namespace {

// Feeds `text` in two pieces; "bad", "more", or the body followed by '|' and what is left.
std::string decodeChunks(std::string_view text, std::size_t split) {
    ChunkedDecoder decoder;
    std::string body;
    for (auto piece : {text.substr(0, split), text.substr(split)}) {
        while (!piece.empty()) {
            const auto step = decoder.next(asBytes(piece));
            piece.remove_prefix(step.used);
            if (step.state == ChunkedDecoder::State::Bad)
                return "bad";
            if (step.state == ChunkedDecoder::State::Data)
                body += asText(step.data);
            if (step.state == ChunkedDecoder::State::Done)
                return body + "|" + std::string(piece);
        }
    }
    return "more";
}

std::string proxySource(std::string_view bytes) {
    const auto header = parseProxyHeader(bytes);
    if (header.state == ProxyHeader::State::Bad)
        return "bad";
    if (header.state == ProxyHeader::State::NeedMore)
        return "more";
    return header.source ? header.source->textWithPort() : "none";
}

} // namespace

BOOST_AUTO_TEST_SUITE(chunked)

BOOST_AUTO_TEST_CASE(chunks_join_wherever_the_input_is_split) {
    const std::string_view text =
        "5;x=\"y\"\r\nhello\r\n1\r\n \r\n005\r\nworld\r\n0\r\nT: v\r\n\r\n";
    for (std::size_t split = 0; split <= text.size(); ++split)
        BOOST_REQUIRE_EQUAL(decodeChunks(text, split), "hello world|");
    BOOST_TEST(decodeChunks("0\r\n\r\nGET", 3) == "|GET");
}

BOOST_AUTO_TEST_CASE(malformed_chunks_are_refused_wherever_the_input_is_split) {
    for (const std::string text :
         {"\r\n", "g\r\n", "-1\r\n", " 5\r\nhello\r\n", "5 \r\n", "5\nhello", "5\r\nhelloX",
          "5\r\nhello\rX", "5\rX", "123456789\r\n", "0\r\nT: v\nX", "0\r\nT: \x01", "5;a\nb\r\n"})
        for (std::size_t split = 0; split <= text.size(); ++split)
            BOOST_REQUIRE_EQUAL(decodeChunks(text, split), "bad");
    BOOST_TEST(decodeChunks("1;" + std::string(9000, 'x'), 7) == "bad");
    BOOST_TEST(decodeChunks("0\r\n" + std::string(9000, 'x'), 7) == "bad");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(utf8)

BOOST_AUTO_TEST_CASE(valid_text_passes_in_every_split) {
    const std::string text =
        "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf plain";
    for (std::size_t split = 0; split <= text.size(); ++split) {
        Utf8Validator validator;
        BOOST_REQUIRE(validator.feed(asBytes(text.substr(0, split))));
        BOOST_REQUIRE(validator.feed(asBytes(text.substr(split))));
        BOOST_REQUIRE(validator.isComplete());
    }
}

BOOST_AUTO_TEST_CASE(invalid_text_is_seen_at_its_first_wrong_byte) {
    for (const std::string text :
         {"\x80", "\xc0", "\xc1", "\xe0\x80", "\xed\xa0", "\xf0\x80", "\xf4\x90", "\xf5", "\xff",
          "\xc3(", "\xe2\x82(", "abcdefgh\xff"}) {
        Utf8Validator validator;
        BOOST_TEST(validator.feed(asBytes(text.substr(0, text.size() - 1))));
        BOOST_TEST(!validator.feed(asBytes(text.substr(text.size() - 1))), text);
    }
    BOOST_TEST(!isUtf8(asBytes("\xe2\x82")));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(proxy_protocol)

BOOST_AUTO_TEST_CASE(both_versions_name_the_client) {
    BOOST_TEST(proxySource("PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\nGET") == "192.0.2.1:56324");
    BOOST_TEST(proxySource("PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n") == "[2001:db8::1]:1");
    BOOST_TEST(proxySource("PROXY UNKNOWN\r\n") == "none");
    const std::string signature("\r\n\r\n\0\r\nQUIT\n", 12);
    BOOST_TEST(
        proxySource(signature +
                    std::string("\x21\x11\x00\x0c\x01\x02\x03\x04\x05\x06\x07\x08\x00\x50\x01\xbb",
                                16)) == "1.2.3.4:80");
    BOOST_TEST(proxySource(signature + std::string("\x20\x00\x00\x00", 4)) == "none");
}

BOOST_AUTO_TEST_CASE(incomplete_headers_wait_and_malformed_ones_are_refused) {
    const std::string line = "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n";
    for (std::size_t size = 0; size < line.size(); ++size)
        BOOST_REQUIRE_EQUAL(proxySource(std::string_view(line).substr(0, size)), "more");
    for (const auto* text :
         {"GET / HTTP/1.1\r\n", "PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n",
          "PROXY TCP4 1.2.3.4 5.6.7.8 1 2 3\r\n", "PROXY TCP4 1.2.3.4 5.6.7.8 1 99999\r\n",
          "PROXY TCP4 ::1 ::1 1 2\r\n", "PROXY UDP4 1 2 3 4\r\n"})
        BOOST_TEST(proxySource(text) == "bad", text);
    BOOST_TEST(proxySource("PROXY " + std::string(200, 'x')) == "bad");
    const std::string signature("\r\n\r\n\0\r\nQUIT\n", 12);
    BOOST_TEST(proxySource(signature + std::string("\x31\x11\x00\x0c", 4)) == "bad");
    BOOST_TEST(proxySource(signature + std::string("\x21\x11\xff\xff", 4)) == "bad");
    BOOST_TEST(proxySource(signature + std::string("\x21\x11\x00\x04\x01\x02\x03\x04", 8)) ==
               "bad");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(deflate)

BOOST_AUTO_TEST_CASE(a_message_comes_back_as_it_was) {
    const std::string text(10000, 'a');
    const auto packed = deflateMessage(asBytes(text));
    BOOST_TEST(!packed.empty());
    BOOST_TEST(packed.size() < 100u);
    std::string plain;
    BOOST_TEST((inflateMessage(asBytes(packed), text.size(), plain) == InflateResult::Done));
    BOOST_TEST((plain == text));
}

BOOST_AUTO_TEST_CASE(a_bomb_stops_at_the_limit) {
    const auto packed = deflateMessage(asBytes(std::string(50'000'000, '\0')));
    std::string plain;
    BOOST_TEST((inflateMessage(asBytes(packed), 100'000, plain) == InflateResult::TooBig));
    BOOST_TEST(plain.size() <= 100'000u);
}

BOOST_AUTO_TEST_CASE(garbage_is_refused) {
    std::string plain;
    BOOST_TEST((inflateMessage(asBytes("\xff\xff\xff\xff"), 1000, plain) == InflateResult::Bad));
}

BOOST_AUTO_TEST_CASE(random_bytes_are_not_compressed) {
    std::string random;
    for (unsigned i = 0, x = 1; i < 1000; ++i, x = x * 1103515245 + 12345)
        random += static_cast<char>(x >> 16);
    BOOST_TEST(deflateMessage(asBytes(random)).empty());
}

BOOST_AUTO_TEST_CASE(only_wellformed_offers_are_taken) {
    for (const auto* offer :
         {"permessage-deflate", "permessage-deflate; client_max_window_bits",
          "x-other, permessage-deflate; server_no_context_takeover; client_no_context_takeover",
          "permessage-deflate; server_max_window_bits=8, permessage-deflate"})
        BOOST_TEST(!negotiateDeflate(offer).empty(), offer);
    for (const auto* offer : {"", "x-other", "permessage-deflate; unknown",
                              "permessage-deflate; server_max_window_bits=8",
                              "permessage-deflate; client_max_window_bits=16",
                              "permessage-deflate; server_no_context_takeover=1",
                              "permessage-deflate; client_max_window_bits; client_max_window_bits"})
        BOOST_TEST(negotiateDeflate(offer).empty(), offer);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(addresses)

BOOST_AUTO_TEST_CASE(ranges_hold_what_they_name) {
    const auto holds = [](const char* range, const char* address) {
        return Cidr::parse(range)->contains(*Address::parse(address));
    };
    BOOST_TEST(holds("10.0.0.0/8", "10.255.1.2"));
    BOOST_TEST(!holds("10.0.0.0/8", "11.0.0.1"));
    BOOST_TEST(holds("10.1.2.0/23", "10.1.3.255"));
    BOOST_TEST(!holds("10.1.2.0/23", "10.1.4.0"));
    BOOST_TEST(holds("0.0.0.0/0", "1.2.3.4"));
    BOOST_TEST(!holds("0.0.0.0/0", "::1"));
    BOOST_TEST(holds("fd00::/8", "fdff::1"));
    BOOST_TEST(holds("192.0.2.1", "::ffff:192.0.2.1"));
    BOOST_TEST(!Cidr::parse("10.0.0.1/8").has_value());
    BOOST_TEST(!Cidr::parse("10.0.0.0/33").has_value());
    BOOST_TEST(!Cidr::parse("10.0.0.0/").has_value());
    BOOST_TEST(!Cidr::parse("host/8").has_value());
}

BOOST_AUTO_TEST_CASE(mapped_addresses_have_one_spelling) {
    BOOST_TEST(Address::parse("::ffff:1.2.3.4")->text() == "1.2.3.4");
    BOOST_TEST(Address::parse("[::1]", 5)->textWithPort() == "[::1]:5");
    BOOST_TEST(Address::parse("127.1.2.3")->isLoopback());
    BOOST_TEST(!Address::parse("128.0.0.1")->isLoopback());
    BOOST_TEST(!Address::parse("1.2.3").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(messages)

BOOST_AUTO_TEST_CASE(cookies_are_found_by_exact_name) {
    HttpRequest request;
    request.headers.add("Cookie", "a=1; __Host-sid=x=y; b=\"q\"");
    request.headers.add("cookie", "c=3; a=2");
    BOOST_TEST(request.cookie("a").value() == "1");
    BOOST_TEST(request.cookie("__Host-sid").value() == "x=y");
    BOOST_TEST(request.cookie("b").value() == "q");
    BOOST_TEST(request.cookie("c").value() == "3");
    BOOST_TEST(!request.cookie("A").has_value());
}

BOOST_AUTO_TEST_CASE(origin_must_name_scheme_host_and_port) {
    const auto same = [](const char* origin, const char* host, bool secure = true) {
        HttpRequest request;
        request.isSecure = secure;
        request.headers.add("Host", host);
        if (*origin)
            request.headers.add("Origin", origin);
        return request.isSameOrigin();
    };
    BOOST_TEST(same("", "a"));
    BOOST_TEST(same("https://a", "a"));
    BOOST_TEST(same("https://A:443", "a"));
    BOOST_TEST(same("https://a:8443", "a:8443"));
    BOOST_TEST(same("http://a", "a", false));
    for (const auto* origin : {"https://b", "https://a.b", "https://a:1", "http://a", "null",
                               "https://", "a", "https://a/", "https://b https://a"})
        BOOST_TEST(!same(origin, "a"), origin);
}

BOOST_AUTO_TEST_CASE(cookies_with_separators_are_not_built) {
    BOOST_CHECK_THROW((SetCookie{"a", "b;c", {}, "Lax", "/", true}.text()), std::exception);
    BOOST_CHECK_THROW((SetCookie{"a b", "c", {}, "Lax", "/", true}.text()), std::exception);
    BOOST_TEST((SetCookie{"__Host-a", "b", 5, "Strict", "/x", false}.text()) ==
               "__Host-a=b; Path=/; HttpOnly; Secure; SameSite=Strict; Max-Age=5");
}

BOOST_AUTO_TEST_SUITE_END()
