// The text of terminals.
#include <boost/test/unit_test.hpp>

#include "bytes.hpp"
#include "src/plain_text.hpp"

using namespace recording;
using namespace recording::tests;

namespace {

std::string linesOf(const std::string& stream, int columns = 80) {
    PlainText text;
    text.resize(columns);
    for (const char c : stream) text.feed(asBytes(std::string(1, c)), 5);
    text.finish(6);
    std::string out;
    for (const auto& line : text.take()) out += line.text + "|";
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(plain_text)

BOOST_AUTO_TEST_CASE(escape_sequences_are_left_out) {
    BOOST_TEST(linesOf("\x1b[1;32mgreen\x1b[0m text\r\n\x1b]0;title\x07next\x1b(B!\r\n") == "green text|next!|");
    BOOST_TEST(linesOf("\x1bP1$r0m\x1b\\after\n") == "after|");
}
BOOST_AUTO_TEST_CASE(what_is_written_over_keeps_the_last) {
    BOOST_TEST(linesOf("10%\r20%\r100%\n") == "100%|");
    BOOST_TEST(linesOf("lx\b \bs -l\n") == "ls -l|");
    BOOST_TEST(linesOf("secret\x1b[3D\x1b[K!\n") == "sec!|");
    BOOST_TEST(linesOf("abcd\x1b[4D\x1b[2Px\n") == "xd|");
}
BOOST_AUTO_TEST_CASE(another_place_on_the_screen_is_another_line) {
    BOOST_TEST(linesOf("top\x1b[5;1Hbelow\x1b[H\x1b[2J$ ") == "top|below|$|");
}
BOOST_AUTO_TEST_CASE(a_string_without_an_end_hides_nothing_behind_the_next_escape) {
    for (const auto* begin : {"\x1b]0;title", "\x1bPq", "\x1b_x", "\x1b^x", "\x1bXx"}) {
        BOOST_TEST(linesOf(std::string(begin) + "\x1b[0mafter\n") == "after|");
    }
}
BOOST_AUTO_TEST_CASE(a_line_that_is_wrapped_stays_one) {
    BOOST_TEST(linesOf("$ 34567890 \rabc\r\nnext\r\n", 10) == "$ 34567890abc|next|");  // as readline wraps
    BOOST_TEST(linesOf("$ 34567890 \rabcdefghij \rklm\r\n", 10) == "$ 34567890abcdefghijklm|");
    BOOST_TEST(linesOf("1234567890abc\r\b\bX\n", 10) == "1234567890Xbc|");          // no further than its row
    BOOST_TEST(linesOf("12345678\xe4\xb8\xad\xe4\xb8\xad \rx\n", 10) == "12345678\xe4\xb8\xadx|");
    BOOST_TEST(linesOf("10%\r20%\r100%\n", 10) == "100%|");
}
BOOST_AUTO_TEST_CASE(a_wrapped_line_is_edited_in_its_rows) {
    BOOST_TEST(linesOf("1234567890abc\r\x1b[AX\n\n", 10) == "X234567890abc|");
    BOOST_TEST(linesOf("1234567890abc\x1b[A\r\x1b[3Kxy\x1b[K\x1b[B\rz\n", 10) == "xy        zbc|");
    BOOST_TEST(linesOf("1234567890abc\x1b[A\r\x1b[2P\x1b[B\rz\n", 10) == "34567890  zbc|");
    BOOST_TEST(linesOf("1234567890abc\x1b[A\r\x1b[2@\x1b[B\rz\n", 10) == "  12345678zbc|");
    BOOST_TEST(linesOf("1234567890abc\x1b[2Aup\n", 10) == "1234567890abc|up|");
}
BOOST_AUTO_TEST_CASE(it_is_utf8_whatever_came) {
    BOOST_TEST(linesOf("\xe2\x9c\x93 gr\xc3\xbcn\n") == "\xe2\x9c\x93 gr\xc3\xbcn|");
    BOOST_TEST(linesOf("a\xff\xc3(\xed\xa0\x80\n") == "a\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd|");
    BOOST_TEST(linesOf(std::string("a\0b\n", 4)) == "ab|");
}
BOOST_AUTO_TEST_CASE(memory_has_bounds) {
    PlainText text;
    const std::string line(100'000, 'x');
    for (int i = 0; i < 40; ++i) text.feed(asBytes(line), 1);
    text.finish(1);
    std::size_t bytes = 0;
    for (const auto& each : text.take()) {
        BOOST_TEST(each.text.size() <= PlainText::kMaxLine);
        bytes += each.text.size();
    }
    BOOST_TEST(bytes <= PlainText::kMaxBytes + PlainText::kMaxLine);
    BOOST_TEST(text.isCut());
}
BOOST_AUTO_TEST_CASE(the_recording_of_meshcentral_says_what_was_done) {
    PlainText text;
    for (const auto& block : blocksOf(fixture("meshcentral-terminal.mcrec")).first) {
        if (block.header.type == 2 && block.header.flags == 1) text.feed(asBytes(block.data), block.header.time);
    }
    text.finish(0);
    std::string all;
    for (const auto& line : text.take()) all += line.text + "\n";
    BOOST_TEST(all.find("42\n\xe2\x9c\x93 gr\xc3\xbcn\n") != std::string::npos, all);
}

BOOST_AUTO_TEST_SUITE_END()
