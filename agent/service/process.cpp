#include "agent/service/process.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace trellis::device {
namespace {
constexpr int kReadsPerTurn = 8;
/// A grandchild in the background may keep the pipes open for ever.
constexpr Milliseconds kLateOutput{500};
constexpr int kPollMs = 20;
}  // namespace

Process::Process(Loop& loop, Handler& handler, const ProgramOptions& options)
    : loop_(loop), handler_(handler), isTerminal_(options.isTerminal),
      isDetached_(options.isDetached), lateOutput_(loop) {
    ProgramOptions checked = options;
    Pipes pipes;
    child_ = Child::start(loop, checked, pipes);
    out_.fd = isTerminal_ ? std::move(pipes.in) : std::move(pipes.out);
    if (!isTerminal_) in_ = std::move(pipes.in);
    error_.fd = std::move(pipes.error);
    error_.isError = true;
    watchSource(out_);
    watchSource(error_);
    child_->onExit([this, alive = alive_](int code, int signal) {
        if (!*alive || isReported_) return;
        hasExited_ = true;
        code_ = code;
        signal_ = signal;
        lateOutput_.start(kLateOutput, [this] {
            if (isPaused_) return;  // resuming goes on reading and ends there
            closeSource(out_);
            closeSource(error_);
            finishIfDone();
        });
        finishIfDone();
    });
}

Process::~Process() {
    *alive_ = false;
    child_->onExit([](int, int) {});
    if (!isDetached_) child_->end();
    closeSource(error_);
    closeSource(out_);
    if (isInputWatched_ && in_) loop_.unwatch(in_.get());
}

void Process::watchSource(Source& source) {
    if (!source.fd) return;
    const bool isInput = isTerminal_ && !input_.empty();
    const std::uint32_t events = (isPaused_ ? 0U : static_cast<std::uint32_t>(EPOLLIN)) |
                                 (isInput ? static_cast<std::uint32_t>(EPOLLOUT) : 0U);
    // EPOLLHUP is reported even when nothing is asked for, so a paused source is not watched at all.
    if (events == 0) {
        if (source.isWatched) loop_.unwatch(source.fd.get());
        source.isWatched = false;
        return;
    }
    if (source.isWatched) return loop_.modify(source.fd.get(), events);
    source.isWatched = true;
    loop_.watch(source.fd.get(), events, [this, &source](std::uint32_t ready) {
        const auto alive = alive_;
        if ((ready & EPOLLOUT) != 0) flushInput();
        if (!*alive || isPaused_ || !source.fd) return;
        if ((ready & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) readSource(source);
    });
}

bool Process::readSource(Source& source) {
    const auto alive = alive_;
    std::array<char, 16384> buffer;  // NOLINT: filled by read()
    for (int turn = 0; turn < kReadsPerTurn; ++turn) {
        const auto count = ::read(source.fd.get(), buffer.data(), buffer.size());
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) return true;
        if (count <= 0) {
            // A terminal answers EIO when its last user has gone.
            closeSource(source);
            finishIfDone();
            return false;
        }
        handler_.onOutput(source.isError, {buffer.data(), static_cast<std::size_t>(count)});
        if (!*alive || isPaused_ || !source.fd) return false;
    }
    return true;
}

void Process::closeSource(Source& source) {
    if (source.isWatched) loop_.unwatch(source.fd.get());
    source.isWatched = false;
    source.fd.reset();
    if (isTerminal_) input_.clear();
}

void Process::finishIfDone() {
    if (!hasExited_ || isReported_ || out_.fd || error_.fd) return;
    isReported_ = true;
    lateOutput_.stop();
    handler_.onExit(code_, signal_);
}

void Process::write(std::string_view bytes) {
    if (!inputFd() || isInputEnding_ || isDetached_) return;
    input_.append(bytes);
    watchInput();
}

void Process::watchInput() {
    if (isTerminal_) return watchSource(out_);
    if (input_.empty() || isInputWatched_) return;
    isInputWatched_ = true;
    loop_.watch(in_.get(), EPOLLOUT, [this](std::uint32_t) { flushInput(); });
}

void Process::dropInput() {
    if (isInputWatched_) loop_.unwatch(in_.get());
    isInputWatched_ = false;
    in_.reset();
    input_.clear();
}

void Process::flushInput() {
    while (!input_.empty()) {
        const auto count = ::write(inputFd().get(), input_.data(), input_.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) return;
        if (count < 0) {
            // Nobody reads any more; the exit tells the rest.
            input_.clear();
            if (!isTerminal_) return dropInput();
            break;
        }
        input_.erase(0, static_cast<std::size_t>(count));
    }
    if (isTerminal_) {
        watchSource(out_);
    } else {
        if (isInputWatched_) loop_.unwatch(in_.get());
        isInputWatched_ = false;
        if (isInputEnding_) return dropInput();
    }
    handler_.onDrained();
}

void Process::closeInput() {
    if (isTerminal_) {
        // POSIX termios VEOF: what Ctrl-D does.
        return write(std::string_view("\x04", 1));
    }
    if (isInputEnding_ || !in_) return;
    isInputEnding_ = true;
    if (input_.empty()) dropInput();
}

void Process::pause(bool isPaused) {
    if (isPaused_ == isPaused) return;
    isPaused_ = isPaused;
    watchSource(out_);
    watchSource(error_);
    if (!isPaused && hasExited_ && !isReported_) {
        lateOutput_.start(kLateOutput, [this] {
            if (isPaused_) return;
            closeSource(out_);
            closeSource(error_);
            finishIfDone();
        });
    }
}

void Process::resize(unsigned short rows, unsigned short columns) noexcept {
    if (!isTerminal_ || !out_.fd) return;
    winsize size{};
    size.ws_row = rows;
    size.ws_col = columns;
    ::ioctl(out_.fd.get(), TIOCSWINSZ, &size);
}

bool Process::waitForExit(Milliseconds longest) {
    const auto alive = alive_;
    const auto until = Clock::now() + longest;
    while (*alive && !isReported_ && Clock::now() < until) {
        const bool wasOver = hasExited_;
        // A negative descriptor is skipped by poll().
        std::array<pollfd, 3> wait{{{out_.fd ? out_.fd.get() : -1, POLLIN, 0},
                                    {error_.fd ? error_.fd.get() : -1, POLLIN, 0},
                                    {input_.empty() ? -1 : inputFd().get(), POLLOUT, 0}}};
        ::poll(wait.data(), wait.size(), kPollMs);
        if (wait[2].revents != 0) flushInput();
        if (*alive && out_.fd && wait[0].revents != 0) readSource(out_);
        if (*alive && error_.fd && wait[1].revents != 0) readSource(error_);
        if (!*alive || !child_->poll()) continue;
        if (!hasExited_) {
            // The child's own report waits in the loop; take it now.
            hasExited_ = true;
            code_ = child_->code();
            signal_ = child_->endSignal();
            lateOutput_.start(kLateOutput, [] {});
        }
        // What it said last can have arrived between poll() and its end, so look once more.
        const bool isLate = wasOver && wait[0].revents == 0 && wait[1].revents == 0;
        if (isLate) {
            closeSource(out_);
            closeSource(error_);
        }
        finishIfDone();
    }
    return *alive && isReported_;
}

}  // namespace trellis::device
