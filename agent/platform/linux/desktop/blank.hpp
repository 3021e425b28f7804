/// Dark monitors: who stands in front of the machine sees nothing while the picture goes on. A program of its
/// own (`trellis-agent blank-monitors`) holds them dark and lights them when its input ends, whatever became of
/// the desktop program.
#pragma once

#include "agent/desktop/screen.hpp"
#include "agent/service/process.hpp"

#include <memory>
#include <string>

namespace trellis::device::desktop {

class Blank : private Process::Handler {
public:
    /// `key`: of the display, "" if the user has it himself.
    Blank(Loop& loop, std::string display, std::string key, Screen::Events& events);
    void set(bool isWanted);

private:
    void onOutput(bool isError, std::string_view bytes) override;
    void onDrained() override {}
    void onExit(int code, int signal) override;

    Loop& loop_;
    std::string display_;
    std::string key_;
    Screen::Events& events_;
    std::string problem_;
    bool isWanted_ = false;
    std::unique_ptr<Process> program_;
};

/// Exit status. Nothing but input and output of the program and its environment (DISPLAY) counts.
int runBlankProgram();

}  // namespace trellis::device::desktop
