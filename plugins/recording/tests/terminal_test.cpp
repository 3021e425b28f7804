// Terminals without a window, and their states at moments of a recording.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>
#include <trellis/sdk/error.hpp>

#include "bytes.hpp"
#include "src/terminal_at.hpp"
#include "src/vt_terminal.hpp"
#include "src/vt_width.hpp"

using namespace recording;
using namespace recording::tests;
using vt::Terminal;

namespace {

void feed(Terminal& terminal, const std::string& text) { terminal.feed(asBytes(text)); }

/// Rows as text, without what is empty at their ends; `history` above them, behind a bar.
std::string shown(const Terminal& terminal) {
    const auto& screen = terminal.screen();
    const auto row = [&](const vt::Line& line) {
        std::u32string text;
        for (const auto& cell : line.cells) {
            if (cell.width == 0) continue;
            text += cell.glyph == 0 ? std::u32string(U" ") : screen.textOf(cell);
        }
        text.erase(text.find_last_not_of(U' ') + 1);
        std::string out;
        for (const auto code : text) out += code < 0x80 ? std::string(1, static_cast<char>(code)) : "<" + std::to_string(static_cast<unsigned>(code)) + ">";
        return out;
    };
    std::string out;
    for (const auto& each : screen.buffer().history) out += row(each) + "|";
    for (const auto& each : screen.buffer().lines) out += row(each) + "/";
    while (out.ends_with("//")) out.pop_back();
    const auto [x, y] = screen.buffer().cursor;
    return out + " " + std::to_string(x) + "," + std::to_string(y);
}
std::string shown(int columns, int rows, const std::string& text) {
    Terminal terminal(columns, rows);
    feed(terminal, text);
    return shown(terminal);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(terminals)

BOOST_AUTO_TEST_CASE(text_flows_and_scrolls) {
    BOOST_TEST(shown(5, 2, "abc") == "abc/ 3,0");
    BOOST_TEST(shown(5, 2, "abcde") == "abcde/ 5,0");
    BOOST_TEST(shown(5, 2, "abcdef\r\ng") == "abcde|f/g/ 1,1");
    BOOST_TEST(shown(5, 2, "\x1B[?7labcdefg") == "abcdg/ 5,0");
    BOOST_TEST(shown(5, 2, "ab\tc\bd") == "ab dc/ 4,0");
    BOOST_TEST(shown(5, 3, "a\nb\x1BMc") == "a c/ b/ 3,0");
    BOOST_TEST(shown(5, 2, "\xE6\xBC\xA2" "e\xCC\x81") == "<28450>e<769>/ 3,0");
    BOOST_TEST(shown(3, 2, "ab\xE6\xBC\xA2") == "ab/<28450>/ 2,1");
}

BOOST_AUTO_TEST_CASE(sequences_move_erase_and_insert) {
    BOOST_TEST(shown(6, 3, "abcdef\x1B[2;2Hxy\x1B[1;3H\x1B[K") == "ab/ xy/ 2,0");
    BOOST_TEST(shown(6, 3, "abcdef\x1B[1;2H\x1B[2P\x1B[@") == "a def/ 1,0");
    BOOST_TEST(shown(6, 4, "1\r\n2\r\n3\r\n4\x1B[2;3r\x1B[2;1H\x1B[M") == "1/3//4/ 0,1");
    BOOST_TEST(shown(6, 4, "1\r\n2\r\n3\r\n4\x1B[2;3r\x1B[2;1H\x1B[L") == "1//2/4/ 0,1");
    BOOST_TEST(shown(6, 2, "ab\x1B[3b") == "abbbb/ 5,0");
    BOOST_TEST(shown(6, 2, "\x1B(0lqk\x1B(Bx") == "<9484><9472><9488>x/ 4,0");
    BOOST_TEST(shown(6, 2, "a\x1B]0;title\x07" "b\x1BP1;2q...\x1B\\c") == "abc/ 3,0");
    BOOST_TEST(shown(6, 2, "one\x1B[?1049h\x1B[Htwo") == "two/ 3,0");
    BOOST_TEST(shown(6, 2, "one\x1B[?1049h\x1B[Htwo\x1B[?1049l!") == "one!/ 4,0");
}

BOOST_AUTO_TEST_CASE(another_width_wraps_anew_but_for_the_line_of_the_cursor) {
    Terminal terminal(6, 3);
    feed(terminal, "abcdefgh\r\nprompt");
    terminal.resize(4, 3);
    BOOST_TEST(shown(terminal) == "abcd/efgh/prom/ 3,2");
    terminal.resize(10, 3);
    BOOST_TEST(shown(terminal) == "abcdefgh/prom/ 3,1");
}

/// Whatever state a terminal is in, what it writes makes the same one, which goes on alike.
BOOST_AUTO_TEST_CASE(what_is_written_makes_the_same_terminal) {
    const std::string after = "x\r\ny\x1B[2;2Hz\n\n\n\ttab\x1B" "8saved\x1B[?1049lback\x0Fq";
    for (const std::string text :
         {"", "plain\r\ntext that is longer than a row", "1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n7", "\x1B[31mred\x1B[44m\x1B[K\r\n\x1B[J",
          "one\x1B[5;3H\x1B" "7\x1B[?1049h\x1B[2;4rtwo\x1B[?6h\x1B[2;2H", "\x1B[3g\x1B[5G\x1BH\r", "0123456789AB", "\x1B[?7l\x1B[4hab\x1B[1;1Hc",
          "\x1B(0\x1B)A\x0E#", "unfinished\x1B[3", "unfinished\xE6\xBC", "in a string\x1B]0;abc", "\x1B[38;2;1;2;3;48:5:9;4:3mstyles",
          "e", "\xE6\xBC\xA2\xE6\xBC\xA2\xE6\xBC\xA2\xE6\xBC\xA2\xE6\xBC\xA2\xE6\xBC\xA2", "\x1B[20h\x1B[?25l"}) {
        Terminal first(12, 5);
        feed(first, text);
        Terminal second(12, 5);
        feed(second, first.written());
        BOOST_TEST(shown(second) == shown(first), text);
        BOOST_TEST(second.written() == first.written(), text);
        for (auto* each : {&first, &second}) feed(*each, after);
        BOOST_TEST(shown(second) == shown(first), text);
        BOOST_TEST(second.written() == first.written(), text);
    }
}

BOOST_AUTO_TEST_CASE(nothing_that_comes_costs_more_than_a_screen) {
    Terminal terminal(100'000, 100'000);
    BOOST_TEST(terminal.screen().columns() == vt::Screen::kMaxColumns);
    BOOST_TEST(terminal.screen().rows() == vt::Screen::kMaxRows);
    Terminal small(10, 5);
    feed(small, "\x1B[" + std::string(100'000, '9') + "b\x1B[99999999999A\x1B[" + std::string(10'000, ';') + "m");
    for (int i = 0; i < 3000; ++i) feed(small, "a\xCC\x81\r\n");
    BOOST_TEST(small.screen().buffer().history.size() == vt::Screen::kHistory);
    BOOST_TEST(small.written().size() < 100'000U);
    BOOST_TEST(vt::widthOf(U'a') == 1);
    BOOST_TEST(vt::widthOf(0x1F600) == 2);
    BOOST_TEST(vt::widthOf(0x0301) == 0);
}

BOOST_AUTO_TEST_CASE(a_moment_of_a_recording_is_told_with_and_without_states) {
    std::string file;
    mcrec::appendBlock(file, mcrec::BlockType::First, 0, 1000, R"({"magic":"MeshCentralRelaySession","ver":1,"protocol":1})");
    const auto add = [&](std::uint64_t ms, unsigned flags, const std::string& data) {
        mcrec::appendBlock(file, mcrec::BlockType::Traffic, static_cast<std::uint16_t>(flags), 1000 + ms, data);
    };
    add(0, 2, R"({"type":"options","cols":40,"rows":6})");
    add(0, 3, "typed");
    std::string line;
    for (int i = 0; i < 1000; ++i) line += "word ";
    for (unsigned i = 1; i <= 400; ++i) add(i * 1000, 1, line + "\r\nnumber " + std::to_string(i) + "\r\n");
    add(500'000, 2, R"({"type":"termsize","cols":1e99,"rows":"x"})");
    add(500'000, 2, R"({"type":"termsize","cols":20.7,"rows":3})");
    const auto read = reading(file);
    const auto states = terminalStates(read, file.size());
    const auto [kept, end] = blocksOf(states);
    BOOST_TEST(kept.size() == 2U);  // 2 MB: one state, behind the first MiB
    for (const auto& help : {states, std::string(), std::string("no states at all"), states.substr(0, 200)}) {
        for (const int second : {0, 1, 150, 399}) {
            const auto [blocks, how] = blocksOf(terminalAt(read, file.size(), help, second * 1000 + 500));
            BOOST_REQUIRE(blocks.size() == 2U);
            const auto facts = boost::json::parse(blocks[0].data);
            BOOST_TEST(facts.at("cols").to_number<int>() == 40);
            Terminal terminal(40, 6);
            feed(terminal, blocks[1].data);
            const auto text = shown(terminal);
            BOOST_TEST((second == 0 || text.ends_with("number " + std::to_string(second) + "/ 0,5")), text);
            const auto next = facts.at("next").to_number<std::uint64_t>();
            BOOST_TEST(mcrec::readHeader(std::span<const std::byte, 16>(asBytes(file).subspan(next, 16))).time == 1000U + (static_cast<unsigned>(second) + 1) * 1000U);
        }
        const auto [blocks, how] = blocksOf(terminalAt(read, file.size(), help, 1LL << 40));
        BOOST_TEST(blocks[0].data == R"({"next":)" + std::to_string(file.size()) + R"(,"cols":20,"rows":3})");
    }
    BOOST_CHECK_THROW(terminalAt(reading(line), line.size(), "", 0), trellis::sdk::Error);
}

BOOST_AUTO_TEST_SUITE_END()
