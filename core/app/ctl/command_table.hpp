/// Every command of `trellisctl`, declared once: the help, the completion of three shells and
/// docs/admin/trellisctl.md are made from it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/app/ctl/ctl.hpp"

namespace trellis::app::ctl {

/// What a word or the value of an option is completed with.
enum class Complete : std::uint8_t { Nothing = 1, File, Plugin, Group, User, ApiCommand, Shell };

struct OptionSpec {
    const char* name;  ///< without the dashes
    const char* value; ///< "FILE", or "" for a flag
    const char* summary;
    Complete complete = Complete::Nothing;
};

enum class Traits : std::uint8_t {
    None = 0,
    Remote = 1, ///< also through --url
    Watch = 2,  ///< --watch; repeats it, so it must only read
    Follow = 4, ///< --watch; prints what comes by itself
};
constexpr Traits operator|(Traits a, Traits b) {
    return static_cast<Traits>(static_cast<int>(a) | static_cast<int>(b));
}
constexpr bool has(Traits set, Traits one) {
    return (static_cast<int>(set) & static_cast<int>(one)) != 0;
}

struct CommandSpec {
    const char* group; ///< first word
    const char* verb;  ///< second word, "" if the group is the command
    const char* words; ///< what follows, for people: "NAME"
    const char* summary;
    Traits traits = Traits::None;
    Complete complete = Complete::Nothing; ///< of the words
    std::vector<OptionSpec> options{};
};

/// In the order of the help.
const std::vector<CommandSpec>& commandTable();
/// Options that every command has.
const std::vector<OptionSpec>& commonOptions();
/// By its first one or two words; null if there is none.
const CommandSpec* findCommand(std::string_view group, std::string_view verb);

struct ExitStatus {
    int number;
    const char* meaning;
};
std::span<const ExitStatus> exitStatuses();

std::string usageText();
/// docs/admin/trellisctl.md
std::string referencePage();

/// What the last of `words` can become, one a line. `words`: the command line behind the program's
/// name. Asks the server for ids and names when one runs; it never fails.
std::vector<std::string> completions(const std::vector<std::string>& words);
/// The script for "bash", "zsh" or "fish"; it asks `trellisctl __complete`. "" for other shells.
std::string completionScript(std::string_view shell);

} // namespace trellis::app::ctl
