// Needs no server: FakeHost plays it.
#define BOOST_TEST_MODULE hello
#include <boost/test/unit_test.hpp>

#include <trellis/sdk/testing.hpp>

using namespace trellis::testing;

BOOST_AUTO_TEST_CASE(someone_is_greeted_with_the_configured_word) {
    FakeHost host;
    PluginUnderTest plugin(linkedPlugin(), host, {{"greeting", "Salut"}});
    BOOST_TEST(plugin.call("hello.greet", {{"name", "Ada"}}).at("text").as_string() == "Salut, Ada!");
    BOOST_TEST(host.count("hello_greeted_total") == 1u);
}

BOOST_AUTO_TEST_CASE(a_greeting_without_a_name_is_refused_with_the_field_at_fault) {
    FakeHost host;
    PluginUnderTest plugin(linkedPlugin(), host);
    BOOST_CHECK_EXCEPTION(plugin.call("hello.greet"), Error, [](const Error& error) {
        return error.code() == ErrorCode::InvalidArgument && error.field() == "/name";
    });
}

BOOST_AUTO_TEST_CASE(an_empty_greeting_is_refused_when_configuring) {
    BOOST_TEST(!configurationProblems(*linkedPlugin(), {{"greeting", ""}}).empty());
}
