// require('trellis-desktop') with a real X server and the real desktop program.
#include "script_fixture.hpp"
#include "x_server.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using agentd_test::ScriptFixture;
namespace utf = boost::unit_test;

namespace {
/// Commands for the session, in hex.
constexpr const char* kSession =
    "var open = require('trellis-desktop').open;"
    "function type(m) { var t = m.readUInt16BE(0); return t === 27 ? m.readUInt16BE(8) : t; }"
    "function key(v, code, up) { v.write(Buffer.from([0, 1, 0, 6, up, code])); }";
}  // namespace

BOOST_AUTO_TEST_SUITE(script_desktop, *utf::precondition(desktop_test::needsX))

BOOST_FIXTURE_TEST_CASE(a_viewer_gets_the_size_before_the_first_picture, ScriptFixture) {
    const desktop_test::XServer server;
    run(std::string(kSession) +
        "var v = open({ version: 0 }), seen = [];"
        "v.on('data', function (m) { seen.push(type(m)); if (type(m) === 3) { say(seen.join()); v.end(); } });"
        "v.on('end', function () { say('end'); });");
    BOOST_REQUIRE(wait(2));
    BOOST_TEST(sent[0].substr(0, 17) == "7,12,18,82,11,88,");
    BOOST_TEST(sent[1] == "end");
}

BOOST_FIXTURE_TEST_CASE(our_viewer_hears_of_the_displays_first, ScriptFixture) {
    const desktop_test::XServer server;
    run(std::string(kSession) +
        "var v = open({ version: 1, codecs: [] }), first = true;"
        "v.on('control', function (c) { say(JSON.stringify(c)); });"
        "v.on('data', function (m) { if (first) { first = false; say(m.toString('hex')); } });");
    BOOST_REQUIRE(wait(2));
    BOOST_TEST(sent[0].find(R"("displays":[{"id":1,"x":0,"y":0,"w":640,"h":480)") != std::string::npos);
    BOOST_TEST(sent[1] == "00070008028001E0");
}

BOOST_FIXTURE_TEST_CASE(keys_and_buttons_reach_the_window_of_a_viewer_who_may, ScriptFixture) {
    const desktop_test::XServer server;
    desktop_test::Painter painter(server.name());
    run(std::string(kSession) +
        "var a = open({ version: 0, viewOnly: true }), b = open({ version: 0 });"
        "function press(v) { key(v, 0x51, 0); key(v, 0x51, 1); }"
        "a.once('data', function () { press(a); key(b, 0x10, 0); key(b, 0x41, 0); key(b, 0x41, 1); key(b, 0x10, 1);"
        "  b.write(Buffer.from('000200 0A0002 00100010 0002000A000400100010'.replace(/ /g, ''), 'hex'));"
        "  [0xE4, 0x20AC, 0x3C9].forEach(function (c) { b.write(Buffer.from([0, 85, 0, 7, 0, c >> 8, c & 255])); }); press(b); });");
    BOOST_TEST(agentd_test::runUntil(loop, [&] { return painter.typed().ends_with("q"); }));
    BOOST_TEST(painter.typed() == "A<1>[adiaeresis][EuroSign][U03C9]q");
}

BOOST_FIXTURE_TEST_CASE(without_a_screen_the_viewer_is_told_why_and_the_session_ends, ScriptFixture) {
    // One of another machine: other tests' servers are here.
    ::setenv("DISPLAY", "localhost:9999", 1);
    run(std::string(kSession) +
        "var v = open({ version: 0 });"
        "v.on('control', function (c) { say(c.type + ' ' + c.msg); });"
        "v.on('data', function (m) { say(type(m) + ' ' + m.slice(4)); });"
        "v.on('end', function () { say('end'); });");
    BOOST_TEST(wait(3));
    ::unsetenv("DISPLAY");
    BOOST_TEST(sent[0] == "65 the X server localhost:9999 does not let the agent in");
    BOOST_TEST(sent[1] == "console the X server localhost:9999 does not let the agent in");
}

BOOST_FIXTURE_TEST_CASE(tunnels_of_an_old_core_share_one_stream_and_each_sees_everything, ScriptFixture) {
    const desktop_test::XServer server;
    run(std::string(kSession) +
        "var s = mesh.getRemoteDesktopStream(), t = mesh.getRemoteDesktopStream();"
        "function sink(name) { return { write: function (m) { if (type(m) === 7) { say(name); } return true; }, end: function () { say(name + ' end'); } }; }"
        "say(s === t); s.pipe(sink('first')); s.once('data', function () { s.pipe(sink('second')); });");
    BOOST_REQUIRE(wait(5));
    BOOST_TEST(sent[0] == "true");
    BOOST_TEST(std::count(sent.begin(), sent.end(), "second") >= 1);
    BOOST_TEST(std::count(sent.begin(), sent.end(), "first") >= 2);
}

BOOST_FIXTURE_TEST_CASE(scripts_read_and_set_the_clipboard_also_in_many_parts, ScriptFixture) {
    const desktop_test::XServer server;
    run(std::string(kSession) +
        "var clip = require('clipboard'), long = new Array(75001).join('xyz' + String.fromCharCode(0xE4, 0xD83D, 0xDE00));"
        "clip(long); var d = require('trellis-desktop'), v = d.open({ version: 1, codecs: [] }), got = '', parts = 0;"
        "function ask() { clip.read().then(function (t) { if (t !== long) { setTimeout(ask, 50); return; } say('same'); v.control({ type: 'getclip' }); }); }"
        "v.on('control', function (c) { if (c.type !== 'clipboard') { return; } if (!c.part) { got = ''; parts = 0; }"
        "  got += c.text; ++parts; if (parts === c.parts) { say(parts + ' ' + (got === long)); } });"
        "ask();");
    BOOST_REQUIRE(wait(1));
    BOOST_TEST(sent[0] == "same");
}

BOOST_AUTO_TEST_SUITE_END()
