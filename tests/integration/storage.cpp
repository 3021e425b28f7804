// What was acknowledged is kept; what can't be written is refused.
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>

#include "core/store/database.hpp"
#include "tests/integration/session.hpp"

using namespace trellis::test;

namespace {

bool isRefused(const json::object& answer) {
    const auto* result = answer.if_contains("result");
    return result != nullptr && result->is_string() && result->as_string() != "ok";
}

std::string groupNames(Control& control) {
    return json::serialize(control.groups());
}

json::object newGroup(const std::string& name) {
    return {{"action", "createmesh"}, {"meshname", name}, {"meshtype", 2}};
}

json::object newUser(const std::string& name) {
    return {{"action", "adduser"}, {"username", name}, {"pass", "Another-pass-1!"}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(storage)

BOOST_AUTO_TEST_CASE(a_locked_database_refuses_changes_and_keeps_nothing_of_them) {
    Site site({.config = "database:\n  busy_timeout_ms: 200\n"});
    auto control = site.control();
    const auto& url = site.server.databaseUrl();
    const auto other = trellis::store::Database::open(
        {.url = url.empty() ? trellis::store::defaultUrl(site.server.data()) : url});
    other->transaction([&](trellis::store::Session&) { // the writers' lock, held by another process
        BOOST_TEST(isRefused(control.ask(newGroup("Locked out"))));
        BOOST_TEST(isRefused(control.ask(newUser("lockedout"))));
        BOOST_TEST(groupNames(control).find("Locked out") == std::string::npos); // reads go on
    });
    BOOST_TEST(!isRefused(control.ask(newGroup("Let in"))));
    BOOST_TEST(!isRefused(control.ask(newUser("letin"))));
    BOOST_REQUIRE(site.server.stop() == 0);
    site.server.launch();
    auto again = site.control();
    const auto names = groupNames(again);
    BOOST_TEST(names.find("Let in") != std::string::npos);
    BOOST_TEST(names.find("Locked out") == std::string::npos);
    const auto users = site.server.ctl({"user", "list"});
    BOOST_TEST(users.find("letin") != std::string::npos);
    BOOST_TEST(users.find("lockedout") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_copied_database_serves_the_same_people) {
    Site site;
    {
        auto control = site.control();
        BOOST_TEST(!isRefused(control.ask(newGroup("Copied"))));
    }
    const auto& url = site.server.databaseUrl();
    const std::string from = url.empty() ? "sqlite:" + site.server.data() + "/trellis.db" : url;
    const std::string to = "sqlite:" + site.server.data() + "/copy.db";
    const auto early = site.server.tryCtl({"db", "copy", from, to});
    BOOST_TEST(early.status == 69);
    BOOST_TEST(early.output.find("stop it first") != std::string::npos);
    BOOST_REQUIRE(site.server.stop() == 0);
    BOOST_TEST(site.server.ctl({"db", "copy", from, to}).find("copied and compared") !=
               std::string::npos);
    const auto again = site.server.tryCtl({"db", "copy", from, to});
    BOOST_TEST(again.status == 73);
    BOOST_TEST(again.output.find("empty database") != std::string::npos);
    std::filesystem::create_directory(site.server.data() + "/conf.d");
    std::ofstream(site.server.data() + "/conf.d/database.yaml")
        << "database:\n  url: " << to << '\n';
    site.server.launch();
    auto control = site.control(); // the same account and password
    BOOST_TEST(groupNames(control).find("Copied") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_was_acknowledged_survives_a_kill) {
    Site site;
    const auto identity = site.mint.make();
    {
        auto control = site.control();
        AgentLink agent(site.server.client(), identity, site.settings);
        for (int i = 0; i < 20; ++i) {
            const auto number = std::to_string(i);
            BOOST_REQUIRE(!isRefused(control.ask(newGroup("Group " + number))));
            BOOST_REQUIRE(!isRefused(control.ask(newUser("user" + number))));
        }
        BOOST_TEST(site.server.stop(SIGKILL) == 128 + SIGKILL);
    }
    site.server.launch();
    auto control = site.control();
    const auto names = groupNames(control);
    const auto users = site.server.ctl({"user", "list"});
    for (int i = 0; i < 20; ++i) {
        const auto number = std::to_string(i);
        BOOST_TEST(names.find("\"Group " + number + "\"") != std::string::npos);
        BOOST_TEST(users.find("user" + number) != std::string::npos);
    }
    // The device was stored before its agent was told that it is authenticated.
    BOOST_TEST(site.server.ctl({"--json", "device", "list"}).find(identity.deviceId) !=
               std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
