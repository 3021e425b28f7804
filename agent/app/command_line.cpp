#include "agent/app/command_line.hpp"

#include "agent/app/agent.hpp"
#include "agent/base/file.hpp"
#include "agent/base/log.hpp"
#include "agent/platform/linux/desktop/blank.hpp"
#include "agent/platform/linux/desktop/privacy_bar.hpp"
#include "agent/platform/linux/desktop/program.hpp"
#include "agent/platform/linux/desktop/virtual_display.hpp"
#include "agent/platform/linux/facts.hpp"
#include "agent/platform/linux/service.hpp"

#include <trellis/wire/settings.hpp>
#include <trellis/wire/text.hpp>

#include <malloc.h>
#include <openssl/crypto.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <system_error>

namespace trellis::device {
namespace {
constexpr const char* kHelp =
    "usage: trellis-agent COMMAND [--msh FILE] [--data DIR] [--verbose]\n"
    "\n"
    "  run        connect and stay connected, in the foreground\n"
    "  connect    the same for once: no update, nothing is kept on this machine, and the server\n"
    "             forgets the device soon after it has ended (also: run --temporary)\n"
    "  install    make it a service of this machine (root)\n"
    "  uninstall  stop it and remove everything, the device's identity included (root)\n"
    "  nodeid     print this device's id\n"
    "  version    print the version\n"
    "\n"
    "  --msh FILE   settings of the server; otherwise <program>.msh\n"
    "  --data DIR   where the identity is kept; otherwise the folder of the settings, and for\n"
    "               connect a private one that is removed at the end\n";

Verb verbOf(const std::string& word) {
    if (word == "run") return Verb::Run;
    if (word == "connect") return Verb::Connect;
    if (word == "install" || word == "-install" || word == "-fullinstall") return Verb::Install;
    if (word == "uninstall" || word == "-uninstall" || word == "-fulluninstall") {
        return Verb::Uninstall;
    }
    if (word == "version" || word == "--version" || word == "-version") return Verb::Version;
    if (word == "desktop") return Verb::Desktop;  // started by the agent, not by people
    if (word == "blank-monitors") return Verb::Blank;          // by the desktop program
    if (word == "privacy-bar") return Verb::PrivacyBar;        // by the script
    if (word == "virtual-screen") return Verb::VirtualScreen;  // by the desktop program
    if (word == "nodeid" || word == "-nodeid") return Verb::NodeId;
    return Verb::Help;
}

std::string folderOf(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

std::string settingsFile(const CommandLine& line) {
    return line.settingsFile.empty() ? platform::programPath() + ".msh" : line.settingsFile;
}

/// Throws with a sentence.
std::string settingsText(const CommandLine& line) {
    const auto path = settingsFile(line);
    if (auto text = readFile(path, wire::kMaxSettings)) return *text;
    if (line.settingsFile.empty()) {
        // Appended to the program by the server that handed it out (protocol 2.4).
        const auto program = readFile(platform::programPath(), 64 * 1024 * 1024).value_or("");
        if (program.size() > wire::kSettingsTrailer) {
            const auto body = program.size() - wire::kSettingsTrailer;
            const auto size = wire::embeddedSettingsSize(wire::bytesOf(program).subspan(body));
            if (size && *size <= body) return program.substr(body - *size, *size);
        }
    }
    throw std::runtime_error("no settings: " + path + " can't be read; give the file from the server "
                             "with --msh FILE");
}

Settings loadSettings(const std::string& text, const std::string& name) {
    auto result = readSettings(text);
    if (!result.value) throw std::runtime_error(name + ": " + result.error);
    return std::move(*result.value);
}

std::string dataFolder(const CommandLine& line) {
    auto folder = line.dataFolder.empty() ? folderOf(settingsFile(line)) : line.dataFolder;
    makeFolders(folder, 0700);
    return folder;
}

/// A folder of its own for what is not to be kept; removed with this object.
class TemporaryFolder {
public:
    TemporaryFolder() {
        const char* base = std::getenv("TMPDIR"); // NOLINT(concurrency-mt-unsafe): no thread runs yet
        path_ = std::string(base != nullptr && *base == '/' ? base : "/tmp") + "/trellis-agent-XXXXXX";
        if (::mkdtemp(path_.data()) == nullptr) { // 0700
            throw std::system_error(errno, std::generic_category(), path_);
        }
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const std::string& path() const noexcept { return path_; }

private:
    std::string path_;
};

/// SIGTERM and SIGINT end the loop in order.
class StopSignals {
public:
    explicit StopSignals(Loop& loop) : loop_(loop) {
        sigset_t set;
        ::sigemptyset(&set);
        for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&set, number);
        ::sigprocmask(SIG_BLOCK, &set, nullptr);
        fd_.reset(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
        loop_.watch(fd_.get(), EPOLLIN, [this](std::uint32_t) {
            signalfd_siginfo info{};
            if (::read(fd_.get(), &info, sizeof info) == sizeof info) loop_.stop();
        });
    }
    ~StopSignals() { loop_.unwatch(fd_.get()); }
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

private:
    Loop& loop_;
    Fd fd_;
};

Agent::Ending serve(const CommandLine& line) {
    ::signal(SIGPIPE, SIG_IGN);
    // After a restart in place children of the old program may be left as zombies.
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    Loop loop;
    const StopSignals signals(loop); // before there is anything that a signal could leave behind
    AgentOptions options;
    std::optional<TemporaryFolder> passing; // outlives the agent, which writes into it
    if (line.verb == Verb::Connect && line.dataFolder.empty()) passing.emplace();
    options.dataFolder = passing ? passing->path() : dataFolder(line);
    options.program = platform::programPath();
    options.isTemporary = line.verb == Verb::Connect;
    options.isService = line.isService;
    Agent agent(loop, loadSettings(settingsText(line), settingsFile(line)), options);
    agent.start();
    loop.run();
    agent.stop();
    // Children get their two seconds from the kernel's SIGHUP to our SIGKILL.
    for (int i = 0; i < 25 && ::waitpid(-1, nullptr, WNOHANG) >= 0; ++i) {
        loop.runOnce(Milliseconds(100));
    }
    log::info("stopped");
    return agent.ending();
}

int runAgent(const CommandLine& line) {
    const auto program = platform::programPath();
    switch (serve(line)) {
    case Agent::Ending::Stop: return 0;
    case Agent::Ending::Restart:
        restartProgram(program.c_str());
        std::perror("trellis-agent: can't start the new program");
        return 1;
    case Agent::Ending::Uninstall:
        if (line.isService) platform::uninstallService();
        return 0;
    }
    return 0;
}

int run(const CommandLine& line) {
    switch (line.verb) {
    case Verb::Help: std::fputs(kHelp, stdout); return 0;
    case Verb::Version: std::puts("trellis-agent " TRELLIS_VERSION); return 0;
    case Verb::Run:
    case Verb::Connect: return runAgent(line);
    case Verb::Install: {
        const auto text = settingsText(line);
        loadSettings(text, settingsFile(line));
        platform::installService(text);
        std::puts("trellis-agent is installed and runs");
        return 0;
    }
    case Verb::Uninstall:
        platform::uninstallService();
        std::puts("trellis-agent is removed");
        return 0;
    case Verb::Desktop: return desktop::runDesktopProgram();
    case Verb::PrivacyBar: return desktop::runPrivacyBar();
    case Verb::VirtualScreen: return desktop::runVirtualScreen();
    case Verb::Blank: return desktop::runBlankProgram();
    case Verb::NodeId: {
        Database database(dataFolder(line) + "/agent.db");
        const auto identity = loadIdentity(database);
        std::puts(wire::encodeId64(identity.nodeId).c_str());
        return 0;
    }
    }
    return 2;
}
}  // namespace

CommandLine parseCommandLine(const std::vector<std::string>& args) {
    CommandLine line;
    if (args.empty()) return line;
    line.verb = verbOf(args[0]);
    if (line.verb == Verb::Help && args[0] != "help" && args[0] != "--help" && args[0] != "-h") {
        line.error = "unknown command \"" + args[0] + '"';
    }
    for (std::size_t i = 1; i < args.size() && line.error.empty(); ++i) {
        auto* value = args[i] == "--msh" ? &line.settingsFile
                      : args[i] == "--data" ? &line.dataFolder
                                            : nullptr;
        if (value != nullptr) {
            if (i + 1 == args.size() || args[i + 1].empty()) {
                line.error = args[i] + " needs a value";
            } else {
                *value = args[++i];
            }
        } else if (args[i] == "--temporary" && (line.verb == Verb::Run || line.verb == Verb::Connect)) {
            line.verb = Verb::Connect;
        } else if (args[i] == "--service") {
            line.isService = true;
        } else if (args[i] == "--verbose") {
            line.isVerbose = true;
        } else {
            line.error = "unknown argument \"" + args[i] + '"';
        }
    }
    return line;
}

int runCommandLine(int argc, char** argv) {
    rememberCommandLine(argv);
    // OpenSSL is inside this program: the device's openssl.cnf speaks of another build of it, and can
    // name modules that this one must not map.
    ::OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
    // One arena: the few helper threads don't allocate enough to deserve their own.
    ::mallopt(M_ARENA_MAX, 1);
    const auto line = parseCommandLine({argv + 1, argv + argc});
    if (!line.error.empty()) {
        std::fprintf(stderr, "trellis-agent: %s\n%s", line.error.c_str(), kHelp);
        return 2;
    }
    if (line.isVerbose) log::setLevel(log::Level::Debug);
    try {
        return run(line);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "trellis-agent: %s\n", e.what());
        return 1;
    }
}

}  // namespace trellis::device
