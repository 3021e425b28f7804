#include <boost/test/unit_test.hpp>

#include "core/net/ws_frame.hpp"

using namespace trellis::net;
using Event = FrameParser::Event;

namespace {

std::string masked(std::string_view payload, std::string_view key) {
    std::string result(payload);
    for (std::size_t i = 0; i < result.size(); ++i)
        result[i] = static_cast<char>(result[i] ^ key[i % 4]);
    return result;
}

std::string frameOf(std::uint8_t first, std::string_view payload) {
    const std::string key = "\x11\x22\x33\x44";
    std::string frame{static_cast<char>(first)};
    if (payload.size() < 126) {
        frame += static_cast<char>(0x80 | payload.size());
    } else {
        frame += static_cast<char>(0xfe);
        frame += static_cast<char>(payload.size() >> 8);
        frame += static_cast<char>(payload.size() & 0xff);
    }
    return frame + key + masked(payload, key);
}

// Runs the bytes through in two pieces and writes down what happens.
std::string trace(std::string bytes, std::size_t split, bool rsv1 = false) {
    FrameParser parser(rsv1);
    std::string log;
    std::string payload;
    for (auto piece :
         {MutableBytes(reinterpret_cast<std::byte*>(bytes.data()), split),
          MutableBytes(reinterpret_cast<std::byte*>(bytes.data()) + split, bytes.size() - split)}) {
        while (!piece.empty()) {
            const auto step = parser.next(piece);
            piece = piece.subspan(step.used);
            if (step.event == Event::Bad)
                return log + "bad";
            if (step.event == Event::Header)
                log += "[" + std::to_string(static_cast<int>(parser.frame().opcode)) +
                       (parser.frame().fin ? "f" : "") + (parser.frame().rsv1 ? "r" : "") + " ";
            if (step.event == Event::Payload)
                payload += asText(step.payload);
            if (step.event == Event::Payload
                    ? step.isLast
                    : step.event == Event::Header && parser.remaining() == 0) {
                log += payload + "]";
                payload.clear();
            }
        }
    }
    return log;
}

} // namespace

BOOST_AUTO_TEST_SUITE(ws_frame)

BOOST_AUTO_TEST_CASE(frames_come_out_unmasked_wherever_they_are_split) {
    const std::string big(300, 'x');
    const auto bytes =
        frameOf(0x81, "hello") + frameOf(0x01, "a") + frameOf(0x89, "") + frameOf(0x80, big);
    const auto expected = "[1f hello][1 a][9f ][0f " + big + "]";
    for (std::size_t split = 0; split <= bytes.size(); ++split)
        BOOST_REQUIRE_EQUAL(trace(bytes, split), expected);
}

BOOST_AUTO_TEST_CASE(what_one_frame_may_not_be_is_refused_wherever_it_is_split) {
    const std::string key = "\x11\x22\x33\x44";
    const std::vector<std::string> bad{
        std::string("\x81\x05hello", 7), // no mask
        frameOf(0xc1, "x"),
        frameOf(0xa1, "x"),
        frameOf(0x91, "x"), // RSV1, 2, 3
        frameOf(0x83, "x"),
        frameOf(0x87, "x"),
        frameOf(0x8b, "x"),
        frameOf(0x8f, "x"), // reserved opcodes
        frameOf(0x09, "x"),
        frameOf(0x08, ""),                                                 // fragmented control
        std::string("\x89\xfe\x00\x7e", 4),                                // control of 126 bytes
        std::string("\x82\xfe\x00\x7d", 4) + key,                          // 125 in two bytes
        std::string("\x82\xff\x00\x00\x00\x00\x00\x00\xff\xff", 10) + key, // 65535 in eight
        std::string("\x82\xff\x80\x00\x00\x00\x00\x00\x00\x00", 10) + key, // top bit
    };
    for (const auto& bytes : bad)
        for (std::size_t split = 0; split <= bytes.size(); ++split)
            BOOST_REQUIRE_EQUAL(trace(bytes, split), "bad");
}

BOOST_AUTO_TEST_CASE(the_compression_bit_counts_on_first_frames_only) {
    BOOST_TEST(trace(frameOf(0xc1, "x"), 0, true) == "[1fr x]");
    BOOST_TEST(trace(frameOf(0xc9, "x"), 0, true) == "bad");
    BOOST_TEST(trace(frameOf(0xc0, "x"), 0, true) == "bad");
    BOOST_TEST(trace(frameOf(0xa1, "x"), 0, true) == "bad");
}

BOOST_AUTO_TEST_CASE(lengths_of_server_frames_are_shortest) {
    const auto size = [](std::uint64_t length) {
        return serverHeader(Opcode::Binary, true, length).size;
    };
    BOOST_TEST(size(0) == 2u);
    BOOST_TEST(size(125) == 2u);
    BOOST_TEST(size(126) == 4u);
    BOOST_TEST(size(65535) == 4u);
    BOOST_TEST(size(65536) == 10u);
}

BOOST_AUTO_TEST_CASE(codes_that_are_only_reported_may_not_be_sent) {
    for (const unsigned code : {0u, 999u, 1004u, 1005u, 1006u, 1015u, 1016u, 2999u, 5000u, 65535u})
        BOOST_TEST(!isValidCloseCode(static_cast<std::uint16_t>(code)), code);
    for (const unsigned code : {1000u, 1003u, 1007u, 1011u, 3000u, 4999u})
        BOOST_TEST(isValidCloseCode(static_cast<std::uint16_t>(code)), code);
}

BOOST_AUTO_TEST_SUITE_END()
