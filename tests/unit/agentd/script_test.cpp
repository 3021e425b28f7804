#include "script_fixture.hpp"

#include "agent/script/text.hpp"

#include <boost/test/unit_test.hpp>

using namespace trellis::device;
using agentd_test::ScriptFixture;
using Texts = std::vector<std::string>;

#define CHECK_SENT(...)                                                                             \
    do {                                                                                            \
        const Texts expected{__VA_ARGS__};                                                          \
        BOOST_TEST(sent == expected, boost::test_tools::per_element());                             \
    } while (false)

BOOST_FIXTURE_TEST_SUITE(agent_script, ScriptFixture)

BOOST_AUTO_TEST_CASE(objects_texts_and_buffers_go_to_the_server) {
    run("mesh.SendCommand({ action: 'a', n: 1 }); mesh.SendCommand('text'); mesh.SendCommand(Buffer.from('0010ff', 'hex'));");
    CHECK_SENT(R"({"action":"a","n":1})", "text", std::string("\0\x10\xff", 3));
}

BOOST_AUTO_TEST_CASE(console_floods_are_cut_at_ten_a_second) {
    run("for (var i = 0; i < 100; ++i) { mesh.SendCommand({ action: 'msg', type: 'console', value: i }); }");
    // The second may end while the loop runs.
    BOOST_TEST(sent.size() >= 10U);
    BOOST_TEST(sent.size() <= 20U);
}

BOOST_AUTO_TEST_CASE(timers_run_in_order_and_cleared_ones_do_not) {
    run("setTimeout(function (a) { say(a); }, 50, 'late'); setTimeout(function () { say('early'); }, 1); setImmediate(function () { say('now'); });"
        "clearTimeout(setTimeout(function () { say('never'); }, 1));");
    BOOST_REQUIRE(wait(3));
    CHECK_SENT("now", "early", "late");
}

BOOST_AUTO_TEST_CASE(an_interval_goes_on_until_it_is_cleared) {
    run("var n = 0; var t = setInterval(function () { say('tick'); if (++n === 2) { clearInterval(t); setTimeout(function () { say('end'); }, 20); } }, 1);");
    BOOST_REQUIRE(wait(3));
    CHECK_SENT("tick", "tick", "end");
}

BOOST_AUTO_TEST_CASE(buffers_speak_hex_base64_and_utf8) {
    run("say(Buffer.from('\\u00e4b').toString('hex'));"
        "say(Buffer.from('w6Ri', 'base64').toString());"
        "say(Buffer.concat([Buffer.from('a'), Buffer.alloc(2)]).length);"
        "say(Buffer.from('hello').slice(1, 3).toString('base64'));"
        "say(Buffer.from('hello').toString('utf8', 1, 3));"
        "var b = Buffer.alloc(4); b.writeUInt32BE(0x01020304, 0); say(b.swap32().toString('hex'));"
        "say(crc32('123456789') + ' ' + crc32c('123456789'));");
    CHECK_SENT("C3A462", "\xC3\xA4" "b", "3", "ZWw=", "el", "04030201", "3421780262 3808858755");
}

BOOST_AUTO_TEST_CASE(messages_arrive_as_object_text_or_buffer) {
    run("mesh.AddCommandHandler(function (m) { say(Buffer.isBuffer(m) ? 'buffer ' + m.toString('hex') : typeof m === 'object' ? 'object ' + m.a : 'text ' + m); });");
    host.onServerMessage(R"({"a":"x"})");
    host.onServerMessage(std::string_view("\x03\xE8\x7f", 3));
    host.onServerMessage(R"({"a":)");
    CHECK_SENT("object x", "buffer 03E87F", "text {\"a\":");
}

BOOST_AUTO_TEST_CASE(characters_outside_the_first_plane_survive_both_ways) {
    run("mesh.AddCommandHandler(function (m) { say(m.t.length + m.t + '\\ud83d\\ude00' + '\\ud800'); });");
    host.onServerMessage("{\"t\":\"\xF0\x9F\x98\x80\"}");
    CHECK_SENT("2\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xEF\xBF\xBD");
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_text_can_not_name_hidden_keys) {
    BOOST_TEST(toScript("\xFFhidden") == "\xEF\xBF\xBDhidden");
    BOOST_TEST(toScript("\x82key") == "\xEF\xBF\xBDkey");
    BOOST_TEST(toScript("a\xC0\x80z\xED\xA0\x80") == "a\xEF\xBF\xBD\xEF\xBF\xBDz\xEF\xBF\xBD");
    BOOST_TEST(fromScript("\xED\xA0\xBD\xED\xB8\x80") == "\xF0\x9F\x98\x80");
}

BOOST_AUTO_TEST_CASE(the_connected_event_reaches_late_listeners_too) {
    run("mesh.AddConnectHandler(function (state) { say('is ' + state); });");
    BOOST_REQUIRE(wait(1));
    host.onConnected(false);
    CHECK_SENT("is 1", "is 0");
}

BOOST_AUTO_TEST_CASE(an_error_in_a_callback_is_reported_and_the_rest_runs_on) {
    run("setImmediate(function () { undefinedFunction(); }); setImmediate(function () { say('still here'); });");
    BOOST_REQUIRE(wait(2));
    BOOST_TEST(sent[0].find("undefinedFunction") != std::string::npos);
    BOOST_TEST(sent[1] == "still here");
}

BOOST_AUTO_TEST_CASE(an_error_that_repeats_is_reported_once) {
    run("var n = 0, t = setInterval(function () { if (++n === 5) { clearInterval(t); setTimeout(function () { say('done'); }, 1); } throw new Error('again'); }, 1);");
    BOOST_REQUIRE(wait(2));
    BOOST_TEST(sent.size() == 2U);
    BOOST_TEST(sent[1] == "done");
}

BOOST_AUTO_TEST_CASE(a_listener_for_uncaught_errors_gets_them_instead) {
    run("process.on('uncaughtException', function (e) { say('caught ' + e.message); });"
        "setImmediate(function () { throw new Error('x'); });");
    BOOST_REQUIRE(wait(1));
    CHECK_SENT("caught x");
}

BOOST_AUTO_TEST_CASE(a_script_that_eats_memory_gets_an_error_and_the_agent_lives) {
    BOOST_TEST(!run("var a = []; for (;;) { a.push(Buffer.alloc(4 * 1024 * 1024)); }"));
    BOOST_TEST(run("say('again');"));
    BOOST_TEST(sent.back() == "again");
}

BOOST_AUTO_TEST_CASE(endless_recursion_is_an_error) {
    BOOST_TEST(!run("function f() { return 1 + f(); } f();") );
    BOOST_TEST(sent.back().find("RangeError") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_new_script_starts_from_nothing) {
    run("var leftover = 1; setInterval(function () { say('old'); }, 1);");
    run("say(typeof leftover);");
    for (int i = 0; i < 5; ++i) loop.runOnce(Milliseconds(5));
    CHECK_SENT("undefined");
}

BOOST_AUTO_TEST_CASE(modules_that_are_pushed_are_found_and_can_not_replace_native_ones) {
    run("addModule('mine', 'exports.x = 7; module.exports.n = typeof native;'); say(require('mine').x + require('mine').n);"
        "addModule('fs', 'exports.evil = 1;'); say(require('fs').evil);"
        "try { require('no-such'); } catch (e) { say(e.message); }"
        "say(typeof native);");
    CHECK_SENT("7undefined", "undefined", "no module \"no-such\" on this agent", "undefined");
}

BOOST_AUTO_TEST_CASE(promises_chain_and_tell_about_failures) {
    run("var promise = require('promise');"
        "new promise(function (res) { res(1); }).then(function (v) { return v + 1; }).then(function (v) { say(v); throw 'no'; })"
        ".then(function () { say('wrong'); }, function (e) { say(e); });");
    BOOST_REQUIRE(wait(2));
    CHECK_SENT("2", "no");
}

BOOST_AUTO_TEST_CASE(events_can_be_assigned_and_removed) {
    run("var e = {}; require('events').EventEmitter.call(e); e.createEvent('x');"
        "e.x = function (v) { say('a' + v); }; e.once('x', function (v) { say('b' + v); });"
        "e.emit('x', 1); e.emit('x', 2); e.removeAllListeners('x'); say(e.emit('x', 3)); say(JSON.stringify(e));");
    CHECK_SENT("a1", "b1", "a2", "false", "{}");
}

BOOST_AUTO_TEST_CASE(values_are_kept_apart_from_the_devices_key) {
    store.put("IdentityKey", "secret");
    run("var db = require('SimpleDataStore').Shared(); db.Put('a', 'b'); say(db.Get('a')); say(db.Get('IdentityKey')); say(db.Keys.join());");
    CHECK_SENT("b", "null", "a");
    BOOST_TEST(store.get("script.a").has_value());
}

BOOST_AUTO_TEST_CASE(files_are_written_read_and_listed) {
    map["folder"] = folder.path();
    run("var fs = require('fs'), p = _MSH().folder; fs.writeFileSync(p + 'f', 'a\\u00e4'); say(fs.readFileSync(p + 'f').length);"
        "var fd = fs.openSync(p + 'f', 'r'), b = Buffer.alloc(2); say(fs.readSync(fd, b, 0, 2, 1) + b.toString()); fs.closeSync(fd);"
        "fs.mkdirSync(p + 'd'); say(fs.statSync(p + 'd').isDirectory()); fs.renameSync(p + 'f', p + 'd/g'); say(fs.readdirSync(p + 'd').join());"
        "fs.unlinkSync(p + 'd/g'); fs.unlinkSync(p + 'd'); say(fs.existsSync(p + 'd'));"
        "try { fs.readFileSync(p + 'none'); } catch (e) { say(/none: No such file/.test(e.message)); }"
        "try { fs.closeSync(1); } catch (e) { say(e.message); }");
    CHECK_SENT("3", "2\xC3\xA4", "true", "g", "false", "true", "1 is not an open file");
}

BOOST_AUTO_TEST_CASE(the_machine_is_described) {
    run("var os = require('os'); say(os.hostname().length > 0); say(os.arch()); os.name().then(function (n) { say(n.length > 0); });"
        "say(os.networkInterfaces().lo[0].address);"
        "say(mesh.ServerInfo.ServerUri); say(mesh.isControlChannelConnected); say(require('user-sessions').isRoot() === (require('user-sessions').Self() === 0));");
    BOOST_REQUIRE(wait(7));
    BOOST_TEST(sent[0] == "true");
    BOOST_TEST(sent[2] == "127.0.0.1");
    BOOST_TEST(sent[3] == "wss://127.0.0.1:1/agent.ashx");
}

BOOST_AUTO_TEST_CASE(requests_to_the_agent_are_passed_on_and_not_obeyed_at_once) {
    run("mesh.disconnect(); process.exit(); say('after');");
    BOOST_TEST(requests.size() == 2U);
    CHECK_SENT("after");
}

BOOST_AUTO_TEST_SUITE_END()
