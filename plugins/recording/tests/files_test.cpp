// Digests of files sessions, and what is kept beside recordings.
#include <filesystem>

#include <boost/test/unit_test.hpp>
#include <trellis/sdk/error.hpp>

#include "bytes.hpp"
#include "src/files_digest.hpp"
#include "src/jump_help.hpp"

using namespace recording;
using namespace recording::tests;

namespace {

std::string sum(unsigned bytes, bool isLast) {
    return fromHex("000000000000") + static_cast<char>(bytes >> 8) + static_cast<char>(bytes) + (isLast ? '\1' : '\0');
}

}  // namespace

BOOST_AUTO_TEST_SUITE(files_digest)

BOOST_AUTO_TEST_CASE(commands_stay_and_data_are_counted) {
    std::string file;
    mcrec::appendBlock(file, mcrec::BlockType::First, 0, 1000, R"({"magic":"MeshCentralRelaySession","ver":1})");
    const auto add = [&](std::uint64_t ms, unsigned flags, const std::string& data) {
        mcrec::appendBlock(file, mcrec::BlockType::Traffic, static_cast<std::uint16_t>(flags), ms, data);
    };
    add(1000, 2, "5");
    add(1000, 3, R"({"action":"upload"})");
    for (unsigned i = 0; i < 4; ++i) add(1000 + i * 100, 3, std::string(5000, 'A'));  // the last in a second sum
    add(1350, 3, std::string("\0{", 2) + std::string(98, 'B'));                       // what begins like a command
    add(1400, 1, R"({"action":"uploaddone"})");
    add(1450, 1, R"({"path":"/","dir":[{"n":"\"action\""}]})");
    add(1450, 1, R"({"action":")" + std::string(5000, 'x') + "\"}");
    add(1500, 1, fromHex("01000000") + std::string(996, 'C'));
    add(1501, 1, fromHex("01000001") + std::string(3, 'C'));
    add(1502, 1, fromHex("01"));  // too short
    add(1503, 1, R"("n":"a","t":3}]})");  // the rest of a long list
    add(2000, 2, R"({"action":")" + std::string(100'000, 'x') + "\"}");
    const auto [blocks, end] = blocksOf(filesDigest(reading(file), file.size()));
    BOOST_REQUIRE(blocks.size() == 6U);
    BOOST_TEST(blocks[0].data == R"({"action":"upload"})");
    BOOST_TEST(blocks[1].header.type == 4);
    BOOST_TEST(blocks[1].header.time == 1200U);
    BOOST_TEST(blocks[1].data == sum(15'000, false));
    BOOST_TEST(blocks[2].data == sum(5'099, false));
    BOOST_TEST(blocks[3].data == R"({"action":"uploaddone"})");
    BOOST_TEST(blocks[4].data == sum(999, true));
    BOOST_TEST(blocks[4].header.flags == 1);
    BOOST_TEST(blocks[5].data.size() == 64U * 1024);
    BOOST_CHECK_THROW(filesDigest(reading(file), 3), trellis::sdk::Error);
}

BOOST_AUTO_TEST_CASE(an_index_is_made_once_and_kept) {
    const auto folder = std::filesystem::temp_directory_path() / newId();
    std::filesystem::create_directory(folder);
    const auto whole = fixture("meshcentral-desktop.mcrec");
    // The same without its index.
    const auto [blocks, end] = blocksOf(whole);
    std::string file;
    for (const auto& block : blocks) {
        if (block.header.type > 2) continue;
        mcrec::appendBlock(file, static_cast<mcrec::BlockType>(block.header.type), block.header.flags, block.header.time, block.data);
    }
    const auto path = (folder / "x.mcrec").string(), place = (folder / "help").string();
    std::ofstream(path, std::ios::binary) << file;
    Entry entry;
    entry.protocol = protocol::kDesktop;
    const auto made = helpFor(entry, path, place);
    BOOST_TEST(made.starts_with(R"({"indexInterval":10)"));
    BOOST_TEST(contents(place) == made);
    BOOST_TEST(std::distance(std::filesystem::directory_iterator(folder), {}) == 2);
    std::ofstream(place, std::ios::binary) << "kept";
    BOOST_TEST(helpFor(entry, path, place) == "kept");
    BOOST_TEST(helpFor(entry, path, (folder / "no such" / "place").string()) == made);
    entry.protocol = protocol::kFiles;
    BOOST_TEST(helpFor(entry, path, place).empty());
    BOOST_CHECK_THROW(helpFor(entry, (folder / "gone").string(), place), trellis::sdk::Error);
    std::filesystem::remove_all(folder);
}

BOOST_AUTO_TEST_SUITE_END()
