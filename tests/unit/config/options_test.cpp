#include <boost/test/unit_test.hpp>

#include <trellis/sdk/options.hpp>

#include "tests/unit/config/support.hpp"

using namespace trellis;
using sdk::OptionsFromJson;

BOOST_AUTO_TEST_SUITE(options)

BOOST_AUTO_TEST_CASE(values_and_defaults_are_read_by_path) {
    const OptionsFromJson o(golden::mqttOptions(),
                            {{"broker", "b.example"},
                             {"rules", {{{"topic", "a"}}, {{"topic", "b"}, {"qos", 2}}}},
                             {"labels", {{"k", "v"}, {"with.dot", "w"}}}});
    BOOST_TEST(o.problems().empty());
    BOOST_TEST(o.text("broker") == "b.example");
    BOOST_TEST((o.seconds("keep_alive_s") == std::chrono::seconds(60)));
    BOOST_TEST(o.number("jitter") == 0.5);
    BOOST_TEST(o.flag("tls.verify"));
    BOOST_TEST(o.section("tls").flag("verify"));
    BOOST_REQUIRE(o.list("rules").size() == 2U);
    BOOST_TEST(o.list("rules")[0]->integer("qos") == 0);
    BOOST_TEST(o.list("rules")[1]->integer("qos") == 2);
    BOOST_TEST(o.keys("labels").size() == 2U);
    BOOST_TEST(o.section("labels").at("with.dot").text("") == "w");
}

BOOST_AUTO_TEST_CASE(an_absent_optional_value_is_told_by_has) {
    const OptionsFromJson o(golden::mqttOptions(), {{"broker", "b.example"}});
    BOOST_TEST(!o.has("password"));
    BOOST_TEST(o.textOr("password", "none") == "none");
    BOOST_TEST(o.list("rules").empty());
    BOOST_TEST(!o.isSet("keep_alive_s"));
    BOOST_TEST(o.isSet("broker"));
    BOOST_CHECK_THROW(o.text("password"), sdk::Error);
    BOOST_CHECK_THROW(o.text("keep_alive_s"), sdk::Error);
    BOOST_CHECK_THROW(o.section("nothing"), sdk::Error);
    BOOST_CHECK_THROW(o.list("broker"), sdk::Error);
}

BOOST_AUTO_TEST_CASE(problems_of_the_schema_and_of_the_plugin_are_collected) {
    const OptionsFromJson o(golden::mqttOptions(), {{"keep_alive_s", "soon"}});
    BOOST_REQUIRE(o.problems().size() == 2U);
    BOOST_TEST(o.problems()[0] ==
               "keep_alive_s: expected an integer from 5 to 3600 (seconds), got \"soon\"");
    o.reject("tls.ca_file", "needs verify");
    BOOST_TEST(o.problems()[2] == "tls.ca_file: needs verify");
}

BOOST_AUTO_TEST_CASE(a_rejection_names_file_line_and_column) {
    const auto checked = config::checkText("plugins:\n"
                                           "  mqtt:\n"
                                           "    broker: b.example\n"
                                           "    rules:\n"
                                           "      - topic: a\n"
                                           "      - topic: b\n"
                                           "        qos: 1\n");
    BOOST_REQUIRE(checked.config);
    const auto o = checked.config->pluginOptions("mqtt");
    BOOST_TEST(o->problems().empty());
    BOOST_TEST(o->place("broker") == "t.yaml:3:13");
    o->reject("broker", "is not reachable");
    o->list("rules")[1]->reject("qos", "must be 0");
    o->list("rules")[0]->reject("qos", "must be given");
    o->reject("keep_alive_s", "is too long");
    o->reject("", "does not fit together");
    std::vector<std::string> lines;
    for (const auto& problem : o->problems())
        lines.push_back(problem.text());
    const std::vector<std::string> wanted = {"t.yaml:3:13: plugins.mqtt.broker: is not reachable",
                                             "t.yaml:7:14: plugins.mqtt.rules[1].qos: must be 0",
                                             "t.yaml:5:9: plugins.mqtt.rules[0].qos: must be given",
                                             "t.yaml:2:3: plugins.mqtt.keep_alive_s: is too long",
                                             "t.yaml:2:3: plugins.mqtt: does not fit together"};
    BOOST_TEST(lines == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_core_s_own_switch_is_not_an_option_of_the_plugin) {
    const auto checked = config::checkText("plugins: {terminal: {enabled: true, idle_s: 5}}");
    const auto o = checked.config->pluginOptions("terminal");
    BOOST_TEST(!o->has("enabled"));
    BOOST_TEST(o->integer("idle_s") == 5);
    BOOST_TEST(checked.config->values().at("plugins").at("terminal").at("enabled").as_bool());
}

BOOST_AUTO_TEST_CASE(options_outlive_the_configuration_they_came_from) {
    auto checked = config::checkText("plugins: {terminal: {idle_s: 5}}");
    const auto o = checked.config->pluginOptions("terminal");
    checked.config.reset();
    BOOST_TEST(o->place("idle_s") == "t.yaml:1:30");
}

BOOST_AUTO_TEST_CASE(a_plugin_nobody_mentions_hears_what_it_lacks) {
    const auto checked = config::checkText("");
    BOOST_REQUIRE(checked.config);
    const auto o = checked.config->pluginOptions("mqtt");
    BOOST_REQUIRE(o->problems().size() == 1U);
    BOOST_TEST(o->problems()[0].problem == "\"broker\" is required");
    BOOST_TEST(checked.config->pluginOptions("terminal")->problems().empty());
    BOOST_CHECK_THROW(checked.config->pluginOptions("unheard"), sdk::Error);
}

BOOST_AUTO_TEST_SUITE_END()
