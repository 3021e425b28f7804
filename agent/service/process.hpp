/// A child with its streams, flow-controlled both ways.
#pragma once

#include "agent/service/child.hpp"

#include <string>
#include <string_view>

namespace trellis::device {

class Process {
public:
    /// All calls come from the loop. Each may destroy the Process.
    class Handler {
    public:
        virtual ~Handler() = default;
        /// A terminal has one stream: `isError` is false.
        virtual void onOutput(bool isError, std::string_view bytes) = 0;
        /// What was written has reached the program.
        virtual void onDrained() = 0;
        /// Once, after the last output.
        virtual void onExit(int code, int signal) = 0;
    };

    /// Throws what Child::start() throws.
    Process(Loop& loop, Handler& handler, const ProgramOptions& options);
    /// Ends the whole group unless it is detached.
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    pid_t pid() const noexcept { return child_->pid(); }
    /// Queued without a limit of its own: callers look at queued().
    void write(std::string_view bytes);
    std::size_t queued() const noexcept { return input_.size(); }
    /// End of file for the program, behind what is queued. On a terminal the character does it.
    void closeInput();
    /// While paused no output is read; the program blocks once the kernel's buffer is full.
    void pause(bool isPaused);
    void resize(unsigned short rows, unsigned short columns) noexcept;
    void signal(int number) noexcept { child_->signal(number); }
    /// Waits with only this process's streams running; true once onExit has been called.
    bool waitForExit(Milliseconds longest);

private:
    struct Source {
        Fd fd;
        bool isError = false;
        bool isWatched = false;
    };
    void watchSource(Source& source);
    bool readSource(Source& source);
    void closeSource(Source& source);
    void flushInput();
    void watchInput();
    void dropInput();
    void finishIfDone();
    Fd& inputFd() { return isTerminal_ ? out_.fd : in_; }

    Loop& loop_;
    Handler& handler_;
    bool isTerminal_;
    bool isDetached_;
    Fd in_;       // pipes only
    Source out_;  // the master of a terminal
    Source error_;
    std::string input_;
    bool isInputWatched_ = false;
    bool isInputEnding_ = false;
    bool isPaused_ = false;
    bool hasExited_ = false;
    bool isReported_ = false;
    int code_ = -1;
    int signal_ = 0;
    Timer lateOutput_;
    std::shared_ptr<Child> child_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace trellis::device
