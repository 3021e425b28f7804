#include "agent/desktop/kvm_message.hpp"

#include <trellis/wire/text.hpp>

#include <boost/test/unit_test.hpp>

using namespace trellis::device::desktop;
namespace wire = trellis::wire;

namespace {
wire::Bytes fromHex(std::string_view hex) {
    wire::Bytes bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes.push_back(static_cast<std::byte>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
    }
    return bytes;
}
std::string hexOf(const wire::Bytes& bytes) { return wire::encodeHex(bytes, wire::HexCase::Lower); }

struct Read {
    std::vector<ViewerCommand> commands;
    bool isWhole = false;
};
Read read(std::string_view hex) {
    Read result;
    const auto bytes = fromHex(hex);
    result.isWhole = readCommands(bytes, [&](const ViewerCommand& each) { result.commands.push_back(each); });
    return result;
}
template <class T> T only(std::string_view hex) {
    const auto result = read(hex);
    BOOST_REQUIRE_EQUAL(result.commands.size(), 1);
    BOOST_REQUIRE(std::holds_alternative<T>(result.commands[0]));
    return std::get<T>(result.commands[0]);
}
}  // namespace

BOOST_AUTO_TEST_SUITE(kvm_message)

BOOST_AUTO_TEST_CASE(keys_have_a_direction_and_a_side) {
    const auto down = only<KeyCommand>("000100060041");
    BOOST_TEST((down.key == 0x41 && !down.isUp && !down.isExtended));
    const auto up = only<KeyCommand>("00010006030d");
    BOOST_TEST((up.key == 0x0D && up.isUp && up.isExtended));
    BOOST_TEST(!only<KeyCommand>("00010006040d").isUp);
}

BOOST_AUTO_TEST_CASE(the_wheel_turns_by_its_sign_in_both_encodings) {
    BOOST_TEST(only<MouseCommand>("0002000c0000000a00140168").wheel == 1);
    BOOST_TEST(only<MouseCommand>("0002000c0000000a0014fe97").wheel == -1);
    BOOST_TEST(only<MouseCommand>("00d0000a000a00140078").side == 1);
    BOOST_TEST(only<MouseCommand>("00d0000a000a0014ff88").side == -1);
    const auto click = only<MouseCommand>("0002000a0002000a0014");
    BOOST_TEST((click.button == 2 && click.x == 10 && click.y == 20 && click.wheel == 0));
}

BOOST_AUTO_TEST_CASE(compression_out_of_range_is_not_given) {
    const auto whole = only<CompressionCommand>("0005000a013204000064");
    BOOST_TEST((whole.type == 1 && whole.quality == 50 && whole.scaling == 1024 && whole.frameTimer == 100));
    const auto wrong = only<CompressionCommand>("0005000a016500010001");
    BOOST_TEST((wrong.quality == 0 && wrong.scaling == 0 && wrong.frameTimer == 0));
    BOOST_TEST(only<CompressionCommand>("000500060128").quality == 40);
}

BOOST_AUTO_TEST_CASE(several_commands_in_a_message_are_taken_in_order) {
    const auto result = read("00010006001b" "00010006011b" "00060004");
    BOOST_TEST(result.isWhole);
    BOOST_REQUIRE_EQUAL(result.commands.size(), 3);
    BOOST_TEST(std::holds_alternative<RefreshCommand>(result.commands[2]));
}

BOOST_AUTO_TEST_CASE(unknown_and_wrongly_sized_commands_are_skipped) {
    const auto result = read("7777000500" "00010007004100" "0006000501" "0008000501");
    BOOST_TEST(result.isWhole);
    BOOST_REQUIRE_EQUAL(result.commands.size(), 1);
    BOOST_TEST(std::get<PauseCommand>(result.commands[0]).isPaused);
}

BOOST_AUTO_TEST_CASE(what_is_cut_short_ends_the_message) {
    BOOST_TEST(!read("0001000600").isWhole);
    BOOST_TEST(!read("00010003").isWhole);
    BOOST_TEST(!read("0001").isWhole);
    BOOST_TEST(read("00060004" "00010006").commands.size() == 1);
    BOOST_TEST(read("").isWhole);
}

BOOST_AUTO_TEST_CASE(our_own_commands_are_read) {
    const auto done = only<FrameDoneCommand>("00ca000c00000102000300fa");
    BOOST_TEST((done.frame == 0x102 && done.queue == 3 && done.drawMs == 250));
    const auto choice = only<ChoiceCommand>("00ce000903e8320f01");
    BOOST_TEST((choice.kbit == 1000 && choice.quality == 50 && choice.rate == 15 && choice.isTilesOnly));
}

BOOST_AUTO_TEST_CASE(view_only_means_no_input_but_everything_that_steers_the_picture) {
    for (const char* input : {"000100060041", "0002000a0002000a0014", "000a0004", "00550007000041", "0057000501"}) {
        BOOST_TEST(isInput(read(input).commands.at(0)), input);
    }
    for (const char* flow : {"0005000a013204000064", "00060004", "0008000501", "000c0006ffff", "0057000502",
                             "00ca000c00000102000300fa", "00cc0004", "00ce000903e8320f01"}) {
        BOOST_TEST(!isInput(read(flow).commands.at(0)), flow);
    }
}

BOOST_AUTO_TEST_CASE(messages_have_the_bytes_of_the_protocol) {
    const std::vector<Display> two{{1, {0, 0, 640, 480}, true}, {2, {640, 0, 800, 600}, false}};
    BOOST_TEST(hexOf(screenSizeMessage({1920, 1080})) == "0007000807800438");
    BOOST_TEST(hexOf(displayListMessage(two, 65535)) == "000b000e000300010002ffffffff");
    BOOST_TEST(hexOf(displayListMessage({two[0]}, 1)) == "000b000a000100010001");
    BOOST_TEST(hexOf(displayGeometryMessage(two)) == "00520018" "00010000000002" "8001e0" "00020280000003200258");
    BOOST_TEST(hexOf(lockKeysMessage(5)) == "0012000505");
    BOOST_TEST(hexOf(pictureMessage(32, 64, fromHex("ffd8"))) == "0003000a00200040ffd8");
    BOOST_TEST(hexOf(codecStartMessage(1, {1920, 1080})) == "00c8000a010007800438");
    BOOST_TEST(hexOf(codedFrameMessage(7, true, 12, fromHex("aa"))) == "00c9000d000000070100000caa");
    BOOST_TEST(hexOf(frameAreasMessage(7, {{32, 64, 96, 32}})) == "00cf0010000000070020004000600020");
    BOOST_TEST(hexOf(markMessage(9)) == "00cb000800000009");
}

BOOST_AUTO_TEST_CASE(a_large_picture_takes_the_jumbo_form) {
    const auto message = pictureMessage(1, 2, wire::Bytes(70'000));
    BOOST_TEST(message.size() == 16 + 70'000);
    // The length counts the inner head with x and y.
    BOOST_TEST(hexOf({message.begin(), message.begin() + 16}) == "001b0008" "00011178" "00030000" "00010002");
    BOOST_TEST(pictureMessage(1, 2, wire::Bytes(65'492)).size() == 65'500);
}

BOOST_AUTO_TEST_SUITE_END()
