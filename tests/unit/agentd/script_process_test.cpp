#include "script_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>

using namespace trellis::device;
using agentd_test::runUntil;
using agentd_test::ScriptFixture;

namespace {
bool isAlive(int pid) { return ::kill(pid, 0) == 0; }
}  // namespace

BOOST_FIXTURE_TEST_SUITE(agent_script_process, ScriptFixture)

BOOST_AUTO_TEST_CASE(a_program_gives_output_errors_and_exit_code) {
    run("var c = require('child_process').execFile('/bin/sh', ['sh', '-c', 'echo $((6*7)); echo bad >&2; cat; exit 3']);"
        "var o = '', e = ''; c.stdout.on('data', function (d) { o += d.toString(); }); c.stderr.on('data', function (d) { e += d.toString(); });"
        "c.on('exit', function (code) { say(o + e + code); }); c.stdin.write('in'); c.stdin.end();");
    BOOST_REQUIRE(wait(1));
    BOOST_TEST(sent[0] == "42\ninbad\n3");
}

BOOST_AUTO_TEST_CASE(what_a_reader_gives_back_comes_first_again_and_before_the_end) {
    run("var c = require('child_process').execFile('/bin/sh', ['sh', '-c', 'printf headtail']), o = [], once = true;"
        "c.stdout.on('data', function (d) { o.push(d.toString()); if (once) { once = false; this.unshift(d.slice(4)); } });"
        "c.stdout.on('end', function () { say(o.join('|')); });");
    BOOST_REQUIRE(wait(1));
    BOOST_TEST(sent[0] == "headtail|tail");
}

BOOST_AUTO_TEST_CASE(a_terminal_echoes_resizes_and_ends_with_its_shell) {
    run("var cp = require('child_process'), c = cp.execFile('/bin/sh', ['sh'], { type: cp.SpawnTypes.TERM, env: { PS1: '' } }), o = '';"
        "c.tcsetsize(33, 111); c.stdout.on('data', function (d) { o += d.toString(); });"
        "c.on('exit', function () { say(o); }); c.stdin.write('stty size; echo $TERM $((6*7)); tty; exit\\n');");
    BOOST_REQUIRE(wait(1));
    BOOST_TEST(sent[0].find("33 111") != std::string::npos);
    BOOST_TEST(sent[0].find("xterm-256color 42") != std::string::npos);
    BOOST_TEST(sent[0].find("/dev/pts/") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(stopping_the_script_ends_the_shell_and_what_it_started) {
    run("var cp = require('child_process'), c = cp.execFile('/bin/sh', ['sh', '-c', 'sleep 1000 & echo $!; wait'], { type: cp.SpawnTypes.TERM });"
        "c.stdout.on('data', function (d) { say(c.pid + ' ' + d.toString()); });");
    BOOST_REQUIRE(wait(1));
    int shell = 0;
    int sleeper = 0;
    BOOST_REQUIRE(std::sscanf(sent[0].c_str(), "%d %d", &shell, &sleeper) == 2);
    BOOST_TEST(isAlive(sleeper));
    host.stop();
    BOOST_TEST(runUntil(loop, [&] { return !isAlive(shell); }));
    BOOST_TEST(runUntil(loop, [&] { return !isAlive(sleeper); }));
}

BOOST_AUTO_TEST_CASE(a_program_that_ignores_signals_is_killed) {
    run("var c = require('child_process').execFile('/bin/sh', ['sh', '-c', 'trap \"\" HUP TERM; echo up; while :; do sleep 0.05; done']);"
        "c.stdout.on('data', function () { say(c.pid); c.kill(); }); c.on('exit', function (code, signal) { say('signal ' + signal); });");
    BOOST_REQUIRE(wait(2));
    BOOST_TEST(sent.back() == "signal 9");
}

BOOST_AUTO_TEST_CASE(a_program_that_can_not_start_is_an_error_with_its_name) {
    run("try { require('child_process').execFile('/no/such', ['x']); } catch (e) { say(e.message); }"
        "try { require('child_process').execFile('/bin/true', ['x'], { uid: 4000000000 }); } catch (e) { say('refused'); }");
    BOOST_TEST(sent.at(0).find("/no/such") != std::string::npos);
    BOOST_TEST(sent.at(1) == "refused");
}

BOOST_AUTO_TEST_CASE(waiting_for_a_program_delivers_its_output_meanwhile) {
    run("var c = require('child_process').execFile('/bin/sh', ['sh']); c.stdout.str = ''; c.stdout.on('data', function (d) { this.str += d.toString(); });"
        "c.stdin.write('echo one\\nexit\\n'); say(c.waitExit()); say(c.stdout.str);");
    BOOST_TEST(sent.at(0) == "true");
    BOOST_TEST(sent.at(1) == "one\n");
}

BOOST_AUTO_TEST_CASE(a_paused_reader_holds_the_program_back_and_loses_nothing) {
    run("var c = require('child_process').execFile('/bin/sh', ['sh', '-c', 'i=0; while [ $i -lt 20000 ]; do echo 0123456789012345678; i=$((i+1)); done']);"
        "var n = 0, pauses = 0; c.stdout.on('data', function (d) { n += d.length; if (pauses < 5) { ++pauses; c.stdout.pause(); setTimeout(function () { c.stdout.resume(); }, 5); } });"
        "c.on('exit', function () { say(n + ' ' + pauses); });");
    BOOST_REQUIRE(wait(1));
    BOOST_TEST(sent[0] == "400000 5");
}

BOOST_AUTO_TEST_CASE(a_program_finds_a_reduced_environment_and_no_descriptors) {
    ::setenv("SECRET_OF_THE_AGENT", "x", 1);
    run("var c = require('child_process').execFile('/bin/sh', ['sh', '-c', 'env; ls /proc/$$/fd | tr \"\\\\n\" \" \"'], { env: { EXTRA: 'yes' } }), o = '';"
        "c.stdout.on('data', function (d) { o += d.toString(); }); c.on('exit', function () { say(o); });");
    BOOST_REQUIRE(wait(1));
    BOOST_TEST(sent[0].find("SECRET") == std::string::npos);
    BOOST_TEST(sent[0].find("EXTRA=yes") != std::string::npos);
    BOOST_TEST(sent[0].find("0 1 2 ") != std::string::npos);
    BOOST_TEST(sent[0].find(" 3 ") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
