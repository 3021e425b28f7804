/// A started program: made without leaks, ended with its whole group, always reaped.
#pragma once

#include "agent/base/loop.hpp"

#include <sys/types.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace trellis::device {

struct ProgramOptions {
    std::string path;                 ///< absolute
    std::vector<std::string> args;    ///< argv, the first is the program's own name
    std::map<std::string, std::string> environment;  ///< on top of the reduced one
    std::string folder;               ///< working folder, "" = the user's home
    std::optional<uid_t> user;        ///< another user; needs root
    bool isTerminal = false;          ///< on a pseudo-terminal of its own
    bool isDetached = false;          ///< no input or output, and left alone when its owner goes
    unsigned short rows = 25;
    unsigned short columns = 80;
};

/// The child's ends that stay with us. For a terminal `in` is the master and the others are empty.
struct Pipes {
    Fd in;
    Fd out;
    Fd error;
};

class Child {
public:
    /// `code`: exit status, -1 if ended by `signal`.
    using OnExit = std::function<void(int code, int signal)>;

    /// The child leads its own session and group, has no descriptor but 0, 1, 2, default signals, and
    /// PATH, HOME, USER, LOGNAME, SHELL, LANG (TERM=xterm-256color on a terminal) as environment.
    /// Throws std::system_error naming what failed, exec included.
    static std::shared_ptr<Child> start(Loop& loop, const ProgramOptions& options, Pipes& pipes);
    ~Child();

    pid_t pid() const noexcept { return pid_; }
    bool hasExited() const noexcept { return hasExited_; }
    /// Both only once it has exited.
    int code() const noexcept { return code_; }
    int endSignal() const noexcept { return signal_; }
    /// Called once from the loop; at once (from the loop) if it has exited already.
    void onExit(OnExit handler);
    /// To the whole group. Nothing happens once it has been reaped.
    void signal(int number) noexcept;
    /// SIGHUP now, SIGKILL to what is left of the group after two seconds. Also without an owner the
    /// child is waited for.
    void end();
    /// Reaps without the loop if it has exited; for synchronous waits.
    bool poll();

private:
    Child(Loop& loop, pid_t pid);
    void watch(const std::shared_ptr<Child>& self);
    void finish(int status);

    Loop& loop_;
    pid_t pid_;
    Fd pidFd_;
    bool hasExited_ = false;
    bool isEnding_ = false;
    int code_ = -1;
    int signal_ = 0;
    OnExit onExit_;
    std::weak_ptr<Child> self_;
};

}  // namespace trellis::device
