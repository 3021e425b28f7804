// Shell completion: the scripts are small, what to offer is worked out here.
#include <algorithm>

#include <trellis/sdk/error.hpp>

#include "core/app/ctl/command_table.hpp"
#include "core/app/local_client.hpp"

namespace trellis::app::ctl {

namespace {

namespace json = boost::json;
using Words = std::vector<std::string>;

constexpr std::chrono::seconds kPatience{2}; // somebody has pressed Tab and waits

/// Texts of one member of the objects in a list, or nothing when no server answers.
Words asked(const std::filesystem::path& data, const char* command, const char* list,
            const char* member) {
    Words found;
    try {
        const auto answer = LocalClient(data).call(command, {}, kPatience);
        for (const auto& item : answer.at(list).as_array())
            found.emplace_back(item.at(member).as_string());
    } catch (const std::exception&) {
        found.clear();
    }
    return found;
}

Words offered(Complete kind, const std::filesystem::path& data) {
    switch (kind) {
    case Complete::Plugin: return asked(data, "plugin.list", "plugins", "id");
    case Complete::Group: return asked(data, "group.list", "groups", "name");
    case Complete::User: return asked(data, "user.list", "users", "name");
    case Complete::ApiCommand: return asked(data, "server.commands", "commands", "name");
    case Complete::Shell: return {"bash", "zsh", "fish"};
    case Complete::File:
    case Complete::Nothing: break;
    }
    return {};
}

/// The line taken apart: words that are no option, the option whose value is next.
struct Line {
    Words plain;
    const OptionSpec* open = nullptr;
    std::filesystem::path data = "/var/lib/trellis";
    const CommandSpec* command() const {
        return plain.empty() ? nullptr : findCommand(plain[0], plain.size() > 1 ? plain[1] : "");
    }
};

const OptionSpec* optionNamed(const CommandSpec* command, std::string_view word) {
    if (!word.starts_with("--"))
        return nullptr;
    const auto name = word.substr(2);
    const auto fits = [&](const OptionSpec& one) { return one.name == name; };
    if (command)
        for (const auto& one : command->options)
            if (fits(one))
                return &one;
    for (const auto& one : commonOptions())
        if (fits(one))
            return &one;
    return nullptr;
}

Line read(const Words& words) {
    Line line;
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        const auto& word = words[i];
        if (line.open) {
            if (std::string_view(line.open->name) == "data")
                line.data = word;
            line.open = nullptr;
        } else if (word.starts_with("--")) {
            const auto* option = optionNamed(line.command(), word);
            line.open = option && *option->value ? option : nullptr;
        } else {
            line.plain.push_back(word);
        }
    }
    return line;
}

void addOptions(Words& all, const std::vector<OptionSpec>& options) {
    for (const auto& option : options)
        all.push_back(std::string("--") + option.name);
}

void addVerbs(Words& all, std::string_view group) {
    for (const auto& command : commandTable())
        if (group == command.group && *command.verb)
            all.emplace_back(command.verb);
}

} // namespace

Words completions(const Words& words) {
    const auto line = read(words);
    const std::string last = words.empty() ? "" : words.back();
    Words all;
    if (line.open) {
        all = offered(line.open->complete, line.data);
    } else if (last.starts_with("-")) {
        if (const auto* command = line.command())
            addOptions(all, command->options);
        addOptions(all, commonOptions());
    } else if (line.plain.empty()) {
        for (const auto& command : commandTable())
            all.emplace_back(command.group);
    } else if (const auto* command = line.command()) {
        const std::size_t head = *command->verb ? 2 : 1;
        if (line.plain.size() == head)
            all = offered(command->complete, line.data);
    } else if (line.plain.size() == 1) {
        addVerbs(all, line.plain[0]);
    }
    std::erase_if(all, [&](const std::string& one) {
        return !one.starts_with(last) || one.find('\n') != std::string::npos;
    });
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
}

std::string completionScript(std::string_view shell) {
    if (shell == "bash")
        return R"sh(# bash completion for trellisctl; made by `trellisctl completion bash`
_trellisctl() {
    local cur=${COMP_WORDS[COMP_CWORD]} line
    COMPREPLY=()
    while IFS= read -r line; do
        COMPREPLY+=("$(printf '%q' "$line")")
    done < <("${COMP_WORDS[0]}" __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    if [ ${#COMPREPLY[@]} -eq 0 ]; then
        while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$cur")
    fi
}
complete -o filenames -o nosort -F _trellisctl trellisctl
)sh";
    if (shell == "zsh")
        return R"sh(#compdef trellisctl
# made by `trellisctl completion zsh`
_trellisctl() {
    local -a found
    found=("${(@f)$("${words[1]}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    found=(${found:#})
    if (( ${#found} )); then
        compadd -- "${found[@]}"
    else
        _files
    fi
}
if [ "${funcstack[1]}" = _trellisctl ]; then _trellisctl "$@"; else compdef _trellisctl trellisctl; fi
)sh";
    if (shell == "fish")
        return R"sh(# made by `trellisctl completion fish`
function __trellisctl_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l found ($words[1] __complete -- $words[2..-1] 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c trellisctl -f -a '(__trellisctl_complete)'
)sh";
    return {};
}

} // namespace trellis::app::ctl
