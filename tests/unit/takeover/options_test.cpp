#include "core/config/config.hpp"
#include "core/takeover/options.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace trellis;

namespace {

struct Taken {
    takeover::Report report;
    takeover::Options options;
    std::string left;

    explicit Taken(std::string_view text, const std::string& certificateName = "web.example.org")
        : options(takeover::takeOptions(takeover::parseMeshConfig(text), certificateName, report)) {
        std::ostringstream out;
        report.print(out);
        left = out.str();
    }
    std::string at(const char* section, const char* key) const {
        const auto* part = options.values.if_contains(section);
        const auto* value = part ? part->as_object().if_contains(key) : nullptr;
        return value ? boost::json::serialize(*value) : "-";
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(takeover_options)

BOOST_AUTO_TEST_CASE(equivalents_are_taken) {
    const Taken taken(R"({
        "$schema": "x",
        "settings": {"Cert": "Mesh.Example.org", "Port": 8443, "RedirPort": 8080, "AliasPort": 443,
            "PortBind": "127.0.0.1", "TrustedProxy": "192.0.2.1, 192.0.2.0/24", "SessionTime": 60,
            "AgentPing": 60, "AgentIdleTimeout": 300, "NoAgentUpdate": 1, "AllowLoginToken": true,
            "MaxInvalidLogin": {"time": 5, "count": 7, "coolofftime": 15},
            "DbExpire": {"events": 864001}, "InterUserMessaging": ["user//a"]},
        "domains": {"": {"Title": "My \"Mesh\"", "UserSessionIdleTimeout": 10,
            "PasswordRequirements": {"min": 12}, "Limits": {"maxSingleUserSessions": 3}}}})");
    BOOST_TEST(taken.at("server", "name") == "\"mesh.example.org\"");
    BOOST_TEST(taken.at("server", "port") == "8443");
    BOOST_TEST(taken.at("server", "redirect_port") == "8080");
    BOOST_TEST(taken.at("server", "public_url") == "\"https://mesh.example.org\"");
    BOOST_TEST(taken.at("server", "bind") == "[\"127.0.0.1\"]");
    BOOST_TEST(taken.at("server", "trusted_proxies") == R"(["192.0.2.1","192.0.2.0/24"])");
    BOOST_TEST(taken.at("server", "title") == R"("My \"Mesh\"")");
    BOOST_TEST(taken.at("server", "user_messages") == R"(["user//a"])");
    BOOST_TEST(taken.at("login", "session_max_s") == "3600");
    BOOST_TEST(taken.at("login", "session_idle_s") == "600");
    BOOST_TEST(taken.at("login", "max_failures") == "7");
    BOOST_TEST(taken.at("login", "window_s") == "300");
    BOOST_TEST(taken.at("login", "lock_s") == "900");
    BOOST_TEST(taken.at("login", "links") == "true");
    BOOST_TEST(taken.at("login", "password_min_length") == "12");
    BOOST_TEST(taken.at("agents", "ping_s") == "60");
    BOOST_TEST(taken.at("agents", "idle_timeout_s") == "300");
    BOOST_TEST(taken.at("agents", "update") == "false");
    BOOST_TEST(taken.at("database", "keep_events_days") == "11");
    BOOST_TEST(taken.at("limits", "sessions_per_user") == "3");
    BOOST_TEST(taken.left.find("options of config.json") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_file_that_is_written_loads) {
    const Taken taken(R"({"settings": {"port": 8443}, "domains": {"": {"title": "a: #\t'\"é"}}})");
    const auto text = takeover::yamlOf(taken.options.values, "/opt/mesh\ncentral");
    const auto checked = config::checkServer(config::loadText(text, "trellis.yaml"));
    BOOST_TEST_MESSAGE(text + checked.report.text());
    BOOST_REQUIRE(checked.config);
    BOOST_TEST(checked.config->server().server.port == 8443);
    BOOST_TEST(checked.config->server().server.name == "web.example.org");
}

BOOST_AUTO_TEST_CASE(what_contradicts_a_default_is_left) {
    // The server would not start with a ping that comes after the idle timeout.
    const Taken taken(R"({"settings": {"agentPing": 160, "port": 8443}})");
    BOOST_TEST(taken.at("agents", "ping_s") == "-");
    BOOST_TEST(taken.at("server", "port") == "8443");
    BOOST_TEST(taken.left.find("agents.ping_s: not taken: must be less than") != std::string::npos);
    BOOST_TEST(config::checkServer(
                   config::loadText(takeover::yamlOf(taken.options.values, ""), "trellis.yaml"))
                   .config != nullptr);
    const Taken together(R"({"settings": {"agentPing": 160, "agentIdleTimeout": 400}})");
    BOOST_TEST(together.at("agents", "ping_s") == "160");
    const Taken ports(R"({"settings": {"port": 8443, "redirPort": 8443}})");
    BOOST_TEST(ports.at("server", "port") == "8443");
    BOOST_TEST(ports.at("server", "redirect_port") == "-");
}

BOOST_AUTO_TEST_CASE(ports_that_are_not_named_are_the_old_defaults) {
    const Taken taken("{}", "un-configured");
    BOOST_TEST(taken.at("server", "port") == "443");
    BOOST_TEST(taken.at("server", "redirect_port") == "80");
    BOOST_TEST(taken.at("server", "name") == "-");
}

BOOST_AUTO_TEST_CASE(the_rest_is_listed_with_a_sentence) {
    const Taken taken(R"({
        "settings": {"_Port": 1, "MpsPort": 4433, "Odd\u0007Key": 1, "UserAllowedIP": "192.0.2.1",
                     "AgentPing": -5},
        "domains": {"": {"NewAccounts": true, "PasswordRequirements": {"upper": 1, "force2factor": true}},
                    "customer": {"title": "x"}, "_off": {}},
        "smtp": {"host": "mail"}})");
    for (const char* line :
         {"settings.mpsport: a plugin's", "settings.odd key: not known",
          "settings.userallowedip: no filter", "domain.newaccounts: accounts are made",
          "domain.passwordrequirements.upper:", "smtp: a plugin's",
          "settings.agentping: not taken: "})
        BOOST_TEST(taken.left.find(line) != std::string::npos, line);
    BOOST_TEST(taken.options.domains.size() == 1U);
    BOOST_TEST(taken.options.factors.mail);
    BOOST_TEST(taken.left.find("_port") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(values_of_any_type_are_borne) {
    for (const char* text :
         {R"({"settings": 5, "domains": []})", R"({"settings": {"port": "x", "cert": 5}})",
          R"({"settings": {"maxinvalidlogin": false, "dbexpire": 1, "trustedproxy": {}}})",
          R"({"domains": {"": {"title": {}, "limits": {"maxdevices": "x"}}}})"})
        BOOST_CHECK_NO_THROW(Taken{text});
}

BOOST_AUTO_TEST_SUITE_END()
