#include "core/app/ctl/command_table.hpp"

#include <ostream>

#include <boost/json/serialize.hpp>

namespace trellis::app::ctl {

namespace {

constexpr auto kRead = Traits::Remote | Traits::Watch;

std::vector<OptionSpec> passphrase(std::vector<OptionSpec> options = {}) {
    options.push_back({"passphrase-file", "FILE", "Its first line is the passphrase.", Complete::File});
    options.push_back({"passphrase-stdin", "", "The passphrase is the first line of standard input."});
    return options;
}

// One command a line, or a few lines for one with options; in the order of the help.
const std::vector<CommandSpec>& table() {
    static const std::vector<CommandSpec> commands = {
        {"user", "add", "NAME", "Makes an account; also without a running server.", Traits::Remote,
         Complete::Nothing,
         {{"site-admin", "", "With full site rights."},
          {"email", "ADDRESS", "Its mail address."},
          {"password-stdin", "", "The password is the first line of standard input."}}},
        {"user", "list", "", "Lists the accounts.", kRead},
        {"user", "remove", "NAME", "Removes an account.", Traits::Remote, Complete::User},
        {"user", "password", "NAME", "Sets a password and ends the account's sessions.",
         Traits::Remote, Complete::User,
         {{"password-stdin", "", "The password is the first line of standard input."}}},

        {"user", "clearfactors", "NAME", "Removes an account's second factors.", Traits::Remote,
         Complete::User},

        {"group", "add", "NAME", "Makes a device group.", Traits::Remote},
        {"group", "list", "", "Lists the device groups.", kRead},
        {"group", "settings", "NAME", "Prints the agent settings file of a group.", Traits::Remote,
         Complete::Group,
         {{"create", "", "Make the group if it isn't there."},
          {"host", "HOST:PORT", "What agents connect to."}}},

        {"device", "list", "", "Lists the devices.", kRead},
        {"device", "wait", "", "Waits until devices are online.", Traits::Remote, Complete::Nothing,
         {{"online", "N", "So many; 1 if not given."},
          {"timeout", "SECONDS", "At most so long; 60 if not given."}}},

        {"plugin", "list", "", "Lists the plugins; also without a running server.",
         Traits::Watch | Traits::Remote},
        {"plugin", "enable", "ID", "Switches a plugin on.", Traits::Remote, Complete::Plugin},
        {"plugin", "disable", "ID", "Switches a plugin off.", Traits::Remote, Complete::Plugin},
        {"plugin", "new", "ID", "Makes the folder of a new plugin.", Traits::None, Complete::Nothing,
         {{"into", "DIR", "Where; the id if not given.", Complete::File}}},

        {"why", "", "USER DEVICE|- ACTION",
         "Shows the rules that let a user do it or not: a command, a session or a right.", Traits::Remote,
         Complete::User},

        {"token", "add", "NAME", "Makes an API token and prints its secret once.", Traits::None,
         Complete::Nothing,
         {{"user", "NAME", "Whose it is.", Complete::User},
          {"commands", "LIST", "What it may call: names or beginnings like device.*, parted by commas."},
          {"read-only", "", "Of these only what changes nothing."},
          {"groups", "LIST", "Device groups that it is limited to.", Complete::Group},
          {"from", "LIST", "Addresses or ranges that it may come from."},
          {"days", "N", "How long it lives, 0: until removed; 365 if not given."}}},
        {"token", "list", "", "Lists API tokens.", Traits::Watch, Complete::Nothing,
         {{"user", "NAME", "Only this user's.", Complete::User}}},
        {"token", "remove", "NAME|ID", "Removes an API token.", Traits::None, Complete::Nothing,
         {{"user", "NAME", "Whose it is.", Complete::User}}},

        {"config", "check", "[FILE]", "Checks a configuration.", Traits::None, Complete::File},
        {"config", "show", "", "Prints every option with its value and where it comes from."},
        {"config", "schema", "", "Prints the JSON Schema of the configuration."},

        {"server", "status", "", "Version, uptime, numbers of devices and users.", kRead},
        {"server", "loginkey", "", "Prints the key of meshctrl --loginkey; it gives full access."},

        {"audit", "list", "", "Lists the newest records of the audit trail; also without a running server.",
         Traits::Follow, Complete::Nothing,
         {{"user", "NAME", "Only this user's.", Complete::User},
          {"command", "NAME|BEGIN*", "Only this command's, or those that begin so."},
          {"target", "ID", "Only about this."},
          {"result", "WORD", "ok, or the name of a refusal."},
          {"since", "TIME", "From then on."},
          {"until", "TIME", "Before then."},
          {"limit", "N", "At most so many; 100 if not given."}}},
        {"audit", "verify", "", "Finds any changed, removed or added record; also without a server.",
         Traits::None, Complete::Nothing,
         {{"head", "PLACE:HASH", "A place and hash that were noted elsewhere."}}},

        {"backup", "create", "FILE", "Writes an encrypted backup of everything, while the server runs.",
         Traits::None, Complete::File, passphrase()},
        {"backup", "list", "", "Lists the backups of the configured folder."},
        {"backup", "inspect", "FILE", "Says what a backup holds.", Traits::None, Complete::File,
         passphrase()},
        {"restore", "", "FILE", "Checks a backup, or unpacks it into an empty directory.", Traits::None,
         Complete::File,
         passphrase({{"verify", "", "Read it whole and change nothing."},
                     {"into", "DIR", "The data directory to make.", Complete::File},
                     {"database", "URL", "Into this empty database rather than into a file."}})},

        {"import", "meshcentral", "DIR",
         "Takes over a stopped MeshCentral server from its data folder, into an empty data directory.",
         Traits::None, Complete::File,
         {{"dry-run", "", "Say what would be taken and change nothing."}}},

        {"db", "copy", "FROM TO", "Copies a database into an empty one, the server being stopped."},

        {"call", "", "COMMAND [NAME=VALUE...]",
         "Calls any command of the server or a plugin and prints its result as JSON.", Traits::Remote,
         Complete::ApiCommand,
         {{"data", "JSON|@FILE|-", "The arguments as one JSON object.", Complete::File},
          {"timeout", "SECONDS", "How long to wait; 30 if not given."}}},
        {"completion", "", "bash|zsh|fish", "Prints the shell's completion script.", Traits::None,
         Complete::Shell},
    };
    return commands;
}

} // namespace

void Context::answer(const boost::json::value& json, const std::string& text) const {
    out << (asJson ? boost::json::serialize(json) + "\n" : text);
}

const std::vector<CommandSpec>& commandTable() {
    return table();
}

const std::vector<OptionSpec>& commonOptions() {
    static const std::vector<OptionSpec> options = {
        {"data", "DIR", "The server's data directory; /var/lib/trellis if not given.", Complete::File},
        {"config", "FILE", "The configuration, if it is not in the data directory.", Complete::File},
        {"domain", "ID", "The tenant that users, groups and devices belong to."},
        {"json", "", "Answers and errors as JSON."},
        {"watch", "", "Repeats a listing when it changes; with --json one line for each change."},
        {"url", "URL", "A server elsewhere, with an API token in TRELLIS_TOKEN."},
        {"ca", "FILE", "Certificates that vouch for it, in place of the system's.", Complete::File},
        {"pin", "SHA256", "Its certificate's fingerprint, in place of any that vouches for it."},
        {"help", "", "This text."},
        {"version", "", "The version."},
    };
    return options;
}

const CommandSpec* findCommand(std::string_view group, std::string_view verb) {
    for (const auto& command : table())
        if (command.group == group && (command.verb == verb || *command.verb == '\0'))
            return &command;
    return nullptr;
}

std::span<const ExitStatus> exitStatuses() {
    static constexpr ExitStatus statuses[] = {
        {kOk, "Done."},
        {kFailed, "Failed for another reason."},
        {kUsage, "The command line or an argument is wrong."},
        {kNotFound, "What was named is not there."},
        {kUnavailable, "No server answers, or it can't do it now."},
        {kConflict, "It exists already, or something stands against it."},
        {kTryLater, "Too many calls, or no answer in time: try again."},
        {kDenied, "Not signed in, or no right."},
        {kConfig, "The configuration is wrong."},
    };
    return statuses;
}

} // namespace trellis::app::ctl
