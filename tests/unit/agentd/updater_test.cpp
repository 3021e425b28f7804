#include "agent/base/file.hpp"
#include "agent/update/updater.hpp"
#include "test_tools.hpp"

#include <boost/test/unit_test.hpp>
#include <trellis/wire/settings.hpp>

using namespace trellis::device;
namespace wire = trellis::wire;
using agentd_test::TempFolder;

namespace {
// "agent.txt" holding "hello", stored; made with zip(1).
std::string storedZip() {
    const std::string crc("\x86\xA6\x10\x36", 4);
    const std::string sizes("\x05\0\0\0\x05\0\0\0", 8);
    const std::string name = "agent.txt";
    const std::string local = std::string("PK\3\4\x0A\0\0\0\0\0\0\0\0\0", 14) + crc + sizes +
                              std::string("\x09\0\0\0", 4) + name + "hello";
    const std::string central = std::string("PK\1\2\x1E\3\x0A\0\0\0\0\0\0\0\0\0", 16) + crc + sizes +
                                std::string("\x09\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 18) + name;
    std::string end("PK\5\6\0\0\0\0\1\0\1\0", 12);
    end += static_cast<char>(central.size());
    end += std::string(3, '\0');
    end += static_cast<char>(local.size());
    end += std::string(5, '\0');
    return local + central + end;
}
}  // namespace

BOOST_AUTO_TEST_SUITE(agent_updater)

BOOST_AUTO_TEST_CASE(a_transfer_with_another_hash_leaves_nothing) {
    const TempFolder folder;
    replaceFile(folder.path("a"), "old", 0755);
    Updater updater(folder.path("a"));
    updater.start();
    BOOST_TEST(updater.takeBlock(wire::bytesOf("new")));
    BOOST_TEST(!updater.finish(wire::sha384(wire::bytesOf("other"))));
    BOOST_TEST(updater.error().find("damaged") != std::string::npos);
    BOOST_TEST(readFile(folder.path("a"), 100).value() == "old");
    BOOST_TEST(!readFile(folder.path("a.update"), 100).has_value());
}

BOOST_AUTO_TEST_CASE(what_is_no_program_for_this_machine_is_refused) {
    const TempFolder folder;
    replaceFile(folder.path("a"), "old", 0755);
    Updater updater(folder.path("a"));
    const std::string script = "#!/bin/sh\necho trellis-agent 9\n";
    updater.start();
    updater.takeBlock(wire::bytesOf(script));
    BOOST_TEST(!updater.finish(wire::sha384(wire::bytesOf(script))));
    BOOST_TEST(updater.error().find("kind of machine") != std::string::npos);
    BOOST_TEST(readFile(folder.path("a"), 100).value() == "old");
}

BOOST_AUTO_TEST_CASE(another_program_is_refused_without_being_started) {
    const TempFolder folder;
    replaceFile(folder.path("a"), "old", 0755);
    Updater updater(folder.path("a"));
    const auto touch = readFile("/usr/bin/touch", 64 * 1024 * 1024).value();
    updater.start();
    updater.takeBlock(wire::bytesOf(touch));
    BOOST_TEST(!updater.finish(wire::sha384(wire::bytesOf(touch))));
    BOOST_TEST(updater.error().find("no trellis-agent") != std::string::npos);
    BOOST_TEST(!readFile("/version", 10).has_value()); // what "touch version" would have left
    BOOST_TEST(readFile(folder.path("a"), 100).value() == "old");
}

BOOST_AUTO_TEST_CASE(an_end_without_a_start_is_refused) {
    const TempFolder folder;
    Updater updater(folder.path("a"));
    BOOST_TEST(!updater.finish(wire::Hash{}));
}

BOOST_AUTO_TEST_CASE(a_link_in_the_way_is_not_followed) {
    const TempFolder folder;
    replaceFile(folder.path("victim"), "untouched", 0600);
    std::filesystem::create_symlink(folder.path("victim"), folder.path("a.update"));
    Updater updater(folder.path("a"));
    updater.start();
    updater.takeBlock(wire::bytesOf("new"));
    BOOST_TEST(readFile(folder.path("victim"), 100).value() == "untouched");
}

BOOST_AUTO_TEST_CASE(appended_settings_do_not_change_the_programs_hash) {
    const TempFolder folder;
    replaceFile(folder.path("a"), "program", 0755);
    const auto plain = programHash(folder.path("a"));
    const std::string settings = "MeshName=x\r\n";
    const auto trailer = wire::buildSettingsTrailer(static_cast<std::uint32_t>(settings.size()));
    replaceFile(folder.path("a"), "program" + settings + std::string(wire::textOf(trailer)), 0755);
    BOOST_TEST((programHash(folder.path("a")) == plain));
    BOOST_TEST((plain == wire::sha384(wire::bytesOf("program"))));
}

BOOST_AUTO_TEST_CASE(a_zip_of_one_file_is_unpacked_and_damage_is_noticed) {
    const auto zip = storedZip();
    BOOST_TEST(unzipSingle(zip, 100).value_or("") == "hello");
    BOOST_TEST(!unzipSingle(zip, 4).has_value());
    for (std::size_t size = 0; size < zip.size(); ++size) {
        BOOST_TEST(!unzipSingle(std::string_view(zip).substr(0, size), 100).has_value());
    }
    auto bad = zip;
    bad[zip.find("hello")] = 'j';
    BOOST_TEST(!unzipSingle(bad, 100).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
