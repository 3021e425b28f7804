#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>

#include "core/plugin/discovery.hpp"
#include "core/plugin/manifest.hpp"

using namespace trellis::plugin;

namespace {

const std::string kGood =
    "id: hello\nversion: \"0.1.0\"\nsdk: \">=1.0 <2\"\nname: Hello\nsummary: Greets people.\n";

std::string problemsOf(const std::string& yaml) {
    std::string text;
    for (const auto& finding : parseManifest(yaml, "plugin.yaml").problems) text += finding.text() + "\n";
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(manifest)

BOOST_AUTO_TEST_CASE(a_complete_manifest_is_read) {
    const auto parsed = parseManifest(
        kGood + "requires: {notify: \">=1.0\"}\nafter: [acme]\ngrants: [\"listen:4433\"]\n"
                "required: true\nlicense: Apache-2.0\n"
                "ui:\n  - {id: page, slot: site_page, title: hello.title, module: hello.js, "
                "right: site_admin}\n",
        "plugin.yaml");
    BOOST_TEST_REQUIRE(parsed.manifest.has_value());
    BOOST_TEST(parsed.manifest->requires_.at(0).first == "notify");
    BOOST_TEST(parsed.manifest->requires_.at(0).second == ">=1.0");
    BOOST_TEST(parsed.manifest->after.at(0) == "acme");
    BOOST_TEST(parsed.manifest->grants.at(0) == "listen:4433");
    BOOST_TEST(parsed.manifest->isRequired);
    BOOST_TEST((parsed.manifest->ui.at(0).slot == trellis::sdk::UiSlot::SitePage));
    BOOST_TEST((parsed.manifest->ui.at(0).requires_.scope == trellis::sdk::Scope::Site));
}

BOOST_AUTO_TEST_CASE(every_problem_is_told_at_once_with_its_place) {
    BOOST_TEST(problemsOf("id: hello\nverion: \"1\"\nname: 7\n") ==
               "plugin.yaml:1:1: \"version\" is required\n"
               "plugin.yaml:1:1: \"sdk\" is required\n"
               "plugin.yaml:1:1: \"summary\" is required\n"
               "plugin.yaml:2:1: verion: unknown key; did you mean \"version\"?\n");
}

BOOST_AUTO_TEST_CASE(values_that_a_schema_cannot_judge_are_told_with_their_place_too) {
    const auto text = problemsOf("id: Hello!\nversion: one\nsdk: \"~1\"\nname: x\nsummary: y\n"
                                 "requires: {a: latest}\ngrants: [\"listen:0\", \"fly:me\"]\n");
    BOOST_TEST(text.find("plugin.yaml:1:5: id: expected a small letter") != std::string::npos, text);
    BOOST_TEST(text.find("plugin.yaml:2:10: version: expected a version such as \"1.2.0\", got \"one\"") !=
                   std::string::npos, text);
    BOOST_TEST(text.find("plugin.yaml:3:6: sdk: expected a range") != std::string::npos, text);
    BOOST_TEST(text.find("plugin.yaml:6:15: requires/a: expected a range") != std::string::npos, text);
    BOOST_TEST(text.find("plugin.yaml:7:10: grants/0: expected listen:<port from 1 to 65535>, got "
                         "\"listen:0\"") != std::string::npos, text);
    BOOST_TEST(text.find("grants/1: expected a grant such as") != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(an_interface_that_this_server_does_not_have_is_refused_with_both_sides) {
    const auto text = problemsOf("id: hello\nversion: \"1\"\nsdk: \">=2.0\"\nname: x\nsummary: y\n");
    BOOST_TEST(text == "plugin.yaml:3:6: sdk: wants plugin interface >=2.0, this server has 1.0.0: "
                       "install a build for this server\n");
}

BOOST_AUTO_TEST_CASE(wild_yaml_is_a_problem_and_never_an_exception) {
    for (const std::string yaml : {"", "[", "a: [b", "- x", "just text", "id: !!binary x", "&a [*a]",
                                   "id: hello\nid: hello\n", "\t", "id: {x: y}\n"}) {
        BOOST_TEST(!parseManifest(yaml, "plugin.yaml").problems.empty(), yaml);
    }
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_called_otherwise_is_refused) {
    const auto folder = std::filesystem::temp_directory_path() / "trellis-manifest-other";
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "plugin.yaml") << kGood;
    const auto parsed = readManifest(folder);
    std::filesystem::remove_all(folder);
    BOOST_TEST_REQUIRE(parsed.problems.size() == 1u);
    BOOST_TEST(parsed.problems[0].problem ==
               "id is \"hello\", but its folder is called \"trellis-manifest-other\": rename one of them");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(installed)

BOOST_AUTO_TEST_CASE(plugins_are_listed_from_their_manifests_without_loading_code) {
    auto pattern = (std::filesystem::temp_directory_path() / "trellis-installed-XXXXXX").string();
    const std::filesystem::path root = mkdtemp(pattern.data());
    const auto add = [&](const std::string& folder, const std::string& yaml) {
        std::filesystem::create_directories(root / folder);
        std::ofstream(root / folder / "plugin.yaml") << yaml;
    };
    add("hello", kGood);
    add("off", "id: off\nversion: \"1\"\nsdk: \"1\"\nname: Off\nsummary: Off.\n");
    add("broken", "id: broken\n");
    add("lonely", "id: lonely\nversion: \"1\"\nsdk: \"1\"\nname: L\nsummary: L.\nrequires: {none: \"*\"}\n");
    std::filesystem::create_directories(root / "no_plugin");
    const auto list =
        installedPlugins({root, root / "absent"}, [](const std::string& id) { return id != "off"; });
    std::filesystem::remove_all(root);
    std::string text;
    for (const auto& status : list) text += status.id + " " + std::string(stateName(status.state)) + "\n";
    BOOST_TEST(text == "broken refused\nhello found\nlonely refused\noff disabled\n");
    BOOST_TEST(list.at(0).sentence.find("broken/plugin.yaml:1:1: ") != std::string::npos);
    BOOST_TEST(list.at(2).sentence ==
               "requires the plugin \"none\", which is not installed: install it");
}

BOOST_AUTO_TEST_SUITE_END()
