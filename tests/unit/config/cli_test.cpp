#include <sstream>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include <trellis/sdk/schema_node.hpp>

#include "core/config/cli.hpp"
#include "tests/unit/config/support.hpp"

using namespace trellis;
using namespace trellis::config;

namespace {

/// The example with every setting switched on: `#server:` and `#  port: 8443` lose their '#'.
std::string uncommented(const std::string& text) {
    std::istringstream lines(text);
    std::string all;
    for (std::string line; std::getline(lines, line);) {
        const bool isSection =
            line.size() > 1 && line[0] == '#' && line[1] != ' ' && line[1] != '#';
        const bool isKey = line.compare(0, 3, "#  ") == 0 && line.size() > 3 && line[3] != ' ';
        const bool isDeepKey =
            line.compare(0, 5, "#    ") == 0 && line.size() > 5 && line[5] != ' ';
        all += (isSection || isKey || isDeepKey ? line.substr(1) : line) + '\n';
    }
    return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(printing)

BOOST_AUTO_TEST_CASE(check_prints_every_problem_and_exits_78) {
    const TempFolder folder;
    std::ostringstream out;
    const auto bad = folder.write("bad.yaml", "server: {port: x, prot: 1}");
    BOOST_TEST(printCheck({.file = bad}, {}, out) == 78);
    BOOST_TEST(out.str() ==
               bad.string() +
                   ":1:16: server.port: expected an integer from 1 to 65535, got \"x\"\n" +
                   bad.string() + ":1:19: server.prot: unknown key; did you mean \"port\"?\n");
    out.str("");
    const auto good = folder.write("good.yaml", "server: {port: 1}");
    BOOST_TEST(printCheck({.file = good}, {}, out) == 0);
    BOOST_TEST(out.str() == good.string() + ": ok\n");
}

BOOST_AUTO_TEST_CASE(what_show_prints_can_be_read_back) {
    const TempFolder folder;
    const auto file = folder.write(
        "t.yaml",
        "server: {title: \"say \\\"hi\\\" # no comment\", bind: [127.0.0.1]}\n"
        "plugins: {mqtt: {broker: b, jitter: 0.25, retain: ~, labels: {'on': x, \"a: b\": y}}}\n");
    std::ostringstream out;
    std::ostringstream err;
    BOOST_TEST(printShow({.file = file}, golden::samplePlugins(), out, err) == 0);
    BOOST_TEST(err.str() == "");
    const auto before = check(load({.file = file}), golden::samplePlugins()).config;
    const auto again = check(loadText(out.str(), "again.yaml"), golden::samplePlugins());
    BOOST_TEST(again.report.text() == "");
    BOOST_REQUIRE(again.config);
    BOOST_TEST(diff(*before, *again.config).empty());
}

BOOST_AUTO_TEST_CASE(show_with_errors_prints_those_and_nothing_else) {
    const TempFolder folder;
    const auto file = folder.write("t.yaml", "server: 1");
    std::ostringstream out;
    std::ostringstream err;
    BOOST_TEST(printShow({.file = file}, {}, out, err) == 78);
    BOOST_TEST(out.str() == "");
    BOOST_TEST(err.str() != "");
}

BOOST_AUTO_TEST_CASE(the_json_schema_is_json_and_has_the_plugins) {
    std::ostringstream out;
    BOOST_TEST(printSchema(golden::samplePlugins(), out) == 0);
    const auto schema = boost::json::parse(out.str());
    const auto& broker = schema.at("properties")
                             .at("plugins")
                             .at("properties")
                             .at("mqtt")
                             .at("properties")
                             .at("broker");
    BOOST_TEST(broker.at("type").as_string() == "string");
}

BOOST_AUTO_TEST_CASE(the_shipped_example_is_accepted_and_names_every_key_with_its_default) {
    const std::string path = std::string(TRELLIS_SOURCE_DIR) + "/packaging/config/trellis.yaml";
    std::ifstream in(path);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    BOOST_REQUIRE(!text.empty());
    const auto shipped = check(loadText(text, "trellis.yaml"), golden::samplePlugins());
    BOOST_TEST(shipped.report.text() == "");

    const auto full = check(loadText(uncommented(text), "trellis.yaml"), golden::samplePlugins());
    BOOST_TEST(full.report.text() == "");
    BOOST_REQUIRE(full.config);
    for (const Change& change : diff(*shipped.config, *full.config).changes) {
        BOOST_TEST(change.path == "plugins.terminal.enabled", change.text());
    }
    const sdk::Schema core = serverSchema();
    for (const auto& section : core.node().props) {
        for (const auto& key : section.value.node().props) {
            const std::string pointer = '/' + section.name + '/' + key.name;
            BOOST_TEST(!full.config->isDefault(pointer), pointer << " is not in the example");
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
