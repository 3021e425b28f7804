// The index of desktop recordings.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>
#include <trellis/sdk/error.hpp>

#include "bytes.hpp"
#include "src/desktop_index.hpp"
#include "src/image_size.hpp"
#include "src/key_frames.hpp"
#include "src/picture_at.hpp"

using namespace recording;
using namespace recording::tests;
namespace json = boost::json;

namespace {

/// A tile with a PNG head of this size.
std::string tile(unsigned x, unsigned y, unsigned width, unsigned height) {
    const auto u16 = [](unsigned v) { return std::string{static_cast<char>(v >> 8), static_cast<char>(v)}; };
    const std::string image = fromHex("89504E470D0A1A0A 0000000D49484452 0000") + u16(width) + fromHex("0000") + u16(height);
    return u16(3) + u16(static_cast<unsigned>(8 + image.size())) + u16(x) + u16(y) + image;
}
std::string screen(unsigned width, unsigned height) {
    return fromHex("00070008") + std::string{static_cast<char>(width >> 8), static_cast<char>(width),
                                             static_cast<char>(height >> 8), static_cast<char>(height)};
}
std::string frame(bool isKey) { return fromHex(isKey ? "00C9000D 00000001 01 00 0000 AA" : "00C9000D 00000002 00 00 0000 AA"); }

struct Fed {
    DesktopIndex index;
    std::uint64_t offset = 500;
    void see(std::uint64_t ms, const std::string& data, bool fromDevice = true) {
        index.see(offset, 1000 + ms, fromDevice, asBytes(data));
        offset += 100;
    }
    json::object json() { return json::parse(index.json()).as_object(); }
    std::string entries() { return json::serialize(json().at("indexes")); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(desktop_index)

BOOST_AUTO_TEST_CASE(it_is_what_meshcentral_makes_of_the_same_file) {
    const auto file = fixture("meshcentral-desktop.mcrec");
    DesktopIndex index;
    json::value theirs;
    for (const auto& block : blocksOf(file).first) {
        if (block.header.type == 2) index.see(block.offset, block.header.time, block.header.flags == 1, asBytes(block.data));
        if (block.header.type == 4) theirs = json::parse(block.data);
    }
    const auto ours = json::parse(index.json());
    for (const auto* member : {"indexInterval", "indexStartTime", "indexes"}) {
        BOOST_TEST(json::serialize(ours.at(member)) == json::serialize(theirs.at(member)));
    }
}

BOOST_AUTO_TEST_CASE(a_tile_takes_the_place_of_what_it_covers) {
    Fed fed;
    fed.see(0, screen(40, 40));
    fed.see(1, tile(0, 0, 40, 40));    // 100
    fed.see(2, tile(0, 0, 16, 16));    // 200
    fed.see(3, tile(0, 0, 16, 16));    // 300 covers 200
    fed.see(4, tile(20, 20, 4, 4));    // 400 lies on 100
    fed.see(10'500, "", false);        // 500
    BOOST_TEST(fed.entries() == "[[500,40,40,100,300,400]]");
    fed.see(10'600, tile(0, 0, 40, 40));
    fed.see(31'000, "", false);
    BOOST_TEST(fed.entries() == "[[500,40,40,100,300,400],[700,40,40,600],[700,40,40,600]]");
}

BOOST_AUTO_TEST_CASE(after_a_copy_nothing_is_claimed) {
    Fed fed;
    fed.see(0, screen(32, 32));
    fed.see(1, tile(0, 0, 32, 32));
    fed.see(2, fromHex("00040010 0000 0000 0010 0010 0010 0010"));
    fed.see(10'500, "", false);
    BOOST_TEST(fed.entries() == "[[300,0,0]]");
}

BOOST_AUTO_TEST_CASE(coded_pictures_are_found_by_their_key_frame) {
    Fed fed;
    fed.see(0, screen(32, 32));
    fed.see(1, tile(0, 0, 32, 32));
    fed.see(2, fromHex("00C8000A 01 00 0020 0020"));  // 200
    fed.see(3, frame(true));                           // 300
    fed.see(4, frame(false));
    fed.see(5, tile(0, 0, 16, 16));  // 500
    fed.see(10'500, "", false);
    BOOST_TEST(fed.entries() == "[[600,32,32,500]]");
    BOOST_TEST(json::serialize(fed.json().at("streams")) == "[[200,300]]");
}

BOOST_AUTO_TEST_CASE(a_frame_covers_tiles_where_it_is_drawn) {
    Fed fed;
    fed.see(0, screen(64, 32));
    fed.see(1, fromHex("00C8000A 01 00 0040 0020"));
    fed.see(2, frame(true));            // 200, everywhere
    fed.see(3, tile(0, 0, 16, 16));     // 300
    fed.see(4, tile(16, 0, 32, 32));    // 400
    fed.see(5, tile(48, 0, 16, 32));    // 500
    fed.see(6, fromHex("00CF0010 00000002 0020 0010 0010 0010"));  // in 400
    fed.see(7, frame(false));
    fed.see(10'500, "", false);         // 800
    BOOST_TEST(fed.entries() == "[[800,64,32,300,400,500]]");
    BOOST_TEST(json::serialize(fed.json().at("streams")) == "[[100,200]]");
    fed.see(10'600, frame(false));
    fed.see(10'700, fromHex("00CF0010 00000009 0000 0000 0040 0020"));
    fed.see(10'800, frame(false));      // of frame 2, not 9: everywhere
    fed.see(20'500, "", false);
    BOOST_TEST(fed.entries() == "[[800,64,32,300,400,500],[1200,64,32]]");
}

BOOST_AUTO_TEST_CASE(screens_that_no_device_has_cost_nothing) {
    Fed fed;
    fed.see(0, screen(65535, 65535));
    fed.see(1, tile(0, 0, 65535, 65535));
    fed.see(10'500, "", false);
    BOOST_TEST(fed.entries() == "[[200,0,0]]");
}

BOOST_AUTO_TEST_CASE(a_clock_that_leaps_costs_little) {
    Fed fed;
    fed.see(0, screen(64, 64));
    fed.see(1, tile(0, 0, 64, 64));
    fed.see(1ULL << 46, "", false);
    BOOST_TEST(fed.json().at("indexes").as_array().size() == static_cast<std::size_t>(DesktopIndex::kMaxEntries));
    BOOST_TEST(json::serialize(fed.json().at("indexes").as_array().back()) == "[200,64,64,100]");
    const auto many = "{\"indexes\":[" + std::string(4'000'000, '[');
    const auto file = fixture("meshcentral-desktop.mcrec");
    const auto read = reading(file);
    BOOST_TEST(pictureAt(read, file.size(), many, 0) == pictureAt(read, file.size(), "", 0));
}

BOOST_AUTO_TEST_CASE(pictures_tell_their_size) {
    const auto png = tile(0, 0, 300, 200).substr(8);
    BOOST_TEST(imageSize(asBytes(png))->width == 300);
    const auto jpeg = fromHex("FFD8 FFE0 0004 0000 FFC0 0011 08 00C8 012C");
    BOOST_TEST(imageSize(asBytes(jpeg))->width == 300);
    BOOST_TEST(imageSize(asBytes(jpeg))->height == 200);
    for (std::size_t cut = 0; cut < jpeg.size(); ++cut) {
        const auto part = jpeg.substr(0, cut);
        BOOST_TEST(!imageSize(asBytes(part)).has_value());
    }
    const std::string riff = fromHex("52494646 00000100") + "WEBP";
    const auto sizes = fromHex("00000100");
    for (const auto& webp : {riff + "VP8L" + sizes + fromHex("2F 2BC131 00 0000000000"),
                             riff + "VP8 " + sizes + fromHex("000000 9D012A 2C41 C800"),
                             riff + "VP8X" + sizes + fromHex("00 000000 2B0100 C70000")}) {
        BOOST_TEST(imageSize(asBytes(webp))->width == 300);
        BOOST_TEST(imageSize(asBytes(webp))->height == 200);
        for (std::size_t cut = 0; cut < 30; ++cut) {
            BOOST_TEST(!imageSize(asBytes(webp.substr(0, cut))).has_value());
        }
    }
    BOOST_TEST(!imageSize(asBytes(riff + "ALPH" + sizes + std::string(10, '\0'))).has_value());
}

BOOST_AUTO_TEST_CASE(a_key_frame_is_asked_for_every_ten_seconds_of_motion) {
    KeyFrames keys;
    const auto key = frame(true), delta = frame(false);
    BOOST_TEST(!keys.wantsOne(asBytes(key), 100'000));
    for (int i = 0; i < 9; ++i) BOOST_TEST(!keys.wantsOne(asBytes(delta), 111'000));
    BOOST_TEST(keys.wantsOne(asBytes(delta), 111'000));
    BOOST_TEST(!keys.wantsOne(asBytes(delta), 111'001));
}

BOOST_AUTO_TEST_CASE(and_before_there_are_too_many_frames_to_jump) {
    const auto key = frame(true), delta = frame(false);
    for (const auto& [stream, most] : {std::pair{"00C8000A 01 00 0020 0020", KeyFrames::kAtMost},
                                       std::pair{"00C8000A 02 00 0020 0020", KeyFrames::kAtMostVp9}}) {
        KeyFrames keys;
        BOOST_TEST(!keys.wantsOne(asBytes(fromHex(stream)), 1));
        BOOST_TEST(!keys.wantsOne(asBytes(key), 2));
        for (int i = 1; i < most; ++i) BOOST_TEST(!keys.wantsOne(asBytes(delta), 3));
        BOOST_TEST(keys.wantsOne(asBytes(delta), 3));
    }
}

/// A file of messages, and which of them make its pictures.
struct Played {
    std::string file;
    std::vector<std::string> messages;
    void add(std::int64_t ms, const std::string& data) {
        messages.push_back(data);
        mcrec::appendBlock(file, mcrec::BlockType::Traffic, 1, static_cast<std::uint64_t>(1000 + ms), data);
    }
    Played() {
        mcrec::appendBlock(file, mcrec::BlockType::First, 0, 1000, R"({"magic":"MeshCentralRelaySession","ver":1})");
    }
    /// Numbers of the messages that make the picture, with that of the first that comes after it.
    std::string at(std::int64_t ms, const std::string& index) const {
        const auto [blocks, end] = blocksOf(pictureAt(reading(file), file.size(), index, ms));
        std::string out;
        for (std::size_t i = 1; i < blocks.size(); ++i) {
            const auto found = std::find(messages.begin(), messages.end(), blocks[i].data);
            out += std::to_string(found - messages.begin()) + " ";
        }
        const auto next = json::parse(blocks.at(0).data).at("next").to_number<std::uint64_t>();
        std::uint64_t number = 0;
        for (const auto& block : blocksOf(file).first) number += block.offset < next ? 1 : 0;
        return out + "then " + std::to_string(number - 1);
    }
    std::string index() const { return makeIndex(reading(file), file.size()); }
};

BOOST_AUTO_TEST_CASE(a_picture_is_made_of_what_can_be_seen) {
    Played played;
    played.add(0, screen(64, 64));
    played.add(0, tile(0, 0, 64, 64));
    played.add(1'000, tile(0, 0, 16, 16));
    played.add(12'000, tile(32, 32, 16, 16));
    played.add(13'000, tile(0, 0, 16, 17));
    played.add(40'000, tile(0, 0, 64, 65));
    for (const auto& index : {played.index(), std::string(), std::string("{\"indexes\":[[1,2]]}")}) {
        BOOST_TEST(played.at(0, index) == "1 then 2");
        BOOST_TEST(played.at(11'000, index) == "1 2 then 3");
        BOOST_TEST(played.at(12'000, index) == "1 2 3 then 4");
        BOOST_TEST(played.at(39'999, index) == "1 3 4 then 5");
        BOOST_TEST(played.at(1LL << 40, index) == "5 then 6");
    }
}

BOOST_AUTO_TEST_CASE(a_coded_picture_is_made_of_frames_from_the_key_frame_on) {
    Played played;
    played.add(0, screen(64, 64));
    played.add(0, fromHex("00C8000A 01 00 0040 0040"));
    played.add(100, frame(true));                          // 2
    played.add(200, tile(0, 0, 16, 16));                   // 3
    played.add(300, fromHex("00CF0010 00000002 0020 0020 0010 0010"));
    played.add(400, frame(false));                         // 5, there
    played.add(11'000, tile(32, 32, 16, 17));              // 6 covers it
    played.add(12'000, fromHex("00CF0010 00000002 0000 0000 0010 0011"));
    played.add(12'100, fromHex("00C9000D 00000002 00 00 0000 BB"));  // 8 covers 3
    played.add(31'000, fromHex("00C9000D 00000003 01 00 0000 CC"));  // 9
    auto index = played.index();
    const auto check = [&] {
        BOOST_TEST(played.at(50, index) == "0 1 then 2");
        BOOST_TEST(played.at(250, index) == "1 2 3 then 4");
        BOOST_TEST(played.at(350, index) == "1 2 3 4 then 5");
        BOOST_TEST(played.at(10'500, index) == "1 2 3 4 5 then 6");
        BOOST_TEST(played.at(11'500, index) == "1 2 3 4 5 6 then 7");
        BOOST_TEST(played.at(12'050, index) == "1 2 3 4 5 6 7 then 8");
        BOOST_TEST(played.at(30'000, index) == "1 2 4 5 6 7 8 then 9");
        BOOST_TEST(played.at(32'000, index) == "1 9 then 10");
    };
    check();
    // An index that knows nothing of frames, as earlier versions made it.
    auto old = json::parse(index).as_object();
    old.erase("frames");
    index = json::serialize(old);
    check();
}

BOOST_AUTO_TEST_CASE(after_a_copy_everything_since_is_shown) {
    Played played;
    played.add(0, screen(32, 32));
    played.add(0, tile(0, 0, 32, 32));
    played.add(1'000, tile(0, 0, 16, 16));
    played.add(12'000, fromHex("00040010 0000 0000 0010 0010 0010 0010"));
    played.add(25'000, tile(0, 0, 32, 33));
    const auto index = played.index();
    BOOST_TEST(played.at(13'000, index) == "1 2 3 then 4");
    BOOST_TEST(played.at(24'000, index) == "1 2 3 then 4");
}

BOOST_AUTO_TEST_CASE(a_picture_of_meshcentral_is_that_of_its_index) {
    const auto file = fixture("meshcentral-desktop.mcrec");
    const auto read = reading(file);
    const auto [blocks, end] = blocksOf(pictureAt(read, file.size(), indexIn(read, file.size()), 10'000));
    BOOST_TEST((end == mcrec::Reader::Result::End));
    BOOST_TEST(blocks.size() == 7U);
    for (std::size_t i = 1; i < blocks.size(); ++i) BOOST_TEST(blocks[i].data[1] == 3);
    BOOST_CHECK_THROW(pictureAt(reading(file), 10, "", 0), trellis::sdk::Error);
}

BOOST_AUTO_TEST_SUITE_END()
