/// What the program does when it is started.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace trellis::device {

enum class Verb : std::uint8_t { Help = 1, Version, Run, Connect, Install, Uninstall, NodeId, Desktop, VirtualScreen, Blank, PrivacyBar };

struct CommandLine {
    Verb verb = Verb::Help;
    std::string settingsFile;  ///< "" = beside the program
    std::string dataFolder;    ///< "" = where the settings are
    bool isService = false;
    bool isVerbose = false;
    std::string error;         ///< not "" if the arguments are wrong
};
/// `args` without the program's name.
CommandLine parseCommandLine(const std::vector<std::string>& args);

/// The whole program. Returns the exit status: 0 done, 1 failed (said on standard error), 2 wrong use.
int runCommandLine(int argc, char** argv);

}  // namespace trellis::device
