#include <boost/test/unit_test.hpp>

#include "core/plugin/graph.hpp"

using namespace trellis::plugin;

namespace {

Manifest named(const std::string& id, std::vector<std::pair<std::string, std::string>> needs = {},
               std::vector<std::string> after = {}) {
    Manifest manifest;
    manifest.id = id;
    manifest.version = "1.0.0";
    manifest.requires_ = std::move(needs);
    manifest.after = std::move(after);
    return manifest;
}

std::string joined(const std::vector<std::string>& ids) {
    std::string text;
    for (const auto& id : ids) text += (text.empty() ? "" : " ") + id;
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(start_order)

BOOST_AUTO_TEST_CASE(ties_go_by_id_and_the_required_come_first) {
    const auto order = startOrder({named("b"), named("c"), named("a", {{"c", "*"}}), named("d", {}, {"a"})});
    BOOST_TEST(joined(order.ids) == "b c a d");
}

BOOST_AUTO_TEST_CASE(after_something_that_is_not_installed_is_ignored) {
    BOOST_TEST(joined(startOrder({named("a", {}, {"nobody"})}).ids) == "a");
}

BOOST_AUTO_TEST_CASE(a_cycle_costs_its_members_and_who_requires_them) {
    const auto order = startOrder({named("a", {{"b", "*"}}), named("b", {}, {"a"}),
                                   named("c", {{"a", "*"}}), named("d", {}, {"a"}), named("e")});
    BOOST_TEST(joined(order.ids) == "e d");
    BOOST_TEST(order.refused.at("a") == order.refused.at("b"));
    BOOST_TEST(order.refused.at("a").find("waits for itself (a -> b -> a)") == 0u);
    BOOST_TEST(order.refused.at("c") == "requires the plugin \"a\", which was refused: see there");
}

BOOST_AUTO_TEST_CASE(a_plugin_that_requires_itself_is_a_cycle_of_one) {
    const auto order = startOrder({named("a", {{"a", "*"}}), named("b")});
    BOOST_TEST(joined(order.ids) == "b");
    BOOST_TEST(order.refused.at("a").find("(a -> a)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_version_outside_the_range_is_told_with_both) {
    const auto order = startOrder({named("a", {{"b", ">=2"}}), named("b")});
    BOOST_TEST(order.refused.at("a") ==
               "requires \"b\" >=2, installed is 1.0.0: install a matching version");
}

BOOST_AUTO_TEST_SUITE_END()
