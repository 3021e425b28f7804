#include "agent/platform/linux/desktop/program.hpp"

#include "agent/base/log.hpp"
#include "agent/desktop/session.hpp"
#include "agent/platform/linux/desktop/virtual_display.hpp"
#include "agent/platform/linux/desktop/x_screen.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <sys/epoll.h>
#include <sys/prctl.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <stdexcept>

namespace trellis::device::desktop {
namespace {
/// Seconds that the program may take to end, and to lock the screen, once the agent has gone.
constexpr unsigned kLongestEnd = 15;

/// Frames to the agent; what the pipe does not take waits here.
class Output {
public:
    explicit Output(Loop& loop) : loop_(loop) {
        ::fcntl(STDOUT_FILENO, F_SETFL, ::fcntl(STDOUT_FILENO, F_GETFL) | O_NONBLOCK);
        // A larger pipe saves turns of both loops; refused above the user's limit.
        ::fcntl(STDOUT_FILENO, F_SETPIPE_SZ, 512 * 1024);
    }
    ~Output() {
        if (isWatched_) loop_.unwatch(STDOUT_FILENO);
    }
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    void send(ViewerId viewer, LinkKind kind, wire::ByteView payload) {
        writeFrame(waiting_, viewer, kind, payload);
        flush();
    }
    void flush() {
        std::size_t done = 0;
        while (done < waiting_.size()) {
            const auto count = ::write(STDOUT_FILENO, waiting_.data() + done, waiting_.size() - done);
            if (count < 0 && errno == EINTR) continue;
            if (count <= 0) break;
            done += static_cast<std::size_t>(count);
        }
        waiting_.erase(0, done);
        watch(!waiting_.empty());
    }

private:
    void watch(bool isWanted) {
        if (isWanted == isWatched_) return;
        isWatched_ = isWanted;
        if (!isWanted) return loop_.unwatch(STDOUT_FILENO);
        loop_.watch(STDOUT_FILENO, EPOLLOUT, [this](std::uint32_t) { flush(); });
    }

    Loop& loop_;
    bool isWatched_ = false;
    std::string waiting_;
};

/// Frames from the agent. Its end ends the program.
class Input {
public:
    Input(Loop& loop, Session& session) : loop_(loop), session_(session) {
        ::fcntl(STDIN_FILENO, F_SETFL, ::fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
        loop_.watch(STDIN_FILENO, EPOLLIN, [this](std::uint32_t) { read(); });
    }
    ~Input() { loop_.unwatch(STDIN_FILENO); }
    Input(const Input&) = delete;
    Input& operator=(const Input&) = delete;

private:
    void read() {
        std::array<char, 65536> buffer;  // NOLINT: filled by read()
        const auto count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
        const bool isGood =
            count > 0 && reader_.read({buffer.data(), static_cast<std::size_t>(count)},
                                      [this](const LinkFrame& frame) { session_.take(frame); });
        if (isGood) return;
        loop_.unwatch(STDIN_FILENO);
        loop_.stop();
    }

    Loop& loop_;
    Session& session_;
    LinkReader reader_;
};

/// Begins anew with the screen's name in the environment, where others see it: the agent finds it as any
/// other screen, and the keeper sees that it is watched.
void beginVirtual() {
    const auto display = startVirtual();
    ::setenv("DISPLAY", display.name.c_str(), 1);          // NOLINT(concurrency-mt-unsafe): one thread
    ::setenv("XAUTHORITY", display.authority.c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
    ::setenv("TRELLIS_DESKTOP", "1", 1);                   // NOLINT(concurrency-mt-unsafe)
    ::unsetenv("TRELLIS_VIRTUAL");                         // NOLINT(concurrency-mt-unsafe)
    ::execl("/proc/self/exe", "trellis-agent", "desktop", nullptr);
    throw std::runtime_error("the desktop program can't start again");
}

void serve(Loop& loop, Output& output) {
    XApi api;
    if (const auto problem = api.load(); !problem.empty()) throw std::runtime_error(problem);
    // NOLINTBEGIN(concurrency-mt-unsafe): one thread
    if (std::getenv("TRELLIS_VIRTUAL") != nullptr) beginVirtual();
    const char* name = std::getenv("DISPLAY");
    // NOLINTEND(concurrency-mt-unsafe)
    if (name == nullptr) throw std::runtime_error("no X server runs on this machine");
    Session session(loop, [&](ViewerId viewer, LinkKind kind, wire::ByteView payload) {
        output.send(viewer, kind, payload);
    });
    XScreen screen(loop, api, name, takeKey(), session.events());
    session.begin(screen);
    const auto self = std::string(name) + '/' + std::to_string(::geteuid());
    output.send(0, LinkKind::Name, wire::bytesOf(self));
    const Input input(loop, session);
    loop.run();
    session.end();
    screen.finishLock();
    output.flush();
}
}  // namespace

int runDesktopProgram() {
    // The end of the input ends the program, which lifts keys and locks the screen before it goes. An X
    // server that does not answer may not keep it for ever.
    ::signal(SIGHUP, SIG_IGN);
    ::signal(SIGUSR1, [](int) { ::alarm(kLongestEnd); });
    ::prctl(PR_SET_PDEATHSIG, SIGUSR1);
    ::signal(SIGPIPE, SIG_IGN);
    // Pictures come and go: what they took is given back at once.
    ::mallopt(M_MMAP_THRESHOLD, 64 * 1024);
    ::mallopt(M_TRIM_THRESHOLD, 128 * 1024);
    Loop loop;
    Output output(loop);
    try {
        serve(loop, output);
        return 0;
    } catch (const std::exception& e) {
        output.send(0, LinkKind::Failed, wire::bytesOf(std::string_view(e.what())));
        log::warning("no desktop session", {{"reason", e.what()}});
        return 1;
    }
}

}  // namespace trellis::device::desktop
