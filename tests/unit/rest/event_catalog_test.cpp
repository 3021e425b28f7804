// The table of events against the code that makes them, and the page that is written from it.
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "core/api/event_catalog.hpp"

using namespace trellis;

namespace {

const std::filesystem::path kRoot = TRELLIS_SOURCE_DIR;

std::string textOf(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

/// Actions that are written where events are made.
std::set<std::string> actionsInCode() {
    const std::regex made(
        R"re((?:eventOf\([^;"]*"[a-z]*",\s*|(?:event|line|told)\.action = )"([A-Za-z.]+)")re");
    std::set<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(kRoot / "core")) {
        if (entry.path().extension() != ".cpp")
            continue;
        const auto text = textOf(entry.path());
        for (auto at = std::sregex_iterator(text.begin(), text.end(), made);
             at != std::sregex_iterator(); ++at)
            found.insert((*at)[1]);
    }
    return found;
}

} // namespace

BOOST_AUTO_TEST_SUITE(event_catalog)

BOOST_AUTO_TEST_CASE(every_event_that_the_code_makes_is_in_the_table) {
    std::set<std::string> listed;
    for (const auto& event : api::eventCatalog())
        BOOST_TEST(listed.insert(event.action).second, event.action);
    const auto made = actionsInCode();
    BOOST_TEST(made.size() > 10u); // else the pattern finds nothing any more
    for (const auto& action : made)
        BOOST_TEST(listed.contains(action), action);
}

BOOST_AUTO_TEST_CASE(the_page_of_events_is_current) {
    const auto file = kRoot / "docs/reference/events.md";
    if (std::getenv("TRELLIS_UPDATE"))
        std::ofstream(file, std::ios::binary) << api::eventReference();
    BOOST_TEST(textOf(file) == api::eventReference(),
               "run: TRELLIS_UPDATE=1 build/release/bin/unit-rest -t event_catalog");
}

BOOST_AUTO_TEST_SUITE_END()
