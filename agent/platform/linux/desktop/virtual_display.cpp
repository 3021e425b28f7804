#include "agent/platform/linux/desktop/virtual_display.hpp"

#include "agent/base/file.hpp"
#include "agent/base/log.hpp"
#include "agent/platform/linux/desktop/find_display.hpp"
#include "agent/platform/linux/desktop/x_authority.hpp"
#include "agent/service/child.hpp"

#include <fcntl.h>
#include <openssl/rand.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace trellis::device::desktop {
namespace {
constexpr int kStartMs = 20'000;
/// How long windows stay for one who comes back.
constexpr std::chrono::minutes kGrace{5};
constexpr Milliseconds kLookEvery{10'000};

std::string firstOf(std::initializer_list<const char*> paths) {
    for (const char* path : paths) {
        if (::access(path, X_OK) == 0) return path;
    }
    return {};
}
std::string serverProgram() { return firstOf({"/usr/bin/Xvfb", "/usr/bin/Xvnc", "/usr/bin/Xtigervnc"}); }

/// Until the line end, "" if it does not come in time.
std::string readLine(int fd) {
    std::string line;
    const auto until = Clock::now() + Milliseconds(kStartMs);
    while (line.size() < 1'000) {
        const auto left = std::chrono::duration_cast<Milliseconds>(until - Clock::now()).count();
        pollfd wait{fd, POLLIN, 0};
        char letter = 0;
        if (left <= 0 || ::poll(&wait, 1, static_cast<int>(left)) < 1) return {};
        const auto count = ::read(fd, &letter, 1);
        if (count < 0 && errno == EINTR) continue;
        if (count != 1) return {};
        if (letter == '\n') return line;
        line += letter;
    }
    return {};
}

/// A file with a new key; its path.
std::string makeKeyFile(const std::string& folder) {
    std::string key(16, '\0');
    if (::RAND_bytes(reinterpret_cast<unsigned char*>(key.data()), 16) != 1) {
        throw std::runtime_error("no random bytes");
    }
    const auto path = folder + "/authority";
    replaceFile(path, writeKey(key), 0600);
    return path;
}

/// Starts a program of this process's session; 0 if it can't.
pid_t start(const std::vector<std::string>& args, int inheritedFd) {
    std::vector<char*> argv;
    for (const auto& arg : args) argv.push_back(const_cast<char*>(arg.c_str()));
    argv.push_back(nullptr);
    const pid_t pid = ::fork();
    if (pid != 0) return std::max(pid, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    const int null = ::open("/dev/null", O_RDWR);
    for (const int fd : {0, 1, 2}) ::dup2(null, fd);
    if (inheritedFd >= 0) ::fcntl(inheritedFd, F_SETFD, 0);
    ::execv(argv[0], argv.data());
    ::_exit(127);
}

class Keeper {
public:
    Keeper() {
        const char* base = std::getenv("XDG_RUNTIME_DIR");  // NOLINT(concurrency-mt-unsafe)
        folder_ = std::string(base != nullptr && ::access(base, W_OK) == 0 ? base : "/tmp") +
                  "/trellis-screen-XXXXXX";
        if (::mkdtemp(folder_.data()) == nullptr) throw std::runtime_error("no folder for the screen's key");
    }
    ~Keeper() {
        for (const pid_t pid : {session_, terminal_, server_}) {
            if (pid > 0) ::kill(pid, SIGTERM);
        }
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    Keeper(const Keeper&) = delete;
    Keeper& operator=(const Keeper&) = delete;

    VirtualDisplay begin();
    void startSession();
    /// Until nobody has watched for a while, or the server or session has ended.
    void keep(const VirtualDisplay& display);

private:
    std::string folder_;
    pid_t server_ = 0;
    pid_t session_ = 0;
    pid_t terminal_ = 0;
};

VirtualDisplay Keeper::begin() {
    const auto program = serverProgram();
    if (program.empty()) throw std::runtime_error("no program for a virtual screen is installed (Xvfb)");
    VirtualDisplay display;
    display.authority = makeKeyFile(folder_);
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    const Fd read(ends[0]);
    Fd write(ends[1]);
    std::vector<std::string> args{program, "-displayfd", std::to_string(write.get()), "-auth",
                                  display.authority, "-nolisten", "tcp", "-noreset"};
    if (program.ends_with("Xvfb")) {
        args.insert(args.end(), {"-screen", "0", "1440x900x24"});
    } else {
        args.insert(args.end(), {"-geometry", "1440x900", "-depth", "24", "-rfbport", "-1"});
    }
    server_ = start(args, write.get());
    write.reset();
    const auto number = readLine(read.get());
    if (number.empty()) throw std::runtime_error("the virtual screen does not start");
    display.name = ':' + number;
    ::setenv("DISPLAY", display.name.c_str(), 1);          // NOLINT(concurrency-mt-unsafe): one thread
    ::setenv("XAUTHORITY", display.authority.c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
    return display;
}

void Keeper::startSession() {
    const auto manager = firstOf({"/usr/bin/x-session-manager"});
    const auto bus = firstOf({"/usr/bin/dbus-run-session"});
    if (!manager.empty()) {
        session_ = bus.empty() ? start({manager}, -1) : start({bus, "--", manager}, -1);
        return;
    }
    const auto windows = firstOf({"/usr/bin/x-window-manager", "/usr/bin/openbox"});
    const auto terminal = firstOf({"/usr/bin/x-terminal-emulator", "/usr/bin/xterm"});
    if (!windows.empty()) session_ = start({windows}, -1);
    if (!terminal.empty()) terminal_ = start({terminal}, -1);
}

void Keeper::keep(const VirtualDisplay& display) {
    auto wanted = Clock::now();
    for (;;) {
        ::poll(nullptr, 0, static_cast<int>(kLookEvery.count()));
        for (pid_t pid = 0; (pid = ::waitpid(-1, nullptr, WNOHANG)) > 0;) {
            if (pid == server_ || pid == session_) return;
        }
        if (isWatched(display.name)) wanted = Clock::now();
        if (Clock::now() - wanted > kGrace) return;
    }
}
}  // namespace

bool canStartVirtual() { return !serverProgram().empty(); }

int runVirtualScreen() {
    try {
        Keeper keeper;
        const auto display = keeper.begin();
        keeper.startSession();
        const auto line = display.name + ' ' + display.authority + '\n';
        if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) return 1;
        ::close(STDOUT_FILENO);
        keeper.keep(display);
        return 0;
    } catch (const std::exception& e) {
        log::warning("no virtual screen", {{"reason", e.what()}});
        return 1;
    }
}

VirtualDisplay startVirtual() {
    if (!canStartVirtual()) throw std::runtime_error("no program for a virtual screen is installed (Xvfb)");
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    const Fd read(ends[0]);
    Fd write(ends[1]);
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::setsid();  // outlives this program
        ::dup2(write.get(), STDOUT_FILENO);
        const int null = ::open("/dev/null", O_RDWR);
        ::dup2(null, STDIN_FILENO);
        ::prctl(PR_SET_PDEATHSIG, 0);
        ::execl("/proc/self/exe", "trellis-agent", "virtual-screen", nullptr);
        ::_exit(127);
    }
    write.reset();
    const auto line = readLine(read.get());
    const auto space = line.find(' ');
    if (pid < 0 || space == std::string::npos) throw std::runtime_error("the virtual screen does not start");
    return {line.substr(0, space), line.substr(space + 1)};
}

}  // namespace trellis::device::desktop
