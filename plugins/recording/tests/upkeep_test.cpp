// Files that can't be placed, mended or removed, and what is told of it.
#include "world.hpp"

using namespace recording;
using namespace recording::tests;

BOOST_AUTO_TEST_SUITE(upkeep)

BOOST_AUTO_TEST_CASE(files_may_lie_on_another_file_system) {
    World world;
    world.plugin->stop();
    const auto other = fs::path("/dev/shm") / ("recording-" + newId());
    std::error_code error;
    if (!fs::create_directory(other, error)) {
        BOOST_TEST_MESSAGE("skipped: no /dev/shm");
        return;
    }
    fs::remove_all(world.folder("files"));
    fs::create_directory_symlink(other, world.folder("files"));
    world.restart({{"protocols", {"terminal"}}, {"min_free_mib", 0}});
    world.record();
    const auto list = world.list();
    BOOST_REQUIRE(list.size() == 1U);
    BOOST_TEST(hashOf(world.file(list[0])) == list[0].at("sha256").as_string());
    BOOST_TEST(world.filesIn("files") == 1U);
    BOOST_TEST(world.filesIn("live") == 0U);
    fs::remove_all(other);
}

BOOST_AUTO_TEST_CASE(an_entry_is_stored_once_its_file_is_in_place) {
    World world;
    fs::remove_all(world.folder("files"));
    std::ofstream(world.folder("files")) << "in the way";
    world.record();
    BOOST_TEST(world.list().empty());
    BOOST_TEST(world.filesIn("live") == 1U);
    fs::remove(world.folder("files"));
    fs::create_directory(world.folder("files"));
    world.host.advance(Milliseconds(1000));
    BOOST_TEST(world.list().size() == 1U);
    BOOST_TEST(world.filesIn("files") == 1U);
    BOOST_TEST(world.filesIn("live") == 0U);
}

BOOST_AUTO_TEST_CASE(what_is_left_and_cannot_be_mended_is_looked_at_again) {
    World world;
    world.plugin->stop();
    const auto part = world.folder("live") + "/relaysession-2026-11-28-22-16-12-ada-vm-00ff.mcrec.part";
    fs::create_directory(part);  // can't be opened for writing
    world.restart({{"protocols", json::array()}});
    world.host.advance(Milliseconds(1000));
    BOOST_TEST(world.host.hasLogged("left file not taken in yet"));
    fs::remove(part);
    std::ofstream(part, std::ios::binary) << fixture("meshcentral-desktop.mcrec").substr(0, 60'000);
    world.host.advance(Milliseconds(59'000));
    BOOST_TEST(world.list().empty());
    world.host.advance(Milliseconds(2000));
    BOOST_TEST(world.list().size() == 1U);
    BOOST_TEST(world.filesIn("live") == 0U);
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_removed_keeps_only_itself) {
    World world;
    for (int i = 0; i < 3; ++i) world.record();
    world.plugin->stop();
    *world.database << "UPDATE p_recording_files SET end_ms = end_ms - 864000000, start_ms = start_ms - 864000000 + rowid",
        Poco::Data::Keywords::now;
    std::string oldest;
    *world.database << "SELECT name FROM p_recording_files ORDER BY start_ms LIMIT 1", Poco::Data::Keywords::into(oldest),
        Poco::Data::Keywords::now;
    fs::remove(world.folder("files") + "/" + oldest);
    fs::create_directories(world.folder("files") + "/" + oldest + "/inside");
    world.restart({{"protocols", {"terminal"}}, {"min_free_mib", 0}, {"keep_days", 9}});
    BOOST_REQUIRE(world.list().size() == 1U);
    BOOST_TEST(world.list()[0].at("name").as_string() == oldest);
    BOOST_TEST(world.host.hasLogged("recording can't be removed"));
    world.host.advance(Milliseconds(3000));
    BOOST_TEST(world.host.health().find(oldest) != std::string::npos);
    fs::remove_all(world.folder("files") + "/" + oldest);
    world.host.advance(Milliseconds(10 * 60 * 1000));
    BOOST_TEST(world.list().empty());
    world.host.advance(Milliseconds(1000));
    BOOST_TEST(world.host.health() == "");
}

BOOST_AUTO_TEST_CASE(health_tells_of_a_failure_until_a_file_can_be_made) {
    World world;
    fs::remove_all(world.folder("live"));
    std::ofstream(world.folder("live")) << "in the way";
    auto handler = world.open();
    BOOST_REQUIRE(handler);
    world.host.settle();
    BOOST_TEST(world.tunnel->closedBecause.find("Not a directory") != std::string::npos);
    world.host.advance(Milliseconds(5000));
    BOOST_TEST(world.host.health().find("Not a directory") != std::string::npos);
    BOOST_CHECK_THROW(world.open(), Error);
    fs::remove(world.folder("live"));
    fs::create_directory(world.folder("live"));
    world.host.advance(Milliseconds(1000));
    BOOST_TEST(world.host.health() == "");
    BOOST_TEST(world.open() != nullptr);
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_gone_is_no_full_disk) {
    World world({{"protocols", {"terminal"}}, {"min_free_mib", 1}});
    fs::remove_all(world.folder("live"));
    world.host.advance(Milliseconds(1000));
    BOOST_TEST(world.host.health().find("No such file") != std::string::npos);
    BOOST_TEST(world.host.health().find("full") == std::string::npos);
    World full({{"protocols", {"terminal"}}, {"min_free_mib", 1'000'000}});
    full.host.advance(Milliseconds(1000));
    BOOST_TEST(full.host.health() == "sessions can't be recorded: the disk of the recordings is full");
}

BOOST_AUTO_TEST_SUITE_END()
