// The help and the page of the manual, from the table of commands.
#include <algorithm>

#include "core/app/ctl/command_table.hpp"

namespace trellis::app::ctl {

namespace {

std::string written(const OptionSpec& option) {
    return std::string("--") + option.name + (*option.value ? std::string(" ") + option.value : "");
}

/// In a table a bar ends the cell.
std::string cell(std::string text) {
    for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2)
        text.insert(at, 1, '\\');
    return text;
}

std::string heading(const CommandSpec& command) {
    std::string text = command.group;
    for (const auto* part : {command.verb, command.words})
        if (*part != '\0')
            text += std::string(" ") + part;
    return text;
}

std::string padded(std::string text, std::size_t width) {
    text.resize(std::max(text.size() + 2, width), ' ');
    return text;
}

} // namespace

std::string usageText() {
    constexpr std::size_t kWidth = 34;
    std::string text = "usage: trellisctl [OPTIONS] COMMAND ...\n";
    std::string group;
    for (const auto& command : commandTable()) {
        if (group != command.group)
            text += "\n";
        group = command.group;
        text += padded("  " + heading(command), kWidth) + command.summary + "\n";
        for (const auto& option : command.options)
            text += padded("      " + written(option), kWidth) + option.summary + "\n";
    }
    text += "\nOptions of every command:\n";
    for (const auto& option : commonOptions())
        text += padded("  " + written(option), kWidth) + option.summary + "\n";
    text += "\nExit statuses:\n";
    for (const auto& status : exitStatuses())
        text += padded("  " + std::to_string(status.number), 6) + status.meaning + "\n";
    return text;
}

std::string referencePage() {
    std::string text =
        "# trellisctl\n\n"
        "Written from the program's own table of commands (`trellisctl __reference`); don't edit.\n\n"
        "    trellisctl [OPTIONS] COMMAND ...\n\n"
        "It speaks to the server that runs on `--data`, through a socket that only the server's user and\n"
        "root can open, as the local administrator. `user add`, `plugin` and `config` also work without a\n"
        "server, `db copy` only without.\n\n"
        "## A server elsewhere\n"
        "Commands marked *remote* also work through `--url https://HOST[:PORT]`, with an API token in the\n"
        "environment variable `TRELLIS_TOKEN` (never on the command line, where everybody on the machine\n"
        "reads it). They then can do what the token can. The server's certificate is always checked:\n"
        "against the system's authorities, those of `--ca FILE`, or, with `--pin SHA256`, by its\n"
        "fingerprint (64 hex digits, colons allowed; `openssl x509 -noout -fingerprint -sha256`).\n\n"
        "## Options of every command\n| | |\n|---|---|\n";
    for (const auto& option : commonOptions())
        text += "| `" + cell(written(option)) + "` | " + option.summary + " |\n";
    text += "\n`--watch` goes with commands marked *watch*. It asks every 2 seconds, draws anew when something\n"
            "changed, and ends with Ctrl-C and status 0.\n\n"
            "## Exit statuses\nThese stay as they are.\n\n| | |\n|---|---|\n";
    for (const auto& status : exitStatuses())
        text += "| " + std::to_string(status.number) + " | " + status.meaning + " |\n";
    text += "\nWith `--json` an error is one line on standard error: `{\"error\":{\"code\",\"message\",\"field\"}}`.\n\n"
            "## Completion\n"
            "    trellisctl completion bash > /etc/bash_completion.d/trellisctl\n"
            "    trellisctl completion zsh > /usr/local/share/zsh/site-functions/_trellisctl\n"
            "    trellisctl completion fish > ~/.config/fish/completions/trellisctl.fish\n\n"
            "Ids of plugins, names of groups and users, and commands for `call` are completed while a server\n"
            "runs.\n\n"
            "## Commands\n";
    for (const auto& command : commandTable()) {
        text += "\n### " + heading(command) + "\n" + command.summary;
        if (has(command.traits, Traits::Remote))
            text += " *Remote.*";
        if (has(command.traits, Traits::Watch))
            text += " *Watch.*";
        text += "\n";
        if (command.options.empty())
            continue;
        text += "\n| | |\n|---|---|\n";
        for (const auto& option : command.options)
            text += "| `" + cell(written(option)) + "` | " + option.summary + " |\n";
    }
    text += "\n`call` takes arguments as `name=value`; a value that is JSON (a number, `true`, a list, an object, a\n"
            "quoted text) is taken as such, anything else as text. Write `name='\"123\"'` for a text of digits.\n";
    return text;
}

} // namespace trellis::app::ctl
