// The file format, against the vectors of the specification and a recording that MeshCentral made.
#include <boost/test/unit_test.hpp>

#include "bytes.hpp"
#include "src/downloads.hpp"

using namespace recording;
using namespace recording::tests;
using mcrec::BlockType;
using mcrec::Reader;

BOOST_AUTO_TEST_SUITE(format)

// agent-protocol specification, section 9.
BOOST_AUTO_TEST_CASE(blocks_are_those_of_the_specification) {
    std::string out;
    mcrec::appendBlock(out, BlockType::Traffic, mcrec::flag::kBinary, 0x18BCFE5687B, fromHex("0007000807800438"));
    BOOST_TEST((out == fromHex("00020001 00000008 0000018BCFE5687B 0007000807800438")));
    out.clear();
    mcrec::appendBlock(out, BlockType::End, 0, 0x18BCFE5687B, mcrec::kEnd);
    BOOST_TEST((out == fromHex("00030000 00000010 0000018BCFE5687B 4D65736843656E7472616C4D43524543")));
}

BOOST_AUTO_TEST_CASE(what_meshcentral_wrote_is_read_and_written_again_byte_for_byte) {
    for (const auto* name : {"meshcentral-terminal.mcrec", "meshcentral-desktop.mcrec"}) {
        const auto file = fixture(name);
        const auto [blocks, end] = blocksOf(file);
        BOOST_TEST((end == Reader::Result::End));
        BOOST_REQUIRE(blocks.size() > 5);
        std::string again;
        for (const auto& block : blocks) {
            mcrec::appendBlock(again, static_cast<BlockType>(block.header.type), block.header.flags,
                               block.header.time, block.data);
        }
        BOOST_TEST((again == file));
        const auto first = mcrec::parseFirst(blocks.front().data);
        BOOST_REQUIRE(first.has_value());
        BOOST_TEST(first->userId == "user//ada");
        BOOST_TEST(first->deviceName == "vm");
    }
}

BOOST_AUTO_TEST_CASE(the_tail_tells_the_end_and_the_index) {
    const auto plain = fixture("meshcentral-terminal.mcrec");
    const auto tail = mcrec::readTail(reading(plain), plain.size());
    BOOST_REQUIRE(tail.has_value());
    BOOST_TEST(!tail->isIndexed);
    BOOST_TEST(tail->endTime == 0x1A2243A7C5D);
    const auto indexed = fixture("meshcentral-desktop.mcrec");
    const auto other = mcrec::readTail(reading(indexed), indexed.size());
    BOOST_REQUIRE(other.has_value());
    BOOST_TEST(other->isIndexed);
    BOOST_TEST(other->endTime == 1795904186312);
    BOOST_TEST(other->extraOffset == 72336);
    BOOST_TEST(other->extraSize == 113);
}

BOOST_AUTO_TEST_CASE(a_tail_that_points_outside_is_none) {
    for (const std::uint64_t offset : {0ULL, 5ULL, 1ULL << 40}) {
        std::string file(100, 'x');
        mcrec::appendBlock(file, BlockType::End, 0, offset, mcrec::kIndexedEnd);
        BOOST_TEST(!mcrec::readTail(reading(file), file.size()).has_value());
    }
}

BOOST_AUTO_TEST_CASE(a_truncated_file_gives_its_whole_blocks) {
    const auto file = fixture("meshcentral-terminal.mcrec");
    const auto whole = blocksOf(file).first;
    for (std::size_t size = 0; size < file.size(); ++size) {
        const auto [blocks, end] = blocksOf(file.substr(0, size));
        const auto fits = static_cast<std::size_t>(std::count_if(whole.begin(), whole.end(), [&](const auto& block) {
            return block.offset + mcrec::kHeaderSize + block.data.size() <= size;
        }));
        BOOST_TEST(blocks.size() == fits);
        BOOST_TEST((end == Reader::Result::Truncated || end == Reader::Result::End));
    }
}

BOOST_AUTO_TEST_CASE(sizes_are_compared_before_anything_is_allocated) {
    std::string huge = fromHex("00020001 FFFFFFFF 0000018BCFE5687B");
    BOOST_TEST((blocksOf(huge).second == Reader::Result::Bad));
    huge = fromHex("00020001 03000000 0000018BCFE5687B");
    BOOST_TEST((blocksOf(huge).second == Reader::Result::Truncated));
    for (const auto* bad : {"00050000 00000000 0000018BCFE5687B", "00020004 00000000 0000018BCFE5687B",
                            "00020000 00000000 0001018BCFE5687B"}) {
        BOOST_TEST((blocksOf(fromHex(bad)).second == Reader::Result::Bad));
    }
}

BOOST_AUTO_TEST_CASE(first_blocks_of_others_are_refused) {
    BOOST_TEST(!mcrec::parseFirst("[]").has_value());
    BOOST_TEST(!mcrec::parseFirst(R"({"magic":"Other","ver":1})").has_value());
    BOOST_TEST(!mcrec::parseFirst(R"({"magic":"MeshCentralRelaySession","ver":2})").has_value());
    const auto text = mcrec::parseFirst(R"({"magic":"MeshCentralRelaySession","ver":1,"protocol":"2"})");
    BOOST_REQUIRE(text.has_value());
    BOOST_TEST(text->protocol == 2);
}

BOOST_AUTO_TEST_CASE(file_names_are_of_the_wire_and_name_nothing_else) {
    BOOST_TEST(mcrec::fileName("", 1795904139000, "ada", "web 01/..", "00ff") ==
               "relaysession-2026-11-28-22-15-39-ada-web_01_..-00ff.mcrec");
    BOOST_TEST(mcrec::fileName("east", 1795904139000, "ada", "", "00ff") ==
               "relaysession-east-2026-11-28-22-15-39-ada-00ff.mcrec");
    BOOST_TEST(mcrec::isFileName("relaysession-2026-11-28-22-15-39-ada-00ff.mcrec"));
    BOOST_TEST(!mcrec::isFileName("relaysession-/../x.mcrec"));
    BOOST_TEST(!mcrec::isFileName("../relaysession-x.mcrec"));
}

BOOST_AUTO_TEST_CASE(ranges_are_those_of_http) {
    const auto is = [](const char* header, std::uint64_t first, std::uint64_t last) {
        const auto range = parseRange(header, 100);
        return range && range->first == first && range->last == last;
    };
    BOOST_TEST(is("bytes=0-0", 0, 0));
    BOOST_TEST(is("bytes=10-", 10, 99));
    BOOST_TEST(is("bytes=10-500", 10, 99));
    BOOST_TEST(is("bytes=-30", 70, 99));
    BOOST_TEST(is("bytes=-300", 0, 99));
    BOOST_TEST(is("bytes=100-", 1, 0));
    for (const auto* other : {"", "bytes=", "bytes=-", "bytes=5-4", "bytes=0-1,3-4", "items=0-1", "bytes=a-b"}) {
        BOOST_TEST(!parseRange(other, 100).has_value(), other);
    }
}

BOOST_AUTO_TEST_SUITE_END()
