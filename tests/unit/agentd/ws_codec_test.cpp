#include "agent/link/ws_codec.hpp"

#include <boost/test/unit_test.hpp>

using namespace trellis::device;

namespace {
/// A server's frame: not masked.
std::string frame(unsigned first, const std::string& payload) {
    std::string out(1, static_cast<char>(first));
    if (payload.size() < 126) {
        out += static_cast<char>(payload.size());
    } else {
        out += static_cast<char>(126);
        out += static_cast<char>(payload.size() >> 8U);
        out += static_cast<char>(payload.size() & 0xFFU);
    }
    return out + payload;
}

std::uint16_t errorAfter(const std::string& bytes, std::size_t limit = 1000) {
    WsReader reader(limit);
    reader.append(bytes);
    while (reader.next()) {
    }
    return reader.error();
}
}  // namespace

BOOST_AUTO_TEST_SUITE(agent_ws_codec)

BOOST_AUTO_TEST_CASE(a_sent_frame_is_final_and_masked) {
    std::string out;
    appendFrame(out, Opcode::Text, "Hello", 0x3d21fa37);  // RFC 6455 section 5.7
    const std::string expected = "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
    BOOST_TEST(out == expected);
}

BOOST_AUTO_TEST_CASE(lengths_use_the_shortest_form) {
    std::string out;
    appendFrame(out, Opcode::Binary, std::string(126, 'x'), 0);
    BOOST_TEST(out.substr(0, 4) == std::string("\x82\xfe\x00\x7e", 4));
    out.clear();
    appendFrame(out, Opcode::Binary, std::string(65536, 'x'), 0);
    BOOST_TEST(out.substr(0, 10) == std::string("\x82\xff\x00\x00\x00\x00\x00\x01\x00\x00", 10));
}

BOOST_AUTO_TEST_CASE(a_message_in_single_bytes_arrives_whole) {
    WsReader reader(1000);
    std::optional<std::string> got;
    for (const char c : frame(0x82, std::string(300, 'q'))) {
        BOOST_TEST(!got.has_value());
        reader.append({&c, 1});
        if (const auto event = reader.next()) got = std::string(event->payload);
    }
    BOOST_REQUIRE(got.has_value());
    BOOST_TEST(got->size() == 300U);
}

BOOST_AUTO_TEST_CASE(fragments_are_joined_around_control_frames) {
    WsReader reader(1000);
    reader.append(frame(0x01, "Hel") + frame(0x89, "ping") + frame(0x80, "lo") + frame(0x82, "x"));
    auto event = reader.next();
    BOOST_REQUIRE(event.has_value());
    BOOST_TEST((event->opcode == Opcode::Ping));
    event = reader.next();
    BOOST_REQUIRE(event.has_value());
    BOOST_TEST((event->opcode == Opcode::Text));
    BOOST_TEST(event->payload == "Hello");
    event = reader.next();
    BOOST_REQUIRE(event.has_value());
    BOOST_TEST((event->opcode == Opcode::Binary));
    BOOST_TEST(event->payload == "x");
}

BOOST_AUTO_TEST_CASE(frames_that_break_the_protocol_are_errors) {
    BOOST_TEST(errorAfter(frame(0xC1, "x")) == close_code::kProtocolError);  // RSV1
    BOOST_TEST(errorAfter(std::string("\x81\x81\0\0\0\0x", 7)) == close_code::kProtocolError);
    BOOST_TEST(errorAfter(frame(0x80, "x")) == close_code::kProtocolError);  // nothing to continue
    BOOST_TEST(errorAfter(frame(0x01, "x") + frame(0x81, "y")) == close_code::kProtocolError);
    BOOST_TEST(errorAfter(frame(0x83, "x")) == close_code::kProtocolError);  // reserved opcode
    BOOST_TEST(errorAfter(frame(0x09, "x")) == close_code::kProtocolError);  // ping in pieces
    BOOST_TEST(errorAfter(frame(0x89, std::string(126, 'x'))) == close_code::kProtocolError);
}

BOOST_AUTO_TEST_CASE(text_that_is_no_utf8_is_an_error) {
    BOOST_TEST(errorAfter(frame(0x81, "\xC0\x80")) == close_code::kBadText);
    BOOST_TEST(errorAfter(frame(0x01, "\xE2\x82") + frame(0x80, "x")) == close_code::kBadText);
    BOOST_TEST(errorAfter(frame(0x01, "\xE2\x82") + frame(0x80, "\xAC")) == 0);
}

BOOST_AUTO_TEST_CASE(a_message_above_the_limit_is_an_error_before_it_has_arrived) {
    // 2^63 bytes are announced, ten have come.
    BOOST_TEST(errorAfter(std::string("\x82\x7f\x80\0\0\0\0\0\0\0", 10)) == close_code::kTooBig);
    BOOST_TEST(errorAfter(frame(0x02, std::string(600, 'x')) + std::string("\x80\x7e\x02\x58", 4)) ==
               close_code::kTooBig);
    BOOST_TEST(errorAfter(frame(0x82, std::string(1000, 'x'))) == 0);
}

BOOST_AUTO_TEST_CASE(after_an_error_nothing_more_is_read) {
    WsReader reader(1000);
    reader.append(frame(0x83, "x") + frame(0x81, "y"));
    BOOST_TEST(!reader.next().has_value());
    reader.append(frame(0x81, "z"));
    BOOST_TEST(!reader.next().has_value());
}

BOOST_AUTO_TEST_SUITE_END()
