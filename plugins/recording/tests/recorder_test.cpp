// The plugin on a host without a network: what is recorded, what becomes of it, and what goes wrong.
#include <filesystem>

#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/Session.h>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>
#include <trellis/sdk/testing_directory.hpp>

#include "bytes.hpp"
#include "src/recorder.hpp"
#include "src/session.hpp"

using namespace recording;
using namespace recording::tests;
using namespace trellis::testing;
namespace fs = std::filesystem;

namespace {

constexpr auto kDevice = "node//AAAA";

struct World {
    explicit World(json::object options = {{"protocols", {"terminal", "desktop"}}, {"min_free_mib", 0}}) {
        Poco::Data::SQLite::Connector::registerConnector();
        database = std::make_unique<Poco::Data::Session>("SQLite", ":memory:");
        host.useDatabase([this](const auto& work) {
            if (isDatabaseAway) throw Error(ErrorCode::Unavailable, "the database is away");
            work(*database);
        });
        directory = FakeDirectory::offerTo(host);
        directory->add(DirectoryDevice{kDevice, "mesh//one", "One", "", "web 01", "Debian", {"prod"}, true, false});
        directory->add(DirectoryUser{"user//ada", "ada", "", 0, false, {"ugrp//ops"}, "Ada"});
        directory->add(DirectoryUser{"user//eve", "eve", "", site_right::kRecordings, false, {}, "Eve"});
        directory->add(DirectoryUser{"user/east/tom", "tom", "east", site_right::kAdmin, false, {}, "Tom"});
        pages = FakePageEvents::offerTo(host, {"user//ada", "user//eve", "user/east/tom"});
        start(std::move(options), true);
    }
    void start(json::object options, bool isNew) {
        Collector collector;
        const auto described = linkedPlugin();
        described->describe(collector);
        std::string text = isNew ? collector.all.migrations.at(0).sqlite : "";
        for (std::size_t end; (end = text.find(';')) != std::string::npos; text.erase(0, end + 1)) {
            *database << text.substr(0, end), Poco::Data::Keywords::now;
        }
        plugin = std::make_unique<PluginUnderTest>(linkedPlugin(), host, std::move(options));
        host.settle();
    }
    static TunnelInfo info() {
        TunnelInfo info;
        info.id = "relay-id";
        info.deviceId = kDevice;
        info.caller.userId = "user//ada";
        info.caller.userName = "ada";
        info.viewerAddress = "192.0.2.1:5";
        info.isRecordable = true;
        return info;
    }
    std::unique_ptr<TunnelHandler> open(std::uint16_t protocol = 1, TunnelInfo of = info()) {
        tunnel = std::make_shared<FakeTunnel>();
        return plugin->watchTunnel(protocol, std::move(of), tunnel);
    }
    static void frame(TunnelHandler& handler, Side side, const std::string& bytes, bool isText = false) {
        Frame frame{asBytes(bytes), isText};
        BOOST_TEST((handler.onFrame(side, frame) == Verdict::Forward));
    }
    void record(const std::string& output = "hello\r\n") {
        auto handler = open();
        BOOST_REQUIRE(handler);
        frame(*handler, Side::Device, output);
        handler->onClose("");
        host.settle();
    }
    json::array list(json::object args = {}) {
        return plugin->call("recording.list", std::move(args)).at("recordings").as_array();
    }
    std::string folder(const char* name) { return host.dataDir() + "/" + name; }
    std::string file(const json::value& entry) {
        return folder("files") + "/" + std::string(entry.at("name").as_string());
    }
    std::size_t filesIn(const char* name) {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder(name)), {}));
    }

    FakeHost host;
    std::unique_ptr<Poco::Data::Session> database;
    bool isDatabaseAway = false;
    std::shared_ptr<FakeDirectory> directory;
    std::shared_ptr<FakePageEvents> pages;
    std::shared_ptr<FakeTunnel> tunnel;
    std::unique_ptr<PluginUnderTest> plugin;  // the last, so that it stops first
};

}  // namespace

BOOST_AUTO_TEST_SUITE(recorder)

BOOST_AUTO_TEST_CASE(both_directions_are_kept_in_order) {
    World world;
    auto handler = world.open();
    World::frame(*handler, Side::Viewer, R"({"ctrlChannel":"102938","type":"termsize"})", true);
    World::frame(*handler, Side::Viewer, "ls\n");
    World::frame(*handler, Side::Device, "bin etc\r\n");
    handler->onClose("");
    world.host.settle();
    const auto list = world.list();
    BOOST_REQUIRE(list.size() == 1U);
    const auto [blocks, end] = blocksOf(contents(world.file(list[0])));
    BOOST_TEST((end == mcrec::Reader::Result::End));
    BOOST_REQUIRE(blocks.size() == 6U);
    const std::vector<std::pair<int, std::string>> expected{
        {2, "1"}, {2, R"({"ctrlChannel":"102938","type":"termsize"})"}, {3, "ls\n"}, {1, "bin etc\r\n"}};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        BOOST_TEST(blocks[i + 1].header.flags == expected[i].first);
        BOOST_TEST(blocks[i + 1].data == expected[i].second);
    }
    BOOST_TEST(blocks.back().data == mcrec::kEnd);
    BOOST_TEST(blocks.back().header.time == static_cast<std::uint64_t>(list[0].at("endMs").as_int64()));
    BOOST_TEST(list[0].at("sha256").as_string() == std::string_view(hashOf(world.file(list[0]))));
    const auto events = world.host.records();
    BOOST_REQUIRE(events.size() == 1U);
    BOOST_TEST(events[0].action == "recording");
    BOOST_TEST(world.pages->told().size() == 2U);  // when it began, and when it ended
    BOOST_TEST((world.pages->told()[0].seenBy == std::set<std::string>{"user//eve"}));
    BOOST_TEST(events[0].extra.at("filename").as_string() == list[0].at("name").as_string());
}

BOOST_AUTO_TEST_CASE(desktop_recordings_have_an_index) {
    World world;
    auto handler = world.open(2);
    World::frame(*handler, Side::Device, fromHex("0007000800400040"));
    handler->onClose("");
    world.host.settle();
    const auto bytes = contents(world.file(world.list()[0]));
    const auto tail = mcrec::readTail(reading(bytes), bytes.size());
    BOOST_TEST((tail && tail->isIndexed));
}

BOOST_AUTO_TEST_CASE(only_what_the_policy_names_is_recorded) {
    const json::object base{{"protocols", {"terminal"}}, {"min_free_mib", 0}};
    const auto isRecorded = [&](const char* member, const char* value, std::uint16_t protocol = 1) {
        auto options = base;
        if (*member != 0) options[member] = json::array{value};
        World world(options);
        return world.open(protocol) != nullptr;
    };
    BOOST_TEST(isRecorded("", ""));
    BOOST_TEST(!isRecorded("", "", 2));
    BOOST_TEST(!isRecorded("", "", 200));
    BOOST_TEST(isRecorded("users", "ada"));
    BOOST_TEST(isRecorded("users", "user//ada"));
    BOOST_TEST(!isRecorded("users", "bob"));
    BOOST_TEST(isRecorded("user_groups", "ugrp//ops"));
    BOOST_TEST(!isRecorded("user_groups", "ugrp//other"));
    BOOST_TEST(isRecorded("groups", "One"));
    BOOST_TEST(isRecorded("groups", "mesh//one"));
    BOOST_TEST(!isRecorded("groups", "Two"));
    BOOST_TEST(isRecorded("tags", "prod"));
    BOOST_TEST(!isRecorded("tags", "test"));
    World silent(json::object{});
    BOOST_TEST(!silent.open());
    auto info = World::info();
    info.isRecordable = false;
    World world(base);
    BOOST_TEST(!world.open(1, info));
}

BOOST_AUTO_TEST_CASE(both_ends_wait_when_the_disk_is_slower) {
    World world;
    auto handler = world.open();
    const std::string chunk(1024 * 1024, 'x');
    for (int i = 0; i < 8; ++i) World::frame(*handler, Side::Device, chunk);
    BOOST_TEST(world.tunnel->isDevicePaused);
    BOOST_TEST(world.tunnel->isViewerPaused);
    world.host.settle();
    BOOST_TEST(!world.tunnel->isDevicePaused);
    BOOST_TEST(!world.tunnel->isViewerPaused);
    handler->onClose("");
    world.host.settle();
    BOOST_TEST(world.list()[0].at("size").as_int64() > 8 * 1024 * 1024);
}

BOOST_AUTO_TEST_CASE(parts_of_a_message_become_one_block) {
    World world;
    auto handler = world.open();
    const std::string part(1024 * 1024, 'x');
    World::frame(*handler, Side::Device, part);
    World::frame(*handler, Side::Viewer, "meanwhile");
    World::frame(*handler, Side::Device, part);
    World::frame(*handler, Side::Device, "end");
    World::frame(*handler, Side::Device, "next");
    for (int i = 0; i < 6; ++i) World::frame(*handler, Side::Device, part);  // the tunnel is cut inside of it
    handler->onClose("");
    world.host.settle();
    const auto [blocks, end] = blocksOf(contents(world.file(world.list()[0])));
    std::vector<std::size_t> sizes;
    for (const auto& block : blocks) {
        if (block.header.type == 2 && block.header.flags != 2) sizes.push_back(block.data.size());
    }
    BOOST_TEST(sizes == (std::vector<std::size_t>{9, 2 * part.size() + 3, 4, 4 * part.size(), 2 * part.size()}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_full_disk_ends_the_session_and_says_why) {
    World world({{"protocols", {"terminal"}}, {"min_free_mib", 0}, {"max_file_mib", 1}});
    auto handler = world.open();
    World::frame(*handler, Side::Device, "before");
    world.host.settle();
    for (int i = 0; i < 2; ++i) World::frame(*handler, Side::Device, std::string(600 * 1024, 'x'));
    world.host.settle();
    BOOST_TEST(world.tunnel->closedBecause.find("can't be recorded any more") != std::string::npos);
    const auto list = world.list();
    BOOST_REQUIRE(list.size() == 1U);
    BOOST_TEST(list[0].at("state").as_string() == "cut");
    const auto [blocks, end] = blocksOf(contents(world.file(list[0])));
    BOOST_TEST((end == mcrec::Reader::Result::End));
    BOOST_TEST(blocks.back().data == mcrec::kEnd);
    BOOST_TEST(blocks[2].data == "before");
    BOOST_TEST(world.host.records()[0].action == "recordingFailed");
    BOOST_TEST(world.filesIn("live") == 0U);
}

BOOST_AUTO_TEST_CASE(or_it_goes_on_unrecorded_and_both_ends_are_told) {
    World world({{"protocols", {"terminal"}}, {"min_free_mib", 0}, {"max_file_mib", 1}, {"when_full", "continue"}});
    auto handler = world.open();
    for (int i = 0; i < 2; ++i) World::frame(*handler, Side::Device, std::string(600 * 1024, 'x'));
    world.host.settle();
    BOOST_TEST(world.tunnel->closedBecause.empty());
    BOOST_REQUIRE(world.tunnel->sent.size() == 2U);
    for (const auto& sent : world.tunnel->sent) {
        BOOST_TEST(sent.isText);
        BOOST_TEST(sent.bytes.find("not recorded any more") != std::string::npos);
    }
    World::frame(*handler, Side::Device, "still forwarded");
}

BOOST_AUTO_TEST_CASE(without_room_a_session_is_refused_or_not_recorded) {
    World strict({{"protocols", {"terminal"}}, {"min_free_mib", 1'000'000}});
    BOOST_CHECK_THROW(strict.open(), Error);
    World lax({{"protocols", {"terminal"}}, {"min_free_mib", 1'000'000}, {"when_full", "continue"}});
    BOOST_TEST(!lax.open());
    lax.host.settle();
    BOOST_REQUIRE(lax.host.records().size() == 1U);
    BOOST_TEST(lax.host.records()[0].action == "recordingFailed");
}

BOOST_AUTO_TEST_CASE(a_session_that_runs_when_the_plugin_stops_is_finished) {
    World world;
    auto handler = world.open();
    World::frame(*handler, Side::Device, "last words");
    world.plugin->stop();
    BOOST_TEST(world.filesIn("files") == 1U);
    BOOST_TEST(world.filesIn("live") == 0U);
}

BOOST_AUTO_TEST_CASE(what_a_dead_server_left_is_mended) {
    World world;
    world.plugin->stop();
    const auto whole = fixture("meshcentral-desktop.mcrec");
    const std::string name = "relaysession-2026-11-28-22-16-12-ada-vm-00ff.mcrec";
    std::ofstream(world.folder("live") + "/" + name + ".part", std::ios::binary) << whole.substr(0, 60'000);
    std::ofstream(world.folder("live") + "/relaysession-x.mcrec.part") << "nothing";
    world.host.beginStart();
    world.start({{"protocols", json::array()}}, false);
    world.host.advance(Milliseconds(1000));
    const auto list = world.list();
    BOOST_REQUIRE(list.size() == 1U);
    BOOST_TEST(list[0].at("state").as_string() == "cut");
    BOOST_TEST(list[0].at("user").as_string() == "user//ada");
    const auto bytes = contents(world.file(list[0]));
    BOOST_TEST((blocksOf(bytes).second == mcrec::Reader::Result::End));
    const auto tail = mcrec::readTail(reading(bytes), bytes.size());
    BOOST_REQUIRE((tail && tail->isIndexed));
    BOOST_TEST(bytes.substr(0, 50'000) == whole.substr(0, 50'000));
    BOOST_TEST(world.filesIn("live") == 0U);
}

BOOST_AUTO_TEST_CASE(a_database_that_is_away_costs_no_recording) {
    World world;
    world.isDatabaseAway = true;
    world.record();
    BOOST_TEST(world.filesIn("files") == 0U);
    world.isDatabaseAway = false;
    world.host.advance(Milliseconds(1000));
    BOOST_TEST(world.list().size() == 1U);
    BOOST_TEST(world.list()[0].at("state").as_string() == "done");
    BOOST_TEST(world.filesIn("files") == 1U);
}

BOOST_AUTO_TEST_CASE(old_recordings_go_first) {
    World world;
    for (int i = 0; i < 3; ++i) world.record(std::string(400 * 1024, 'a'));
    world.plugin->stop();
    *world.database << "UPDATE p_recording_files SET start_ms = start_ms - 1000 WHERE rowid = 1", Poco::Data::Keywords::now;
    world.host.beginStart();
    world.start({{"protocols", {"terminal"}}, {"min_free_mib", 0}, {"max_total_mib", 1}}, false);
    BOOST_TEST(world.list().size() == 2U);
    BOOST_TEST(world.filesIn("files") == 2U);
    world.plugin->stop();
    *world.database << "UPDATE p_recording_files SET end_ms = end_ms - 864000000 WHERE rowid = 2", Poco::Data::Keywords::now;
    world.host.beginStart();
    world.start({{"protocols", {"terminal"}}, {"min_free_mib", 0}, {"keep_days", 9}}, false);
    BOOST_TEST(world.list().size() == 1U);
    const auto wire = world.plugin->call("recordings").at("events").as_array();
    BOOST_TEST(wire.size() == 3U);
    BOOST_TEST(std::count_if(wire.begin(), wire.end(), [](const auto& e) { return e.as_object().contains("present"); }) == 1);
}

BOOST_AUTO_TEST_CASE(lists_are_filtered_and_come_in_pages) {
    World world;
    for (int i = 0; i < 5; ++i) world.record();
    BOOST_TEST(world.list({{"limit", 2}}).size() == 2U);
    BOOST_TEST(world.list({{"limit", 2}, {"offset", 4}}).size() == 1U);
    BOOST_TEST(world.list({{"text", "WEB"}}).size() == 5U);
    BOOST_TEST(world.list({{"text", "%"}}).empty());
    BOOST_TEST(world.list({{"kind", "desktop"}}).empty());
    BOOST_TEST(world.list({{"user", "user//bob"}}).empty());
    BOOST_TEST(world.plugin->call("recording.list", {{"limit", 1}}).at("total").as_int64() == 5);
}

BOOST_AUTO_TEST_CASE(another_tenant_sees_nothing_of_it) {
    World world;
    world.record("find me\r\n");
    const auto id = std::string(world.list()[0].at("id").as_string());
    As other;
    other.caller.domain = "east";
    BOOST_TEST(world.plugin->call("recording.list", {}, other).at("recordings").as_array().empty());
    BOOST_TEST(world.plugin->call("recordings", {}, other).at("events").as_array().empty());
    BOOST_TEST(world.plugin->call("recording.search", {{"text", "find"}}, other).at("hits").as_array().empty());
    for (const auto* command : {"recording.open", "recording.check", "recording.remove"}) {
        BOOST_CHECK_THROW(world.plugin->call(command, {{"id", id}}, other), Error);
    }
    HttpRequest request;
    request.method = "GET";
    request.path = "/plugins/recording/file/" + id;
    BOOST_CHECK_THROW(world.plugin->request(request, other), Error);
    BOOST_TEST(world.plugin->request(request).status == 200);
    BOOST_TEST(world.host.audits().back().action == "recording.download");
}

BOOST_AUTO_TEST_CASE(every_way_of_reading_one_is_in_the_audit_trail) {
    World world;
    world.record("find me\r\n");
    const auto id = std::string(world.list()[0].at("id").as_string());
    const auto name = std::string(world.list()[0].at("name").as_string());
    const auto get = [&](const std::string& path, const As& as, const std::string& range = {}) {
        HttpRequest request;
        request.method = "GET";
        const auto mark = path.find('?');
        request.path = path.substr(0, mark);
        if (mark != path.npos) {
            const auto equals = path.find('=', mark);
            request.query.emplace(path.substr(mark + 1, equals - mark - 1), path.substr(equals + 1));
        }
        if (!range.empty()) request.headers.emplace("range", range);
        return world.plugin->request(request, as).status;
    };
    const auto readers = [&] {
        std::vector<std::string> all;
        for (const auto& each : world.host.audits()) {
            if (each.action == "recording.read" && each.target == id) all.push_back(each.userId);
        }
        return all;
    };
    As part, byName, state, finder;
    part.caller.userId = "part";
    byName.caller.userId = "byName";
    state.caller.userId = "state";
    finder.caller.userId = "finder";
    BOOST_TEST(get("/plugins/recording/file/" + id, part, "bytes=99999-") == 416);
    world.plugin->call("recording.search", {{"text", "nowhere"}}, finder);
    BOOST_TEST(readers().empty());
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST(get("/plugins/recording/file/" + id, part, "bytes=1-") == 206);
        BOOST_TEST(get("/recordings.ashx?file=" + name, byName, "bytes=1-") == 206);
        BOOST_TEST(get("/plugins/recording/state/" + id + "?ms=0", state) == 200);
        world.plugin->call("recording.search", {{"text", "find"}}, finder);
    }
    const std::vector<std::string> expected{"part", "byName", "state", "finder"};
    BOOST_TEST(readers() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_list_of_a_files_session_is_read_with_a_record) {
    World world({{"protocols", {"files"}}, {"min_free_mib", 0}});
    auto handler = world.open(5);
    World::frame(*handler, Side::Viewer, R"({"action":"ls","path":"/"})");
    handler->onClose("");
    world.host.settle();
    HttpRequest request;
    request.method = "GET";
    request.path = "/plugins/recording/digest/" + std::string(world.list()[0].at("id").as_string());
    BOOST_TEST(world.plugin->request(request).status == 200);
    BOOST_REQUIRE(!world.host.audits().empty());
    BOOST_TEST(world.host.audits().back().action == "recording.read");
}

BOOST_AUTO_TEST_SUITE_END()
