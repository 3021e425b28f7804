// The desktop program on a real X server: what arrives is what is on the screen.
#include "agent/desktop/codec.hpp"
#include "desk.hpp"

#include <csignal>

using namespace desktop_test;
namespace utf = boost::unit_test;

BOOST_AUTO_TEST_SUITE(desktop_session, *utf::precondition(needsX))

BOOST_FIXTURE_TEST_CASE(an_old_viewer_sees_what_is_there_and_what_changes, Desk) {
    Page page;
    open(page, {});
    const auto isNear = [&] { return page.size.w > 0 && page.worst(painter.pixels(kWidth, kHeight)) < 255 && page.pixels[0] == page.pixels[5]; };
    BOOST_REQUIRE(runUntil(loop, isNear));
    page.send({5, 10, 0x0264, 1024, 50});  // PNG: exact
    page.send({6, 4});
    BOOST_TEST(waitExact(page));
    painter.fill(100, 100, 50, 50, 0x00FF00);
    BOOST_TEST(waitExact(page));
    BOOST_TEST(page.count[203] == 0);
}

BOOST_FIXTURE_TEST_CASE(without_a_codec_text_is_exact_at_once_and_noise_soon, Desk) {
    Page page;
    open(page, ours({}));
    BOOST_TEST(waitExact(page));
    BOOST_TEST(page.count[203] > 0);
    BOOST_TEST(page.count[201] == 0);
    painter.text(40, 300, "more");
    BOOST_TEST(waitExact(page));
}

BOOST_FIXTURE_TEST_CASE(with_a_codec_the_picture_is_coded_first_and_exact_at_rest, Desk) {
    Page page;
    open(page, ours({"h264"}));
    BOOST_TEST(waitExact(page));
    BOOST_TEST(page.controls.at(0).find(R"("codec":"h264")") != std::string::npos);
    BOOST_TEST(page.isKeyFirst);
    BOOST_TEST(page.count[200] == 1);
    BOOST_TEST(page.count[207] == page.count[201]);
    // Little text needs no coded frame.
    const auto coded = page.count[201];
    painter.text(40, 300, "more");
    BOOST_TEST(waitExact(page));
    BOOST_TEST(page.count[201] == coded);
    painter.noise(0, 0, 600, 400, 9);
    BOOST_TEST(waitExact(page));
    BOOST_TEST(page.count[201] > coded);
}

BOOST_AUTO_TEST_CASE(a_size_that_a_codec_cannot_do_gets_the_next_one_or_tiles) {
    Desk desk("8x1200x24");
    const std::vector<std::string> wanted{"h264", "vp9"};
    for (std::size_t count = 1; count <= wanted.size(); ++count) {
        Page page;
        desk.open(page, ours({wanted.begin(), wanted.begin() + static_cast<std::ptrdiff_t>(count)}));
        BOOST_TEST(desk.waitExact(page));
        BOOST_REQUIRE(page.controls.size() == 2);
        BOOST_TEST(page.controls.front().find(R"("codec":"h264")") != std::string::npos);
        const auto next = count > 1 ? chooseCodec({"vp9"}) : std::string();
        BOOST_TEST(page.controls.back().find(R"("codec":")" + next + '"') != std::string::npos);
        desk.painter.noise(0, 0, 8, 1200, static_cast<unsigned>(count));
        BOOST_TEST(desk.waitExact(page));
        BOOST_TEST(page.controls.size() == 2);
        desk.hub.close(page.id);
    }
}

BOOST_FIXTURE_TEST_CASE(who_does_not_acknowledge_gets_no_more_and_delays_nobody, Desk) {
    Page slow;
    Page fast;
    slow.acknowledges = false;
    open(slow, ours({"h264"}));
    open(fast, ours({"h264"}));
    BOOST_REQUIRE(waitExact(fast));
    const auto before = slow.count[201] + slow.count[3];
    for (unsigned i = 0; i < 20; ++i) {
        painter.noise(0, 0, 600, 400, i);
        const auto frames = fast.count[201];
        BOOST_REQUIRE(runUntil(loop, [&] { return fast.count[201] > frames; }));
    }
    BOOST_TEST(slow.count[201] + slow.count[3] <= before + 1);
    // It comes back by a key frame when it has caught up.
    slow.acknowledges = true;
    slow.done(slow.newest);
    BOOST_TEST(waitExact(slow));
    BOOST_TEST(waitExact(fast));
}

BOOST_FIXTURE_TEST_CASE(an_old_viewer_whose_pipe_is_full_gets_the_newest_state_later, Desk) {
    Page slow;
    open(slow, {});
    BOOST_REQUIRE(runUntil(loop, [&] { return slow.count[3] > 0; }));
    slow.send({5, 10, 0x0264, 1024, 20});
    slow.send({6, 4});
    hub.pause(slow.id, true);
    Page fast;
    open(fast, ours({}));
    for (unsigned i = 0; i < 20; ++i) {
        painter.noise(0, 0, 300, 300, i);
        BOOST_REQUIRE(waitExact(fast));
    }
    const auto before = slow.count[3];
    hub.pause(slow.id, false);
    BOOST_TEST(waitExact(slow));
    // Merged, not queued: a few pictures, not twenty.
    BOOST_TEST(slow.count[3] - before < 60);
}

BOOST_FIXTURE_TEST_CASE(scaled_pictures_and_clicks_in_them_fit_together, Desk) {
    Page page;
    open(page, {});
    page.send({5, 10, 0x0264, 512, 50});
    BOOST_REQUIRE(runUntil(loop, [&] { return page.size == Size{kWidth / 2, kHeight / 2}; }));
    BOOST_REQUIRE(runUntil(loop, [&] { return page.pixels[0] == 0x336699; }));
    page.send({2, 10, 0x0002, 100, 50});
    page.send({2, 10, 0x0004, 100, 50});
    BOOST_REQUIRE(runUntil(loop, [&] { return painter.typed() == "<1>"; }));
    BOOST_TEST((painter.pointer() == std::pair(200, 100)));
}

BOOST_FIXTURE_TEST_CASE(viewers_with_different_scalings_get_the_largest_and_no_end_of_sizes, Desk) {
    const auto has = [](const Page& page, int part) { return page.size == Size{kWidth / part, kHeight / part}; };
    Page half;
    Page eighth;
    open(half, kMeshCentral);
    half.wants(1, 50, 512);
    BOOST_REQUIRE(runUntil(loop, [&] { return has(half, 2); }));
    open(eighth, kMeshCentral);
    eighth.wants(2, 50, 128);
    half.count.clear();
    for (auto* each : {&half, &eighth}) {
        each->send({11, 4});
        BOOST_REQUIRE(runUntil(loop, [&] { return each->count[11] > 0; }));
    }
    BOOST_TEST(has(half, 2));
    BOOST_TEST(has(eighth, 2));
    BOOST_TEST(half.count[7] == 0);
    // Who comes gets his own, and takes it with him.
    Page whole;
    open(whole, ours({}));
    BOOST_TEST(waitExact(whole));
    BOOST_TEST(runUntil(loop, [&] { return has(half, 1) && has(eighth, 1); }));
    hub.close(whole.id);
    BOOST_TEST(runUntil(loop, [&] { return has(half, 2) && has(eighth, 2); }));
    hub.close(half.id);
    BOOST_TEST(runUntil(loop, [&] { return has(eighth, 8) && eighth.pixels[70] == 0x336699; }));
}

BOOST_FIXTURE_TEST_CASE(a_picture_is_never_larger_than_the_screen, Desk) {
    Page page;
    Page other;
    open(page, ours({}));
    open(other, {0, true, false, {}});
    BOOST_REQUIRE(waitExact(page));
    other.wants(1, 50, 4096);
    other.send({11, 4});
    BOOST_REQUIRE(runUntil(loop, [&] { return other.count[11] > 1; }));
    BOOST_TEST((page.size == Size{kWidth, kHeight}));
    BOOST_TEST((other.size == Size{kWidth, kHeight}));
    BOOST_TEST(page.count[7] == 1);
    // Alone neither.
    hub.close(page.id);
    other.send({6, 4});
    BOOST_REQUIRE(runUntil(loop, [&] { return other.count[7] > 1; }));
    BOOST_TEST((other.size == Size{kWidth, kHeight}));
}

BOOST_FIXTURE_TEST_CASE(our_page_keeps_its_size_whatever_others_want, Desk) {
    Page page;
    Page other;
    open(page, ours({"h264"}));
    open(other, {0, true, false, {}});
    other.wants(1, 1, 128);
    other.send({11, 4});
    BOOST_REQUIRE(runUntil(loop, [&] { return other.count[11] > 1; }));
    BOOST_TEST((page.size == Size{kWidth, kHeight}));
    BOOST_TEST(waitExact(page));
    hub.close(other.id);
    painter.fill(10, 10, 100, 100, 0xFF8800);
    BOOST_TEST(waitExact(page));
    BOOST_TEST(page.count[7] == 1);
}

BOOST_FIXTURE_TEST_CASE(a_scaling_stays_on_another_monitor, Desk) {
    painter.addMonitors(kWidth / 2, kHeight);
    Page page;
    open(page, kMeshCentral);
    page.send({5, 10, 0x0232, 512, 50});  // once: PNG, half of each side
    BOOST_REQUIRE(runUntil(loop, [&] { return page.size == Size{kWidth / 2, kHeight / 2} && page.displays.size() == 3; }));
    page.send({12, 6, page.displays[1]});
    BOOST_REQUIRE(runUntil(loop, [&] { return page.size.w < kWidth / 2; }));
    BOOST_TEST((page.size == Size{kWidth / 4, kHeight / 2}));
    BOOST_TEST(runUntil(loop, [&] { return page.pixels[0] == 0x336699; }));
}

BOOST_FIXTURE_TEST_CASE(pictures_are_as_good_as_the_most_demanding_viewer_wants, Desk) {
    /// Bytes of a whole picture.
    const auto measure = [&](Page& page) {
        page.count.clear();
        page.pixels.assign(page.pixels.size(), 0xFF000000U);
        page.send({6, 4});
        BOOST_REQUIRE(runUntil(loop, [&] {
            return page.count[7] == 1 && std::find(page.pixels.begin(), page.pixels.end(), 0xFF000000U) == page.pixels.end();
        }));
        return page.imageBytes;
    };
    Page good;
    Page poor;
    open(good, kMeshCentral);
    BOOST_REQUIRE(runUntil(loop, [&] { return good.count[7] == 1; }));
    good.wants(1, 90, 1024);
    const auto bytes = measure(good);
    open(poor, kMeshCentral);
    BOOST_REQUIRE(runUntil(loop, [&] { return poor.count[7] == 1; }));
    poor.wants(1, 5, 1024);
    const auto shared = measure(poor);
    BOOST_TEST(shared == bytes);
    hub.close(good.id);
    BOOST_TEST(measure(poor) < bytes / 2);
    Page exact;
    open(exact, kMeshCentral);
    exact.wants(2, 5, 1024);
    BOOST_TEST(waitExact(exact));
    measure(poor);
    BOOST_TEST(poor.worst(painter.pixels(kWidth, kHeight)) == 0);
    hub.close(exact.id);
    BOOST_TEST(measure(poor) < bytes / 2);
}

BOOST_FIXTURE_TEST_CASE(text_is_copied_both_ways_up_to_a_megabyte, Desk) {
    Page page;
    open(page, ours({}));
    BOOST_REQUIRE(waitExact(page));
    const std::string small = "Gr\xC3\xBC\xC3\x9F" "e";
    const std::string large(1'000'000, 'x');
    for (const auto& text : {small, large}) {
        painter.copy(text);
        BOOST_REQUIRE(runUntil(loop, [&] { return !page.clipboard.empty() && page.clipboard.back() == text; }));
        hub.send(page.id, LinkKind::Clipboard, wire::bytesOf(text + '!'));
        if (text == small) {
            BOOST_REQUIRE(runUntil(loop, [&] { return painter.paste() == text + '!'; }));
        }
    }
    hub.send(page.id, LinkKind::Clipboard, wire::bytesOf(large));
    BOOST_TEST(runUntil(loop, [&] { return painter.paste() == large; }));
}

BOOST_FIXTURE_TEST_CASE(a_viewer_without_rights_gets_no_clipboard_and_sets_none, Desk) {
    Page viewer;
    Page page;
    open(viewer, {1, true, false, {}});
    open(page, ours({}));
    BOOST_REQUIRE(waitExact(viewer));
    hub.send(viewer.id, LinkKind::Clipboard, wire::bytesOf(std::string_view("no")));
    painter.copy("yes");
    BOOST_REQUIRE(runUntil(loop, [&] { return !page.clipboard.empty(); }));
    BOOST_TEST(page.clipboard.back() == "yes");
    BOOST_TEST(viewer.clipboard.empty());
}

BOOST_FIXTURE_TEST_CASE(who_asks_for_the_clipboard_is_answered_once_and_alone, Desk) {
    Page page;
    Page other;
    open(page, ours({}));
    open(other, ours({}));
    BOOST_REQUIRE((waitExact(page) && waitExact(other)));
    painter.copy("known");
    BOOST_REQUIRE(runUntil(loop, [&] { return page.clipboard.size() == 1 && other.clipboard.size() == 1; }));
    for (std::size_t answers = 2; answers < 4; ++answers) {
        hub.send(page.id, LinkKind::GetClipboard, {});
        BOOST_REQUIRE(runUntil(loop, [&] { return page.clipboard.size() == answers; }, Milliseconds(10'000)));
        BOOST_TEST(page.clipboard.back() == "known");
    }
    // What the desktop program offers itself is no secret either.
    hub.send(other.id, LinkKind::Clipboard, wire::bytesOf(std::string_view("his own")));
    hub.send(other.id, LinkKind::GetClipboard, {});
    BOOST_REQUIRE(runUntil(loop, [&] { return other.clipboard.size() == 2; }, Milliseconds(10'000)));
    BOOST_TEST(other.clipboard.back() == "his own");
    painter.copy("new");
    BOOST_REQUIRE(runUntil(loop, [&] { return other.clipboard.size() == 3 && page.clipboard.back() == "new"; }));
    BOOST_TEST(other.clipboard.back() == "new");
}

BOOST_FIXTURE_TEST_CASE(a_text_that_one_viewer_sets_reaches_the_others_and_not_himself, Desk) {
    Page page;
    Page other;
    Page watcher;
    open(page, ours({}));
    open(other, ours({}));
    open(watcher, {1, true, false, {}});
    const auto set = [&](Page& by, std::string_view text) { hub.send(by.id, LinkKind::Clipboard, wire::bytesOf(text)); };
    set(page, "first");
    BOOST_REQUIRE(runUntil(loop, [&] { return !other.clipboard.empty(); }, Milliseconds(10'000)));
    set(other, "first");  // as a page that keeps both in step: nothing new
    set(other, "second");
    BOOST_REQUIRE(runUntil(loop, [&] { return !page.clipboard.empty(); }, Milliseconds(10'000)));
    BOOST_TEST(other.clipboard == std::vector<std::string>{"first"}, boost::test_tools::per_element());
    BOOST_TEST(page.clipboard == std::vector<std::string>{"second"}, boost::test_tools::per_element());
    BOOST_TEST(watcher.clipboard.empty());
}

BOOST_FIXTURE_TEST_CASE(monitors_can_come_and_be_shown_alone, Desk) {
    Page page;
    open(page, ours({}));
    BOOST_REQUIRE(waitExact(page));
    BOOST_TEST(page.displays.size() == 1);
    painter.addMonitors(kWidth / 2, kHeight);
    BOOST_REQUIRE(runUntil(loop, [&] { return page.displays.size() == 3; }));
    BOOST_TEST(page.controls.back().find(R"("x":320,"y":0,"w":320,"h":480)") != std::string::npos);
    page.send({12, 6, page.displays[1]});
    BOOST_REQUIRE(runUntil(loop, [&] { return page.size.w == kWidth / 2; }));
    const auto all = painter.pixels(kWidth, kHeight);
    std::vector<unsigned> right;
    for (int y = 0; y < kHeight; ++y) {
        right.insert(right.end(), all.begin() + y * kWidth + kWidth / 2, all.begin() + (y + 1) * kWidth);
    }
    BOOST_TEST(runUntil(loop, [&] { return page.worst(right) == 0; }));
    page.send({2, 10, 0x0002, 10, 20});
    page.send({2, 10, 0x0004, 10, 20});
    BOOST_REQUIRE(runUntil(loop, [&] { return painter.typed() == "<1>"; }));
    BOOST_TEST((painter.pointer() == std::pair(kWidth / 2 + 10, 20)));
}

BOOST_AUTO_TEST_CASE(a_monitor_far_to_the_right_is_shown_whole_and_reached) {
    Desk desk("9600x64x24");
    desk.painter.addMonitors(4800, 64);
    Page page;
    desk.open(page, ours({}));
    BOOST_REQUIRE(runUntil(desk.loop, [&] { return page.displays.size() == 3; }));
    BOOST_TEST((page.size == Size{9600, 64}));
    page.send({12, 6, page.displays[1]});
    BOOST_REQUIRE(runUntil(desk.loop, [&] { return page.size.w == 4800; }));
    page.send({2, 10, 0, 4700, 20});
    BOOST_TEST(runUntil(desk.loop, [&] { return desk.painter.pointer() == std::pair(9500, 20); }));
}

BOOST_FIXTURE_TEST_CASE(the_screen_can_change_its_size, Desk) {
    Page page;
    open(page, ours({"h264"}));
    BOOST_REQUIRE(waitExact(page));
    if (!painter.resizeScreen(320, 240)) {
        BOOST_TEST_MESSAGE("this X server has one size only");
        return;
    }
    BOOST_REQUIRE(runUntil(loop, [&] { return page.size == Size{320, 240}; }));
    painter.fill(10, 10, 100, 100, 0xFF8800);
    BOOST_TEST(waitExact(page));
}

BOOST_FIXTURE_TEST_CASE(an_idle_screen_costs_no_messages, Desk) {
    Page page;
    open(page, ours({"h264"}));
    BOOST_REQUIRE(waitExact(page));
    // A question behind the last tile: what comes until its answer was under way already.
    page.count.clear();
    page.send({11, 4});
    BOOST_REQUIRE(runUntil(loop, [&] { return page.count[11] == 1; }));
    const auto tiles = page.count[3] + page.count[201];
    for (int i = 0; i < 20; ++i) loop.runOnce(Milliseconds(10));
    BOOST_TEST(page.count[3] + page.count[201] == tiles);
}

BOOST_AUTO_TEST_CASE(the_session_ends_with_its_server_and_says_so) {
    Page page;
    auto desk = std::make_unique<Desk>();
    desk->open(page, ours({}));
    BOOST_REQUIRE(desk->waitExact(page));
    ::kill(desk->server.pid(), SIGKILL);
    BOOST_TEST(runUntil(desk->loop, [&] { return page.ended != "not yet"; }));
    BOOST_TEST(page.ended == "the X server has gone");
    page.ended.clear();
    desk->painter.abandon();
}

BOOST_AUTO_TEST_CASE(another_screen_in_front_is_followed_and_one_that_is_not_ready_waited_for) {
    const XServer login("640x480x24");
    XServer session("320x240x24");
    Painter painter(session.name());
    painter.fill(0, 0, 4096, 4096, 0x206040);
    auto front = login.name();
    std::size_t situation = 0;
    int tries = 0;
    Loop loop;
    const auto find = [&](const DesktopWish&) {
        ++tries;
        ProgramOptions options;
        options.path = "/proc/self/exe";
        options.args = {"unit-desktop", "desktop"};
        options.environment["DISPLAY"] = front;
        return std::pair(front, options);
    };
    Hub hub(loop, find, Milliseconds(60'000), [&] { return situation; });
    Page page;
    page.hub = &hub;
    page.id = hub.open(page, {}, ours({}));
    BOOST_REQUIRE(runUntil(loop, [&] { return page.size == Size{640, 480}; }));
    front = ":9999";  // nothing there
    tries = 0;
    ++situation;
    BOOST_REQUIRE(runUntil(loop, [&] { return tries > 3; }));
    BOOST_TEST(page.ended == "not yet");
    front = session.name();
    ++situation;
    BOOST_TEST(runUntil(loop, [&] { return page.size == Size{320, 240} && page.worst(painter.pixels(320, 240)) == 0; }));
    BOOST_TEST(page.ended == "not yet");
}

BOOST_AUTO_TEST_CASE(a_server_that_is_not_there_is_not_called_one_that_refuses) {
    Loop loop;
    const auto find = [](const DesktopWish&) {
        ProgramOptions options;
        options.path = "/proc/self/exe";
        options.args = {"unit-desktop", "desktop"};
        options.environment["DISPLAY"] = ":9999";
        return std::pair(std::string(":9999"), options);
    };
    Hub hub(loop, find, Milliseconds(1'000));
    Page page;
    page.hub = &hub;
    page.id = hub.open(page, {}, ours({}));
    BOOST_REQUIRE(runUntil(loop, [&] { return page.ended != "not yet"; }));
    BOOST_TEST(page.ended == "the X server :9999 is not running");
}

BOOST_AUTO_TEST_SUITE_END()
