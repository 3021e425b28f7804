#include <boost/test/unit_test.hpp>

#include <fstream>
#include <sstream>

#include <trellis/sdk/error.hpp>

#include "core/plugin/manifest.hpp"
#include "core/plugin/scaffold.hpp"

using namespace trellis;
namespace fs = std::filesystem;

namespace {

struct Folder {
    Folder() {
        auto pattern = (fs::temp_directory_path() / "trellis-scaffold-XXXXXX").string();
        path = mkdtemp(pattern.data());
    }
    ~Folder() { fs::remove_all(path); }
    fs::path path;
};

std::string textOf(const fs::path& file) {
    std::ifstream in(file);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scaffold)

BOOST_AUTO_TEST_CASE(a_new_plugin_carries_its_own_name_everywhere) {
    const Folder folder;
    const auto made = plugin::scaffold("wake_on_lan", folder.path / "wake_on_lan");
    BOOST_TEST(made.size() >= 8u);
    for (const auto& name : made) {
        const auto text = textOf(folder.path / "wake_on_lan" / name);
        BOOST_TEST(!text.empty(), name);
        BOOST_TEST(text.find("hello") == std::string::npos, name << ": " << text);
        BOOST_TEST(text.find("Hello") == std::string::npos, name << ": " << text);
    }
    BOOST_TEST(textOf(folder.path / "wake_on_lan/wake_on_lan.cpp").find("TRELLIS_PLUGIN(WakeOnLan)") !=
               std::string::npos);
    BOOST_TEST(plugin::readManifest(folder.path / "wake_on_lan").manifest.has_value());
}

BOOST_AUTO_TEST_CASE(an_id_that_cannot_be_one_is_refused_and_nothing_is_written) {
    const Folder folder;
    const std::vector<std::string> wrong{"",    "Upper", "9lives", "a-b", "../x",
                                         "a b", "_x",    std::string(33, 'a')};
    for (const auto& id : wrong) {
        BOOST_CHECK_THROW(plugin::scaffold(id, folder.path / "new"), sdk::Error);
    }
    BOOST_TEST(!fs::exists(folder.path / "new"));
}

BOOST_AUTO_TEST_CASE(a_folder_with_something_in_it_is_left_alone) {
    const Folder folder;
    std::ofstream(folder.path / "mine") << "x";
    BOOST_CHECK_THROW(plugin::scaffold("hello", folder.path), sdk::Error);
    BOOST_TEST(std::distance(fs::directory_iterator(folder.path), fs::directory_iterator()) == 1);
}

BOOST_AUTO_TEST_SUITE_END()
