#include <string>

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include "core/config/yaml_guard.hpp"
#include "tests/unit/config/support.hpp"

using namespace trellis;
using namespace trellis::config;

BOOST_AUTO_TEST_SUITE(load_and_check)

BOOST_AUTO_TEST_CASE(absent_and_empty_files_are_working_defaults) {
    const TempFolder folder;
    for (const auto& file : {folder.path() / "absent.yaml", folder.write("empty.yaml", "")}) {
        const auto checked = check(load({.file = file}), golden::samplePlugins());
        BOOST_REQUIRE(checked.config);
        BOOST_TEST(checked.config->server().server.port == 8443);
        BOOST_TEST(!checked.config->server().server.name.empty());
        BOOST_TEST(checked.config->server().agents.idleTimeout.count() == 150);
    }
    BOOST_TEST(check(Source(), {}).report.ok());
}

BOOST_AUTO_TEST_CASE(a_file_that_must_exist_is_missed) {
    const auto source = load({.file = "/nonexistent/trellis.yaml", .fileMustExist = true});
    BOOST_TEST(source.report().text() ==
               "/nonexistent/trellis.yaml: cannot be read: No such file or directory\n");
}

BOOST_AUTO_TEST_CASE(what_is_not_a_file_is_refused_and_not_waited_for) {
    const TempFolder folder;
    const auto fifo = folder.path() / "fifo.yaml";
    BOOST_REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    BOOST_TEST(load({.file = fifo}).report().text() == fifo.string() + ": is not a regular file\n");
    BOOST_TEST(load({.file = folder.path()}).report().text() ==
               folder.path().string() + ": is a folder, not a file\n");
}

BOOST_AUTO_TEST_CASE(later_layers_win) {
    const TempFolder folder;
    LoadRequest request{.file =
                            folder.write("trellis.yaml", "server: {port: 1, redirect_port: 2}")};
    const auto port = [&] { return check(load(request), {}).config->server().server.port; };
    BOOST_TEST(port() == 1);
    folder.write("conf.d/b.yaml", "server: {port: 3}");
    folder.write("conf.d/a.yaml", "server: {port: 4}");
    BOOST_TEST(port() == 3);
    request.environment["TRELLIS__SERVER__PORT"] = "5";
    BOOST_TEST(port() == 5);
    request.overrides.push_back({"server.port", "6", "--port"});
    BOOST_TEST(port() == 6);
    BOOST_TEST(check(load(request), {}).config->server().server.redirectPort == 2);
}

BOOST_AUTO_TEST_CASE(tenants_have_paths_or_host_names) {
    const TempFolder folder;
    const auto file = folder.write("trellis.yaml",
                                   "server: {name: srv.example}\n"
                                   "domains:\n"
                                   "  acme: {title: Acme, max_accounts: 5}\n"
                                   "  gamma: {dns: Gamma.example}\n");
    const auto checked = check(load({.file = file}), {});
    BOOST_REQUIRE_MESSAGE(checked.config, checked.report.text());
    const auto& server = checked.config->server();
    BOOST_TEST(server.domains.at("acme").title == "Acme");
    BOOST_TEST(server.domains.at("acme").maxAccounts == 5U);
    BOOST_TEST(server.prefixOf("acme") == "/acme");
    BOOST_TEST(server.prefixOf("gamma") == "");
    BOOST_TEST(server.prefixOf("") == "");
    BOOST_TEST(server.urlOf("", "https://srv:1") == "https://srv:1");
    BOOST_TEST(server.urlOf("acme", "https://srv:1") == "https://srv:1/acme");
    BOOST_TEST(server.urlOf("gamma", "https://srv:1") == "https://Gamma.example:1");
    BOOST_TEST(server.urlOf("gamma", "https://[::1]") == "https://Gamma.example");
}

BOOST_AUTO_TEST_CASE(tenants_that_could_not_be_reached_are_refused) {
    const TempFolder folder;
    const auto report = [&](const std::string& domains) {
        const auto file = folder.write("trellis.yaml", "server: {name: srv.example}\ndomains:\n" + domains);
        return check(load({.file = file}), {}).report.text();
    };
    for (const auto* id : {"api", "plugins", "Acme", "_x", "-x", "a.b", "a/b", "login"})
        BOOST_TEST(report("  " + std::string(id) + ": {}\n").find("an id is 1 to 64 of") !=
                       std::string::npos,
                   id);
    BOOST_TEST(report("  a: {dns: SRV.example}\n").find("is the same as server.name") !=
               std::string::npos);
    BOOST_TEST(report("  a: {dns: x.example}\n  b: {dns: X.example}\n")
                   .find("domains.b.dns: is the same as domains.a.dns") != std::string::npos);
    BOOST_TEST(report("  a: {password_min_length: 5}\n").find("must be 0 or at least 8") !=
               std::string::npos);
    BOOST_TEST(report("  a: {titel: x}\n").find("title") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_wrong_option_is_named_as_the_option) {
    LoadRequest request;
    request.overrides.push_back({"server.port", "http", "--port"});
    BOOST_TEST(check(load(request), {}).report.text() ==
               "option --port: server.port: expected an integer from 1 to 65535, got \"http\"\n");
}

BOOST_AUTO_TEST_CASE(the_early_check_reads_switches_and_leaves_plugins_alone) {
    const auto early = checkServer(loadText("server: {port: 99}\n"
                                            "plugins: {mqtt: {enabled: no, what: ever}, other: {}}",
                                            "t.yaml"));
    BOOST_REQUIRE(early.config);
    BOOST_TEST(early.config->server().server.port == 99);
    BOOST_TEST(!early.config->pluginEnabled("mqtt"));
    BOOST_TEST(early.config->pluginEnabled("other"));
    BOOST_TEST(!early.config->pluginEnabled("absent", false));
    BOOST_TEST(!checkServer(loadText("plugins: {mqtt: {enabled: 3}}", "t.yaml")).report.ok());
}

BOOST_AUTO_TEST_CASE(a_plugin_that_was_only_switched_on_can_not_stop_the_server) {
    const TempFolder folder;
    folder.write("plugins.d/zz-toggles.yaml", "plugins: {mqtt: {enabled: true}}");
    const auto checked = check(load({.dataDir = folder.path()}), golden::samplePlugins());
    BOOST_REQUIRE(checked.config);
    BOOST_TEST(checked.config->pluginEnabled("mqtt", false));
    BOOST_TEST(checked.config->pluginOptions("mqtt")->problems().size() == 1U);
}

BOOST_AUTO_TEST_CASE(secrets_come_from_files_and_are_masked) {
    const TempFolder folder;
    const auto secret = folder.write("key", "correct horse\n");
    ::chmod(secret.c_str(), 0600);
    const auto file =
        folder.write("trellis.yaml", "plugins: {mqtt: {broker: b, password: !file key}}");
    const auto checked = check(load({.file = file}), golden::samplePlugins());
    BOOST_REQUIRE(checked.config);
    BOOST_TEST(checked.report.warnings.empty());
    BOOST_TEST(checked.config->pluginOptions("mqtt")->text("password") == "correct horse");
    const std::string shown = boost::json::serialize(checked.config->masked());
    BOOST_TEST(shown.find("horse") == std::string::npos);
    BOOST_TEST(shown.find("***") != std::string::npos);
    ::chmod(secret.c_str(), 0644);
    BOOST_TEST(check(load({.file = file}), golden::samplePlugins()).report.warnings.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_secret_with_a_nul_or_too_long_is_refused) {
    const TempFolder folder;
    const auto file = folder.write("trellis.yaml", "database: {url: !file key}");
    folder.write("key", std::string("sqlite:\0x", 9));
    BOOST_TEST(check(load({.file = file}), {}).report.text().find("NUL byte") != std::string::npos);
    folder.write("key", std::string(70000, 'x'));
    BOOST_TEST(check(load({.file = file}), {}).report.text().find("larger than 64 KiB") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(limits_are_told_and_end_the_reading) {
    BOOST_TEST(problems("server: " + std::string(kMaxFileBytes, 'x')) ==
               "t.yaml:1:1: larger than 1 MiB\n");
    BOOST_TEST(problems(std::string(kMaxLineBytes + 1, '#')) ==
               "t.yaml:1:65537: a line longer than 64 KiB\n");
    BOOST_TEST(problems("a: " + std::string(30000, '[')) ==
               "t.yaml:1:20004: more than 20000 brackets\n");
    std::string keys;
    for (int i = 0; i < 2001; ++i)
        keys += "k" + std::to_string(i) + ": 1\n";
    BOOST_TEST(problems(keys).find("t.yaml:2001:1: more than 2000 keys in one section\n") == 0U);
    std::string anchors;
    for (int i = 0; i < 300; ++i)
        anchors += "k" + std::to_string(i) + ": &a" + std::to_string(i) + " 1\n";
    BOOST_TEST(problems(anchors).find("t.yaml:257:7: k256: more than 256 anchors\n") == 0U);
}

BOOST_AUTO_TEST_CASE(an_alias_bomb_is_defused) {
    std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
    for (int i = 1; i < 9; ++i) {
        const std::string before = "*a" + std::to_string(i - 1);
        bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
        for (int n = 0; n < 10; ++n)
            bomb += (n ? "," : "") + before;
        bomb += "]\n";
    }
    BOOST_TEST(problems(bomb).find("more than 20000 values") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(bytes_that_are_not_text_are_placed) {
    BOOST_TEST(problems("a: 1\nb: \xff") == "t.yaml:2:4: not UTF-8 text\n");
    BOOST_TEST(problems("a: \xc0\xaf") == "t.yaml:1:4: not UTF-8 text\n");
    BOOST_TEST(problems("a: \xed\xa0\x80") == "t.yaml:1:4: not UTF-8 text\n");
    BOOST_TEST(problems(std::string("a: \0b", 5)).find("t.yaml:1:4: a control character") == 0U);
    BOOST_TEST(problems("\xEF\xBB\xBFserver: {port: 1}\r\n") == "ok");
}

BOOST_AUTO_TEST_CASE(all_problems_of_all_files_come_in_one_report) {
    const TempFolder folder;
    const auto file = folder.write("trellis.yaml", "server: {prot: 1}\nlog: {level: loud}\n");
    folder.write("conf.d/1.yaml", "relay: {pairing_s: x}");
    LoadRequest request{.file = file};
    request.environment["TRELLIS__AGENTS__UPDATE"] = "maybe";
    const auto report = check(load(request), golden::samplePlugins()).report;
    BOOST_TEST(report.errors.size() == 4U);
}

BOOST_AUTO_TEST_CASE(endless_problems_are_cut) {
    std::string text = "server:\n";
    for (int i = 0; i < 2000; ++i)
        text += "  unknown" + std::to_string(i) + ": 1\n";
    const auto report = checkText(text).report;
    BOOST_TEST(report.errors.size() == 501U);
}

BOOST_AUTO_TEST_SUITE_END()
