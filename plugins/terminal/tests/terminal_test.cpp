// The server's part of the terminal, without a server.
#define BOOST_TEST_MODULE terminal
#include <boost/test/unit_test.hpp>

#include <trellis/sdk/testing.hpp>

using namespace trellis::testing;

namespace {

const auto isForbidden = [](const Error& error) { return error.code() == ErrorCode::Forbidden; };

}  // namespace

BOOST_AUTO_TEST_CASE(both_shells_are_offered_unless_configured) {
    FakeHost host;
    PluginUnderTest plugin(linkedPlugin(), host);
    const auto options = plugin.call("terminal.options", {{"nodeid", "node//test"}});
    BOOST_TEST((options.at("shells") == json::value(json::array{"root", "user"})));
    BOOST_TEST(options.at("scrollbackLines").to_number<int>() == 5000);
}

BOOST_AUTO_TEST_CASE(a_shell_that_is_switched_off_is_refused_and_counted) {
    FakeHost host;
    PluginUnderTest plugin(linkedPlugin(), host, {{"shells", json::array{"user"}}});
    for (const auto root : {std::uint16_t{1}, std::uint16_t{6}}) {
        BOOST_CHECK_EXCEPTION(plugin.openTunnel(root), Error, isForbidden);
    }
    BOOST_TEST(host.count("terminal_refused_total") == 2u);
    BOOST_TEST(!plugin.openTunnel(8));  // nothing watches the frames of a shell
    BOOST_TEST(host.count("terminal_sessions_total") == 1u);
}

BOOST_AUTO_TEST_CASE(who_may_not_use_terminals_is_not_told_what_there_is) {
    FakeHost host;
    PluginUnderTest plugin(linkedPlugin(), host);
    As caller;
    caller.deviceRights = device_right::kRemoteControl | device_right::kNoTerminal;
    BOOST_CHECK_EXCEPTION(plugin.call("terminal.options", {{"nodeid", "node//test"}}, caller), Error,
                          isForbidden);
}

BOOST_AUTO_TEST_CASE(a_shell_given_twice_and_an_unknown_one_are_refused_when_configuring) {
    BOOST_TEST(!configurationProblems(*linkedPlugin(), {{"shells", json::array{"user", "user"}}}).empty());
    BOOST_TEST(!configurationProblems(*linkedPlugin(), {{"shells", json::array{"fish"}}}).empty());
    BOOST_TEST(!configurationProblems(*linkedPlugin(), {{"shells", json::array{}}}).empty());
}
