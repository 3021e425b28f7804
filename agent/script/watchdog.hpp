/// Ends a script that does not return.
///
/// Duktape as Debian builds it can't be interrupted, and a thread can't safely take its heap away. So
/// the whole program starts again: a timer signal runs while the script has the thread, notes the core's
/// hash in a file and replaces the process by itself (execve keeps the pid, so a service manager sees
/// nothing). The new process does not run the core that is named in the file. docs: agent/script/README.md
#pragma once

#include <chrono>
#include <string>

namespace trellis::device {

class Watchdog {
public:
    /// `note`: file that gets `mark` before the restart. The command line is that of this process.
    /// One object at a time. Throws std::system_error if the kernel refuses the timer.
    Watchdog(const std::string& note, std::chrono::milliseconds limit);
    ~Watchdog();
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    /// What is noted if the next script hangs: the core's hash in hex, at most 128 characters.
    void setMark(const std::string& mark);
    /// Around each turn of the script. Not nested.
    void arm() noexcept;
    void disarm() noexcept;

private:
    std::chrono::milliseconds limit_;
    void* timer_ = nullptr;
};

/// Remembers how this process was started, for restarts. Before anything changes argv.
void rememberCommandLine(char** argv);
/// Replaces this process by the program at `path` (normally the same) with the remembered arguments.
/// Returns only if that failed. Async-signal-safe.
void restartProgram(const char* path) noexcept;

}  // namespace trellis::device
