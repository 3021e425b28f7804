// The program itself, as a process.
#include "agent/base/file.hpp"
#include "agent/service/process.hpp"
#include "agent_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <filesystem>
#include <map>

using namespace trellis::device;
using agentd_test::AgentFixture;
using agentd_test::serverIdentity;
namespace w = trellis::wire;

namespace {
const std::string kProgram = TRELLIS_BINARY_DIR "/bin/trellis-agent";

struct ProgramFixture : AgentFixture, private Process::Handler {
    std::string output;
    int exitCode = -2;
    std::map<std::string, std::string> environment;
    std::unique_ptr<Process> process;

    void startProgram(std::vector<std::string> args, const std::string& program = kProgram) {
        ProgramOptions options;
        options.path = program;
        options.args = std::move(args);
        options.args.insert(options.args.begin(), "trellis-agent");
        options.folder = "/";
        options.environment = environment;
        process = std::make_unique<Process>(loop, static_cast<Process::Handler&>(*this), options);
    }
    void startRunning() {
        replaceFile(folder.path("agent.msh"), settingsText(serverIdentity().nodeId), 0600);
        {
            Database database(folder.path("agent.db"));
            agentd_test::storeDeviceIdentity(database);
        }
        startProgram({"run", "--msh", folder.path("agent.msh")});
    }
    bool waitForExit() {
        return agentd_test::runUntil(loop, [&] { return exitCode != -2; });
    }

private:
    void onOutput(bool, std::string_view bytes) override { output += bytes; }
    void onDrained() override {}
    void onExit(int code, int signal) override { exitCode = code >= 0 ? code : 1000 + signal; }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(agent_program, ProgramFixture)

BOOST_AUTO_TEST_CASE(it_names_itself_and_its_version) {
    startProgram({"version"});
    BOOST_REQUIRE(waitForExit());
    BOOST_TEST(exitCode == 0);
    BOOST_TEST(output.starts_with("trellis-agent "));
}

BOOST_AUTO_TEST_CASE(connecting_for_once_leaves_nothing_beside_the_settings_nor_elsewhere) {
    replaceFile(folder.path("agent.msh"), settingsText(serverIdentity().nodeId), 0600);
    environment["TMPDIR"] = folder.path("tmp");
    makeFolders(folder.path("tmp"), 0700);
    startProgram({"run", "--temporary", "--msh", folder.path("agent.msh")});
    BOOST_REQUIRE(agentd_test::runUntil(loop, [&] {
        return !std::filesystem::is_empty(folder.path("tmp"));
    }));
    for (const auto& entry : std::filesystem::directory_iterator(folder.path("tmp"))) {
        BOOST_TEST(((entry.status().permissions() & std::filesystem::perms::all) ==
                    std::filesystem::perms::owner_all));
    }
    process->signal(SIGTERM);
    BOOST_REQUIRE(waitForExit());
    BOOST_TEST(exitCode == 0);
    BOOST_TEST(std::filesystem::is_empty(folder.path("tmp")));
    BOOST_TEST(!std::filesystem::exists(folder.path("agent.db")));
}

BOOST_AUTO_TEST_CASE(wrong_use_and_missing_settings_are_said) {
    startProgram({"dance"});
    BOOST_REQUIRE(waitForExit());
    BOOST_TEST(exitCode == 2);
    BOOST_TEST(output.find("unknown command \"dance\"") != std::string::npos);
    exitCode = -2;
    startProgram({"run", "--msh", "/no/such.msh", "--data", folder.path()});
    BOOST_REQUIRE(waitForExit());
    BOOST_TEST(exitCode == 1);
    BOOST_TEST(output.find("/no/such.msh can't be read") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_stop_signal_ends_it_in_order) {
    startRunning();
    play([&] {
        server.accept();
        server.authenticate(serverIdentity());
    });
    process->signal(SIGTERM);
    BOOST_REQUIRE(waitForExit());
    BOOST_TEST(exitCode == 0);
    BOOST_TEST(output.find("stopped") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_script_that_does_not_return_costs_a_restart_in_place) {
    moreSettings = "scriptTimeLimit=1\r\n";
    startRunning();
    const auto core = w::coreOf("for (;;) {}");
    play([&] {
        server.accept();
        server.authenticate(serverIdentity());
        server.send(w::buildCoreModule(core));
        // The same process comes back, reports the core truthfully and does not run it.
        server.accept();
        server.receiveUntil(w::Command::AuthInfo);
        server.send(w::buildAuthRequest({server.certificateHash(), w::randomNonce()}));
        server.send(w::buildAuthConfirm());
        server.receiveUntil(w::Command::AgentTag);
        server.send(w::buildHeader(w::Command::CoreModuleHash));
        BOOST_TEST((server.receiveCommand() == w::buildHash(w::Command::CoreModuleHash, w::sha384(core))));
        server.send(w::buildHeader(w::Command::CoreOk));
        BOOST_TEST(server.receive().payload.find("did not return") != std::string::npos);
    });
    BOOST_TEST(exitCode == -2);
}

BOOST_AUTO_TEST_CASE(a_newer_program_takes_over_the_process) {
    const auto own = folder.path("trellis-agent");
    const auto old = readFile(kProgram, 64 * 1024 * 1024).value();
    replaceFile(own, old, 0755);
    replaceFile(folder.path("agent.msh"), settingsText(serverIdentity().nodeId), 0600);
    {
        Database database(folder.path("agent.db"));
        agentd_test::storeDeviceIdentity(database);
    }
    startProgram({"run", "--msh", folder.path("agent.msh")}, own);
    const auto newer = old + "newer";  // an ELF file ignores what follows it
    play([&] {
        server.accept();
        server.authenticate(serverIdentity());
        server.send(w::buildHeader(w::Command::AgentUpdate));
        for (std::size_t at = 0; at < newer.size(); at += w::kMaxUpdateBlock) {
            server.send(w::buildUpdateBlock(w::bytesOf(std::string_view(newer).substr(at, w::kMaxUpdateBlock)), 1));
            server.receiveUntil(w::Command::AgentUpdateBlock);
        }
        server.send(w::buildHash(w::Command::AgentUpdate, w::sha384(w::bytesOf(newer))));
        server.accept();
        server.receiveUntil(w::Command::AuthInfo);
        server.send(w::buildAuthRequest({server.certificateHash(), w::randomNonce()}));
        server.send(w::buildAuthConfirm());
        server.receiveUntil(w::Command::AgentTag);
        server.send(w::buildHeader(w::Command::AgentHash));
        BOOST_TEST((server.receiveCommand() ==
                    w::buildHash(w::Command::AgentHash, w::sha384(w::bytesOf(newer)))));
    });
    BOOST_TEST(exitCode == -2);
    BOOST_TEST((readFile(own, 64 * 1024 * 1024) == newer));
}

BOOST_AUTO_TEST_SUITE_END()
