// A backup made while people write, restored elsewhere, with an agent that comes back to it.
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "tests/integration/session.hpp"

using namespace trellis::test;
namespace fs = std::filesystem;

namespace {

const std::string kPassphrase = "a passphrase of some length";

std::string textOf(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

json::object newGroup(const std::string& name) {
    return {{"action", "createmesh"}, {"meshname", name}, {"meshtype", 2}};
}

/// The restored server, on another port.
class Restored {
public:
    Restored(const ServerProcess& original, const std::string& data) : original_(original), data_(data) {
        pid_ = startProgram(original.program("trellisd"),
                            {"--data", data, "--port", std::to_string(port_)}, "/dev/null",
                            data + ".txt");
        const bool isReady = eventually(
            [&] { return textOf(data_ + ".txt").find("ready: https://") != std::string::npos; }, 60s);
        if (!isReady)
            throw std::runtime_error("the restored server did not get ready:\n" +
                                     textOf(data_ + ".txt"));
    }
    ~Restored() {
        ::kill(pid_, SIGTERM);
        awaitEnd(pid_, 30s);
    }
    ClientOptions client() const {
        ClientOptions out;
        out.port = port_;
        return out;
    }
    Finished ctl(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {"--data", data_});
        return runProgram(original_.program("trellisctl"), arguments);
    }

private:
    const ServerProcess& original_;
    const std::string data_;
    const std::uint16_t port_ = freePort();
    pid_t pid_ = -1;
};

} // namespace

BOOST_AUTO_TEST_SUITE(backup)

BOOST_AUTO_TEST_CASE(a_server_comes_back_from_a_backup_with_its_agents) {
    Site site;
    const TemporaryFolder folder("backup");
    const auto file = folder.path() / fs::path("one.backup");
    const auto into = folder.path() + "/data";
    const auto identity = site.mint.make();
    {
        AgentLink agent(site.server.client(), identity, site.settings);
        BOOST_TEST(agent.sawServerSignature);
        auto control = site.control();
        BOOST_TEST(control.ask(newGroup("Before")).at("result") == "ok");
        const auto put = control.ask({{"action", "fileoperation"},
                                      {"fileop", "set"},
                                      {"path", {"user//admin"}},
                                      {"file", "note.txt"},
                                      {"data", "aGVsbG8="}});
        BOOST_TEST(put.at("result") == "ok");
        // Somebody goes on changing things.
        std::atomic<bool> isOver{false};
        std::thread writer([&] {
            auto own = site.control();
            for (int i = 0; !isOver; ++i)
                own.ask(newGroup("During " + std::to_string(i)));
        });
        const auto made = site.server.tryCtl(
            {"backup", "create", file.string(), "--passphrase-stdin"}, kPassphrase + "\n");
        isOver = true;
        writer.join();
        BOOST_REQUIRE_MESSAGE(made.status == 0, made.output);
    }
    BOOST_TEST(textOf(file).find("admin") == std::string::npos);
    const auto verified =
        site.server.tryCtl({"restore", file.string(), "--verify", "--passphrase-stdin"}, kPassphrase + "\n");
    BOOST_TEST(verified.status == 0, verified.output);
    const auto inspected = json::parse(site.server.ctl(
        {"--json", "backup", "inspect", file.string(), "--passphrase-stdin"}, kPassphrase + "\n"));
    BOOST_TEST(inspected.at("server") == "localhost");
    site.server.stop();
    const auto restored = site.server.tryCtl(
        {"restore", file.string(), "--into", into, "--passphrase-stdin"}, kPassphrase + "\n");
    BOOST_REQUIRE_MESSAGE(restored.status == 0, restored.output);

    const Restored server(site.server, into);
    Control control(server.client(), "admin", ServerProcess::kPassword);
    BOOST_TEST(json::serialize(control.groups()).find("\"Before\"") != std::string::npos);
    const auto note = control.ask({{"action", "fileoperation"},
                                   {"fileop", "get"},
                                   {"path", {"user//admin"}},
                                   {"file", "note.txt"}});
    BOOST_TEST(note.at("data") == "aGVsbG8=");
    // The agent knows it: the same keys, its own record.
    const AgentLink agent(server.client(), identity, site.settings);
    BOOST_TEST(agent.sawServerSignature);
    const auto devices = server.ctl({"--json", "device", "list"});
    BOOST_TEST(devices.output.find(identity.deviceId) != std::string::npos);
    const auto audit = server.ctl({"audit", "verify"});
    BOOST_TEST(audit.status == 0, audit.output);
}

BOOST_AUTO_TEST_CASE(what_is_no_whole_backup_is_refused_and_changes_nothing) {
    Site site;
    const TemporaryFolder folder("backup");
    const std::string file = folder.path() + "/one.backup";
    site.server.ctl({"backup", "create", file, "--passphrase-stdin"}, kPassphrase + "\n");
    const auto good = textOf(file);
    const auto attempt = [&](const std::string& bytes, const std::string& passphrase) {
        std::ofstream(folder.path() + "/other", std::ios::binary) << bytes;
        const auto done =
            site.server.tryCtl({"restore", folder.path() + "/other", "--into", folder.path() + "/data",
                                "--passphrase-stdin"},
                               passphrase + "\n");
        BOOST_TEST(!fs::exists(folder.path() + "/data"));
        BOOST_TEST(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) == 2);
        return done;
    };
    const auto wrong = attempt(good, "another passphrase");
    BOOST_TEST(wrong.status == 77);
    BOOST_TEST(wrong.output.find("wrong passphrase") != std::string::npos);
    const auto truncated = attempt(good.substr(0, good.size() - 100), kPassphrase);
    BOOST_TEST(truncated.status == 73);
    BOOST_TEST(truncated.output.find("truncated") != std::string::npos);
    auto newer = good;
    newer[15] = 7;
    BOOST_TEST(attempt(newer, kPassphrase).output.find("newer version") != std::string::npos);
    BOOST_TEST(attempt("not a backup at all, but long enough to be read as one, is it not?",
                       kPassphrase)
                   .output.find("not a backup") != std::string::npos);
    const auto full = site.server.tryCtl(
        {"restore", file, "--into", site.server.data(), "--passphrase-stdin"}, kPassphrase + "\n");
    BOOST_TEST(full.status == 73);
    BOOST_TEST(full.output.find("not an empty folder") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_server_makes_backups_itself_and_says_how_it_went) {
    Site site({.config = "backup:\n  every_h: 1\n  passphrase: a passphrase of some length\n"});
    auto control = site.control();
    const auto console = [&](const std::string& line) {
        return json::value_to<std::string>(
            control.ask({{"action", "serverconsole"}, {"value", line}}).at("value"));
    };
    BOOST_TEST(console("backupconfig").find("everyH: 1") != std::string::npos);
    BOOST_TEST(console("autobackup").find("Starting") != std::string::npos);
    const auto list = [&] {
        return json::parse(site.server.ctl({"--json", "backup", "list"})).at("backups").as_array();
    };
    BOOST_REQUIRE(eventually([&] { return list().size() == 1; }, 30s));
    BOOST_TEST(eventually(
        [&] { return console("backupconfig").find("\"error\":\"\"") != std::string::npos; }, 10s));
    const auto health = request(site.server.client(), {.target = "/healthz"});
    BOOST_TEST(health.body.find("\"backup\":\"ok\"") != std::string::npos);
    // Downloaded, it is the same file; without the right there is nothing.
    const auto file = json::value_to<std::string>(list().front().at("file"));
    const auto target = "/api/backups/" + fs::path(file).filename().string();
    BOOST_TEST(request(site.server.client(), {.target = target}).status == 401);
    const auto cookie = signIn(site.server.client(), "admin", ServerProcess::kPassword);
    const auto got = request(site.server.client(), {.target = target, .headers = {{"Cookie", cookie}}});
    BOOST_TEST(got.status == 200);
    BOOST_TEST((got.body == textOf(file)));
}

BOOST_AUTO_TEST_CASE(a_failed_backup_shows_in_the_health_of_a_server_that_serves) {
    Site site({.config = "backup:\n  folder: /proc/no/such/folder\n"
                         "  passphrase: a passphrase of some length\n"});
    auto control = site.control();
    control.ask({{"action", "serverconsole"}, {"value", "autobackup"}});
    std::string body;
    BOOST_TEST(eventually(
        [&] {
            const auto reply = request(site.server.client(), {.target = "/healthz"});
            body = reply.body;
            return reply.status == 200 && body.find("\"backup\":\"failed\"") != std::string::npos;
        },
        15s), body);
    BOOST_TEST(body.find("\"status\":\"degraded\"") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
