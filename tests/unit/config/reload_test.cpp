#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include "core/config/toggles.hpp"
#include "tests/unit/config/support.hpp"

using namespace trellis;
using namespace trellis::config;

namespace {

std::vector<std::string> changes(std::string_view before, std::string_view after) {
    std::vector<std::string> lines;
    for (const Change& change : diff(*checkText(before).config, *checkText(after).config).changes) {
        lines.push_back(change.text());
    }
    return lines;
}

bool isEnabled(const TempFolder& folder, const std::string& id) {
    return check(load({.dataDir = folder.path()}), golden::samplePlugins())
        .config->pluginEnabled(id);
}

} // namespace

BOOST_AUTO_TEST_SUITE(reload)

BOOST_AUTO_TEST_CASE(equal_configurations_do_not_differ) {
    BOOST_TEST(changes("server: {port: 8443}", "").empty());
}

BOOST_AUTO_TEST_CASE(each_changed_key_is_listed_with_both_values) {
    const auto lines =
        changes("server: {port: 1}\nlog: {level: debug}", "server: {bind: [127.0.0.1]}");
    const std::vector<std::string> wanted = {
        R"(log.level: "debug" -> "information")",
        R"(server.bind: [] -> ["127.0.0.1"] (needs a restart))",
        R"(server.port: 1 -> 8443 (needs a restart))"};
    BOOST_TEST(lines == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_changed_secret_is_a_change_but_not_shown) {
    const auto lines = changes("plugins: {mqtt: {broker: b, password: secret-one}}",
                               "plugins: {mqtt: {broker: b, password: secret-two}}");
    const std::vector<std::string> wanted = {R"(plugins.mqtt.password: "***" -> "***")"};
    BOOST_TEST(lines == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_plugins_whose_sections_changed_are_named_once) {
    const auto before = checkText("plugins: {mqtt: {broker: b}, terminal: {idle_s: 1}}").config;
    const auto after =
        checkText("plugins: {mqtt: {broker: c, topic: x}, terminal: {idle_s: 1}}").config;
    const auto difference = diff(*before, *after);
    BOOST_TEST(difference.plugins == std::vector<std::string>{"mqtt"},
               boost::test_tools::per_element());
    const auto off =
        checkText("plugins: {mqtt: {broker: b}, terminal: {idle_s: 1, enabled: no}}").config;
    BOOST_TEST(diff(*before, *off).plugins == std::vector<std::string>{"terminal"},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(toggles)

BOOST_AUTO_TEST_CASE(a_switch_is_kept_and_wins_over_the_files) {
    const TempFolder folder;
    setPluginEnabled(folder.path(), "terminal", false);
    setPluginEnabled(folder.path(), "mqtt", true);
    BOOST_TEST(!isEnabled(folder, "terminal"));
    setPluginEnabled(folder.path(), "terminal", true);
    BOOST_TEST(isEnabled(folder, "terminal"));
    BOOST_TEST(isEnabled(folder, "mqtt"));
    clearPluginToggle(folder.path(), "mqtt");
    BOOST_TEST(folder.read("plugins.d/zz-toggles.yaml").find("mqtt") == std::string::npos);
    clearPluginToggle(folder.path(), "terminal");
    BOOST_TEST(load({.dataDir = folder.path()}).report().ok());
}

BOOST_AUTO_TEST_CASE(only_ids_are_written) {
    const TempFolder folder;
    for (const char* id : {"", "A", "../x", "a b", "a: {enabled: true}\nserver", "1a"}) {
        BOOST_CHECK_THROW(setPluginEnabled(folder.path(), id, true), sdk::Error);
    }
    BOOST_TEST(!std::filesystem::exists(togglesFile(folder.path())));
}

BOOST_AUTO_TEST_CASE(a_file_with_other_content_is_not_overwritten) {
    const TempFolder folder;
    for (const char* text : {"server: {port: 1}\n", "plugins: {terminal: {idle_s: 5}}\n",
                             "plugins: [a]\n", "plugins: {terminal: {enabled: true, idle_s: 5}}\n",
                             "- a\n", "{{{\n", "plugins: {'x: y': {enabled: true}}\n"}) {
        folder.write("plugins.d/zz-toggles.yaml", text);
        BOOST_CHECK_THROW(setPluginEnabled(folder.path(), "terminal", false), sdk::Error);
        BOOST_TEST(folder.read("plugins.d/zz-toggles.yaml") == text);
    }
}

BOOST_AUTO_TEST_CASE(a_data_folder_that_cannot_be_written_is_told_and_nothing_is_left) {
    const TempFolder folder;
    folder.write("plugins.d", "a file where the folder should be");
    BOOST_CHECK_EXCEPTION(
        setPluginEnabled(folder.path(), "terminal", false), sdk::Error,
        [](const sdk::Error& error) { return error.code() == sdk::ErrorCode::Unavailable; });
    BOOST_CHECK_THROW(setPluginEnabled("/proc/nonexistent", "terminal", false), sdk::Error);
}

BOOST_AUTO_TEST_CASE(a_draft_left_by_a_crash_is_replaced) {
    const TempFolder folder;
    folder.write("plugins.d/zz-toggles.yaml.tmp", "half");
    setPluginEnabled(folder.path(), "terminal", false);
    BOOST_TEST(!isEnabled(folder, "terminal"));
    BOOST_TEST(!std::filesystem::exists(folder.path() / "plugins.d/zz-toggles.yaml.tmp"));
}

BOOST_AUTO_TEST_SUITE_END()
