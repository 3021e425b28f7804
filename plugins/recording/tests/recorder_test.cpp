// What is recorded, what becomes of it, and what goes wrong.
#include "world.hpp"

using namespace recording;
using namespace recording::tests;

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
        BOOST_TEST(sent.bytes.find(R"("recorded":false)") != std::string::npos);
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
    BOOST_TEST(world.filesIn("live") == 1U);
    BOOST_TEST(contents(world.folder("live") + "/relaysession-x.mcrec.part.unreadable") == "nothing");
    BOOST_TEST(world.host.hasLogged("left file is no recording, it is kept aside"));
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

BOOST_AUTO_TEST_CASE(users_are_named_in_any_case_by_id_or_name) {
    const auto isRecorded = [](const char* name) {
        World world({{"protocols", {"terminal"}}, {"min_free_mib", 0}, {"users", json::array{name}}});
        world.directory->add(DirectoryUser{"user//~oidc:77", "Änne Maier", "", 0, false, {}, ""});
        auto info = World::info();
        info.caller.userId = "user//~oidc:77";
        info.caller.userName = "";
        return world.open(1, info) != nullptr;
    };
    BOOST_TEST(isRecorded("änne maier"));
    BOOST_TEST(isRecorded("USER//~OIDC:77"));
    BOOST_TEST(!isRecorded("änne"));
    World world({{"protocols", {"terminal"}}, {"min_free_mib", 0}, {"users", {"Ada"}}});
    BOOST_TEST(world.open() != nullptr);
    BOOST_TEST(world.host.logLines().empty());
}

BOOST_AUTO_TEST_CASE(options_that_name_nothing_are_told) {
    World world({{"protocols", {"terminal"}},
                 {"min_free_mib", 0},
                 {"users", {"ada", "nobody", "user//nobody"}},
                 {"user_groups", {"ugrp//ops", "ops"}},
                 {"groups", {"One", "Two"}},
                 {"tags", {"prod", "test"}}});
    std::vector<std::string> told;
    for (const auto& line : world.host.logLines()) told.push_back(line.fields.at("option") + "=" + line.fields.at("value"));
    const std::vector<std::string> expected{"users=nobody", "users=user//nobody", "user_groups=ops", "groups=Two", "tags=test"};
    BOOST_TEST(told == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(every_line_that_holds_the_text_is_found) {
    World world;
    std::string output;
    for (int i = 1; i <= 40; ++i) output += "user-" + std::to_string(i) + " Login\r\n";
    world.record(output + "nothing\r\n");
    auto found = world.search("login");
    BOOST_TEST(found.at("hits").as_array().size() == 40U);
    BOOST_TEST(!found.at("more").as_bool());
    BOOST_TEST(found.at("hits").at(36).at("line").as_string() == "user-37 Login");
    found = world.search("login", 39);
    BOOST_TEST(found.at("hits").as_array().size() == 39U);
    BOOST_TEST(found.at("more").as_bool());
    BOOST_TEST(world.search("login\xc3\xa4").at("hits").as_array().empty());
}

BOOST_AUTO_TEST_CASE(text_is_found_in_any_case_of_any_letter) {
    World world;
    world.record("die \xc3\x84nderung K\xc3\x96LN\r\n");  // Änderung KÖLN
    for (const auto* text : {"\xc3\xa4nderung", "\xc3\x84NDERUNG", "k\xc3\xb6ln", "DIE"}) {
        const auto hits = world.search(text).at("hits").as_array();
        BOOST_REQUIRE_MESSAGE(hits.size() == 1U, text);
        BOOST_TEST(hits[0].at("line").as_string() == "die \xc3\x84nderung K\xc3\x96LN");
    }
    *world.database << "UPDATE p_recording_text SET folded = ''", Poco::Data::Keywords::now;  // as before
    BOOST_TEST(world.search("\xc3\x84nderung").at("hits").as_array().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_long_line_is_shown_around_the_text) {
    World world;
    std::string line;
    for (int i = 0; i < 400; ++i) line += "\xc3\xa4";
    world.record(line + " Needle " + line + "\r\n");
    const auto hits = world.search("needle").at("hits").as_array();
    BOOST_REQUIRE(hits.size() == 1U);
    const std::string shown(hits[0].at("line").as_string());
    BOOST_TEST(shown.find(" Needle ") != std::string::npos);
    BOOST_TEST(shown.size() < 610U);
    BOOST_TEST(shown.substr(0, 2) == "\xc3\xa4");
}

BOOST_AUTO_TEST_CASE(a_command_that_the_shell_wraps_is_found_from_its_beginning) {
    World world;
    auto handler = world.open();
    World::frame(*handler, Side::Viewer, R"({"ctrlChannel":"102938","type":"termsize","cols":20,"rows":10})", true);
    World::frame(*handler, Side::Device, "$ beginning of a com \rmand\r\n");
    handler->onClose("");
    world.host.settle();
    BOOST_TEST(world.search("beginning").at("hits").at(0).at("line").as_string() == "$ beginning of a command");
}

BOOST_AUTO_TEST_CASE(sessions_that_run_are_filtered_as_well) {
    World world;
    auto handler = world.open();
    const auto live = [&](json::object args) { return world.plugin->call("recording.list", std::move(args)).at("live").as_array().size(); };
    BOOST_TEST(live({}) == 1U);
    BOOST_TEST(live({{"text", "WEB"}}) == 1U);
    BOOST_TEST(live({{"kind", "terminal"}, {"user", "user//ada"}, {"nodeid", kDevice}}) == 1U);
    BOOST_TEST(live({{"text", "nobody"}}) == 0U);
    BOOST_TEST(live({{"kind", "files"}}) == 0U);
    BOOST_TEST(live({{"user", "user//bob"}}) == 0U);
    BOOST_TEST(live({{"nodeid", "node//other"}}) == 0U);
    BOOST_TEST(live({{"untilMs", 1000}}) == 0U);
    BOOST_TEST(live({{"fromMs", nowMs() + 1000}}) == 1U);
}

BOOST_AUTO_TEST_CASE(the_event_has_what_the_wire_names) {
    World world;
    world.record();
    const auto events = world.host.records();
    BOOST_REQUIRE(events.size() == 1U);
    const auto& extra = events[0].extra;
    for (const auto* member : {"filename", "size", "meshid", "name", "icon", "meshname", "protocol", "userids", "startTime", "lengthTime"}) {
        BOOST_TEST(extra.contains(member), member);
    }
    BOOST_TEST(extra.at("meshid").as_string() == "mesh//one");
}

BOOST_AUTO_TEST_CASE(changed_options_leave_sessions_that_run) {
    World world({{"protocols", {"terminal"}}, {"min_free_mib", 0}});
    auto handler = world.open();
    World::frame(*handler, Side::Device, "before\r\n");
    BOOST_TEST(world.plugin->reconfigure({{"protocols", {"files"}}, {"min_free_mib", 0}, {"max_file_mib", 1}}).empty());
    World::frame(*handler, Side::Device, std::string(1536 * 1024, 'x') + "after\r\n");
    BOOST_TEST(world.plugin->call("recording.list").at("live").as_array().size() == 1U);
    auto tunnel = world.tunnel;
    BOOST_TEST(!world.open(1));
    BOOST_TEST(world.open(5) != nullptr);
    handler->onClose("");
    world.host.settle();
    BOOST_TEST(tunnel->closedBecause == "");
    const auto list = world.list({{"kind", "terminal"}});
    BOOST_REQUIRE(list.size() == 1U);
    BOOST_TEST(list[0].at("state").as_string() == "done");
    const auto bytes = contents(world.file(list[0]));
    BOOST_TEST(bytes.find("before") != std::string::npos);
    BOOST_TEST(bytes.find("after") != std::string::npos);
    BOOST_TEST(!world.plugin->reconfigure({{"keep_days", -1}}).empty());
    BOOST_TEST(world.open(5) != nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
