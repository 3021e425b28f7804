// trellisctl with and without a server, and starts that can't work.
#include <filesystem>
#include <fstream>

#include <boost/test/unit_test.hpp>

#include "tests/integration/session.hpp"

using namespace trellis::test;

namespace {

const std::vector<std::string> kAddEve{"user", "add", "eve", "--site-admin", "--password-stdin"};
const std::string kEvePassword = "another horse 43 battery";

bool canSignIn(const ServerProcess& server, const std::string& password = kEvePassword) {
    return !signIn(server.client(), "eve", password).empty();
}

} // namespace

BOOST_AUTO_TEST_SUITE(administration)

BOOST_AUTO_TEST_CASE(an_account_is_made_while_the_server_runs) {
    ServerProcess server;
    server.ctl(kAddEve, kEvePassword + "\n");
    BOOST_TEST(canSignIn(server));
    BOOST_TEST(!canSignIn(server, "wrong"));
    const auto twice = server.tryCtl(kAddEve, "yet another 44 password\n");
    BOOST_TEST(twice.status != 0);
    BOOST_TEST(twice.output.find("name") != std::string::npos);
    BOOST_TEST(canSignIn(server));
}

BOOST_AUTO_TEST_CASE(an_account_is_made_while_the_server_does_not_run) {
    ServerProcess server;
    BOOST_TEST(server.stop() == 0);
    server.ctl(kAddEve, kEvePassword + "\n");
    server.launch();
    BOOST_TEST(canSignIn(server));
}

BOOST_AUTO_TEST_CASE(a_poor_password_makes_no_account) {
    ServerProcess server;
    for (const std::string& password : {std::string(), std::string("short"), std::string("password")})
        BOOST_TEST(server.tryCtl(kAddEve, password + "\n").status != 0);
    BOOST_TEST(server.ctl({"user", "list"}).find("eve") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_second_server_on_one_data_folder_is_refused) {
    ServerProcess server;
    const auto second =
        runProgram(server.program("trellisd"), {"--data", server.data(), "--port", "1"});
    BOOST_TEST(second.status != 0);
    BOOST_TEST(second.status < 128);
    BOOST_TEST(second.output.find(server.data()) != std::string::npos);
    BOOST_TEST(second.output.find("ready:") == std::string::npos);
    BOOST_TEST(request(server.client(), {.target = "/healthz"}).status == 200);
}

BOOST_AUTO_TEST_CASE(a_taken_port_is_refused_in_one_sentence) {
    ServerProcess server;
    const TemporaryFolder data("second");
    data.write("trellis.yaml", "server:\n  name: localhost\n  bind: [127.0.0.1]\n  fast_certs: true\n");
    const auto second = runProgram(server.program("trellisd"), {"--data", data.path(), "--port",
                                                                std::to_string(server.port())});
    BOOST_TEST(second.status != 0);
    BOOST_TEST(second.status < 128);
    BOOST_TEST(second.output.find(std::to_string(server.port())) != std::string::npos);
    BOOST_TEST(second.output.find("ready:") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_reload_offers_the_agents_of_another_folder) {
    ServerProcess server;
    const TemporaryFolder agents("agents");
    agents.write("meshagent_arm", std::string(5000, 'a'));
    const auto offered = [&] {
        return request(server.client(), {.target = "/meshagents?id=9"}).status == 200;
    };
    BOOST_TEST(!offered());
    std::filesystem::create_directories(server.data() + "/conf.d");
    std::ofstream(server.data() + "/conf.d/agents.yaml") << "agents:\n  path: " << agents.path() << "\n";
    server.sendSignal(SIGHUP);
    BOOST_TEST(eventually(offered, 20s));
}

BOOST_AUTO_TEST_CASE(wrong_configuration_is_reported_all_at_once) {
    const TemporaryFolder data("wrong");
    data.write("trellis.yaml", "server:\n"
                               "  port: soon\n"
                               "  tilte: Lab\n"
                               "limits:\n"
                               "  idle_s: 99999\n"
                               "log:\n"
                               "  level: loud\n");
    const auto done = runProgram(programFolder() + "/trellisd", {"--data", data.path()});
    BOOST_TEST(done.status == 78); // EX_CONFIG of sysexits.h
    for (const char* part : {"trellis.yaml:2:9: server.port", "trellis.yaml:3:3: server.tilte",
                             "did you mean \"title\"", "trellis.yaml:5:11: limits.idle_s",
                             "trellis.yaml:7:10: log.level"})
        BOOST_TEST(done.output.find(part) != std::string::npos, part << " in " << done.output);
}

BOOST_AUTO_TEST_SUITE_END()
