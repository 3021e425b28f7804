#include "agent/script/watchdog.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <string_view>
#include <system_error>

namespace trellis::device {
namespace {
// A signal handler reaches nothing but globals. They are written before the timer is armed.
std::array<char, 4096> notePath{};
std::array<char, 129> noteMark{};
char** commandLine = nullptr;
std::array<char, 4096> ownPath{};

void copyText(char* to, std::size_t size, const std::string& text) {
    const auto count = std::min(text.size(), size - 1);
    std::memcpy(to, text.data(), count);
    to[count] = '\0';
}

/// Only async-signal-safe calls (signal-safety(7)); execve is one of them.
void onTimeout(int) {
    constexpr std::string_view kText = "the script did not return; starting again without it\n";
    [[maybe_unused]] auto written = ::write(STDERR_FILENO, kText.data(), kText.size());
    const int fd = ::open(notePath.data(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd >= 0) {
        written = ::write(fd, noteMark.data(), std::strlen(noteMark.data()));
        ::close(fd);
    }
    restartProgram(ownPath.data());
    ::_exit(70);  // a service manager starts us again
}
}  // namespace

void rememberCommandLine(char** argv) {
    commandLine = argv;
    const auto size = ::readlink("/proc/self/exe", ownPath.data(), ownPath.size() - 1);
    if (size <= 0) return;
    ownPath[static_cast<std::size_t>(size)] = '\0';
}

void restartProgram(const char* path) noexcept {
    // The mask and pending timers would be inherited.
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    if (commandLine != nullptr) ::execve(path, commandLine, environ);
}

Watchdog::Watchdog(const std::string& note, std::chrono::milliseconds limit) : limit_(limit) {
    copyText(notePath.data(), notePath.size(), note);
    struct sigaction action {};
    action.sa_handler = onTimeout;
    ::sigaction(SIGALRM, &action, nullptr);
    sigevent event{};
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGALRM;
    timer_t timer{};
    if (::timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) {
        throw std::system_error(errno, std::generic_category(), "timer_create");
    }
    timer_ = timer;
}

Watchdog::~Watchdog() { ::timer_delete(static_cast<timer_t>(timer_)); }

void Watchdog::setMark(const std::string& mark) {
    copyText(noteMark.data(), noteMark.size(), mark);
}

void Watchdog::arm() noexcept {
    itimerspec when{};
    when.it_value.tv_sec = static_cast<time_t>(limit_.count() / 1000);
    when.it_value.tv_nsec = static_cast<long>(limit_.count() % 1000) * 1'000'000;
    ::timer_settime(static_cast<timer_t>(timer_), 0, &when, nullptr);
}

void Watchdog::disarm() noexcept {
    constexpr itimerspec kNever{};
    ::timer_settime(static_cast<timer_t>(timer_), 0, &kNever, nullptr);
}

}  // namespace trellis::device
