#include "agent/service/child.hpp"

#include "agent/service/environment.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <poll.h>
#include <pty.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

namespace trellis::device {
namespace {
constexpr Milliseconds kKillAfter{2'000};
constexpr Milliseconds kPollEvery{200};
constexpr int kExecWaitMs = 5'000;

[[noreturn]] void fail(int error, const std::string& what) {
    throw std::system_error(error, std::generic_category(), what);
}

/// Everything the child needs, made before fork(): between fork() and exec() only async-signal-safe
/// calls are allowed, because a resolver thread may hold any lock.
struct Plan {
    const ProgramOptions* options = nullptr;
    User user;
    bool isOtherUser = false;
    std::string folder;
    std::vector<std::string> environment;
    std::vector<char*> argv;
    std::vector<char*> envp;
    std::array<int, 3> ends{-1, -1, -1};  // what becomes 0, 1 and 2
    int failure = -1;                     // where the child reports why it could not start
};

void makeArrays(Plan& plan) {
    for (const auto& arg : plan.options->args) plan.argv.push_back(const_cast<char*>(arg.c_str()));
    if (plan.argv.empty()) plan.argv.push_back(const_cast<char*>(plan.options->path.c_str()));
    plan.argv.push_back(nullptr);
    for (auto& line : plan.environment) plan.envp.push_back(line.data());
    plan.envp.push_back(nullptr);
}

Plan makePlan(const ProgramOptions& options) {
    Plan plan;
    plan.options = &options;
    const auto id = options.user.value_or(::geteuid());
    plan.isOtherUser = id != ::geteuid();
    if (plan.isOtherUser && ::geteuid() != 0) {
        fail(EPERM, "only root can run programs as another user");
    }
    const auto user = findUser(id);
    if (!user && plan.isOtherUser) fail(ENOENT, "no user with id " + std::to_string(id));
    plan.user = user.value_or(User{id, ::getegid(), std::to_string(id), "/", "/bin/sh", {}});
    plan.folder = options.folder.empty() ? plan.user.home : options.folder;
    plan.environment = environmentOf(plan.user, options.environment, options.isTerminal);
    makeArrays(plan);
    return plan;
}

void resetSignals() {
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number) ::sigaction(number, &standard, nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool becomeUser(const Plan& plan) {
    if (!plan.isOtherUser) return true;
    return ::setgroups(plan.user.groups.size(), plan.user.groups.data()) == 0 &&
           ::setgid(plan.user.group) == 0 && ::setuid(plan.user.id) == 0;
}

/// Never returns. Only async-signal-safe calls.
[[noreturn]] void runChild(const Plan& plan) {
    resetSignals();
    ::setsid();
    // Above the range that becomes 0..2, so that dup2() can't overwrite one of its own sources.
    const int failure = ::fcntl(plan.failure, F_DUPFD_CLOEXEC, 10);
    std::array<int, 3> ends{};
    for (std::size_t i = 0; i < ends.size(); ++i) ends[i] = ::fcntl(plan.ends[i], F_DUPFD_CLOEXEC, 10);
    for (std::size_t i = 0; i < ends.size(); ++i) ::dup2(ends[i], static_cast<int>(i));
    if (plan.options->isTerminal) ::ioctl(0, TIOCSCTTY, 0);
    ::umask(022);
    bool isReady = becomeUser(plan);
    if (isReady && ::chdir(plan.folder.c_str()) != 0) isReady = ::chdir("/") == 0;
    if (isReady) {
        // Everything but 0, 1, 2 goes at exec, also descriptors that some library opened without
        // O_CLOEXEC. Kernels without the call (before 5.11) keep to O_CLOEXEC.
        ::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
        ::execve(plan.options->path.c_str(), plan.argv.data(), plan.envp.data());
    }
    const int reason = errno;
    [[maybe_unused]] const auto written = ::write(failure, &reason, sizeof reason);
    ::_exit(127);
}

void makePipe(Fd& read, Fd& write) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail(errno, "pipe");
    read.reset(ends[0]);
    write.reset(ends[1]);
}

void setNonBlocking(const Fd& fd) {
    ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
    ::fcntl(fd.get(), F_SETFD, FD_CLOEXEC);
}

/// Ends for the child, held until it has them.
struct ChildEnds {
    Fd in;
    Fd out;
    Fd error;
};

void openTerminal(const ProgramOptions& options, const User& user, Pipes& ours, ChildEnds& theirs) {
    winsize size{};
    size.ws_row = options.rows;
    size.ws_col = options.columns;
    int master = -1;
    int slave = -1;
    if (::openpty(&master, &slave, nullptr, nullptr, &size) != 0) fail(errno, "openpty");
    ours.in.reset(master);
    theirs.in.reset(slave);
    // A login makes the terminal the user's; without it `mesg`, `screen` and the like refuse.
    if (::geteuid() == 0) [[maybe_unused]] const auto done = ::fchown(slave, user.id, user.group);
    ::fcntl(slave, F_SETFD, FD_CLOEXEC);
    setNonBlocking(ours.in);
}

void openPipes(const ProgramOptions& options, const User& user, Pipes& ours, ChildEnds& theirs) {
    if (options.isTerminal) return openTerminal(options, user, ours, theirs);
    if (options.isDetached) {
        theirs.in.reset(::open("/dev/null", O_RDWR | O_CLOEXEC));
        if (!theirs.in) fail(errno, "/dev/null");
        return;
    }
    makePipe(theirs.in, ours.in);
    makePipe(ours.out, theirs.out);
    makePipe(ours.error, theirs.error);
    for (const Fd* each : {&ours.in, &ours.out, &ours.error}) setNonBlocking(*each);
}

/// The errno that the child reported, or 0 once exec has closed the pipe.
int waitForExec(const Fd& failure) {
    pollfd wait{failure.get(), POLLIN, 0};
    int ready = 0;
    do {
        ready = ::poll(&wait, 1, kExecWaitMs);
    } while (ready < 0 && errno == EINTR);
    if (ready == 0) return ETIMEDOUT;
    int reason = 0;
    return ::read(failure.get(), &reason, sizeof reason) == sizeof reason ? reason : 0;
}
}  // namespace

Child::Child(Loop& loop, pid_t pid) : loop_(loop), pid_(pid) {
    pidFd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

Child::~Child() {
    if (pidFd_) loop_.unwatch(pidFd_.get());
}

std::shared_ptr<Child> Child::start(Loop& loop, const ProgramOptions& options, Pipes& pipes) {
    auto plan = makePlan(options);
    ChildEnds theirs;
    openPipes(options, plan.user, pipes, theirs);
    const int in = theirs.in.get();
    plan.ends = {in, theirs.out ? theirs.out.get() : in, theirs.error ? theirs.error.get() : in};
    Fd failureRead;
    Fd failureWrite;
    makePipe(failureRead, failureWrite);
    plan.failure = failureWrite.get();
    const pid_t pid = ::fork();
    if (pid < 0) fail(errno, "fork");
    if (pid == 0) runChild(plan);
    failureWrite.reset();
    theirs = {};
    if (const int reason = waitForExec(failureRead); reason != 0) {
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        fail(reason, options.path);
    }
    const std::shared_ptr<Child> child(new Child(loop, pid));
    child->self_ = child;
    child->watch(child);
    return child;
}

void Child::watch(const std::shared_ptr<Child>& self) {
    // The loop keeps the object until the child is reaped.
    if (pidFd_) {
        loop_.watch(pidFd_.get(), EPOLLIN, [self](std::uint32_t) { self->poll(); });
    } else {
        loop_.after(kPollEvery, [self] {
            if (!self->poll()) self->watch(self);
        });
    }
}

bool Child::poll() {
    if (hasExited_) return true;
    int status = 0;
    const auto found = ::waitpid(pid_, &status, WNOHANG);
    if (found == 0 || (found < 0 && errno == EINTR)) return false;
    finish(found == pid_ ? status : 0);
    return true;
}

void Child::finish(int status) {
    const auto self = self_.lock();  // unwatch() may drop the last reference
    hasExited_ = true;
    if (pidFd_) loop_.unwatch(pidFd_.get());
    pidFd_.reset();
    if (WIFEXITED(status)) code_ = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) signal_ = WTERMSIG(status);
    if (onExit_) onExit(std::exchange(onExit_, {}));
}

void Child::onExit(OnExit handler) {
    if (!hasExited_) {
        onExit_ = std::move(handler);
        return;
    }
    loop_.post([handler = std::move(handler), code = code_, signal = signal_] {
        handler(code, signal);
    });
}

void Child::signal(int number) noexcept {
    // A reaped pid may belong to someone else by now; the group is ours only as long as its leader is
    // not reaped.
    if (hasExited_) return;
    if (::kill(-pid_, number) != 0) ::kill(pid_, number);
}

void Child::end() {
    onExit_ = {};
    if (hasExited_ || isEnding_) return;
    isEnding_ = true;
    signal(SIGHUP);
    signal(SIGCONT);  // a stopped shell would not see the first
    loop_.after(kKillAfter, [self = self_.lock()] { self->signal(SIGKILL); });
}

}  // namespace trellis::device
