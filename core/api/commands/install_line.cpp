#include "core/api/commands/install.hpp"

#include <trellis/wire/percent.hpp>

#include "core/net/http_message.hpp"

namespace trellis::api {

namespace {

/// What `uname -m` says where this agent runs (agent-protocol specification, section 4.4).
std::string_view machineOf(std::uint32_t agentId) {
    if (agentId == 25)
        return "armv7l";
    return agentId == 26 || agentId == 32 ? "aarch64" : "x86_64";
}

} // namespace

std::string settingsUrl(const InstallCommand& install) {
    return install.serverUrl + "/meshsettings?id=" + wire::percentEncode(install.token);
}

std::string agentUrl(const InstallCommand& install) {
    return install.serverUrl + "/meshagents?id=" + std::to_string(install.agentId);
}

std::string linuxInstallLine(const InstallCommand& install) {
    // Everything that is put in is base64, percent-encoded or a checked host name: no quote can be
    // in it. The folder is removed afterwards because the settings in it are an invitation.
    const std::string machine(machineOf(install.agentId));
    const std::string start =
        install.isTemporary ? "sh -c" : "s=; [ \"$(id -u)\" = 0 ] || s=sudo; $s sh -c";
    // A shell that a signal ends leaves the trap of its end out; this one ends by itself.
    const std::string signals = install.isTemporary ? "trap \"exit 130\" INT TERM HUP; " : "";
    return start +
           " 'set -e; umask 077; "
           "no() { echo \"trellis: $*\" >&2; exit 1; }; "
           "m=$(uname -sm); [ \"$m\" = \"Linux " +
           machine + "\" ] || no \"this agent is for Linux " + machine +
           ", this is $m\"; "
           "has() { command -v \"$1\" >/dev/null; }; "
           "if has curl; then get() { curl -fsSk --proto =https --pinnedpubkey \"" +
           install.keyPin +
           "\" -o \"$2\" \"$1\" || no \"curl could not get $1\"; }; "
           // busybox has a wget that can't check a key.
           "elif has wget && wget --help 2>&1 | grep -q pinnedpubkey; "
           "then get() { wget -nv --no-check-certificate --pinnedpubkey=\"" +
           install.keyPin +
           "\" -O \"$2\" \"$1\" 2>\"$d/said\" || { cat \"$d/said\"; no \"wget could not get $1\"; }; }; "
           "else no \"curl or GNU wget is needed, install one first; on Debian and Ubuntu: "
           "apt-get install curl\"; fi; "
           "d=$(mktemp -d); trap \"rm -rf $d\" EXIT; " +
           signals +
           "get \"" +
           agentUrl(install) + "\" \"$d/trellis-agent\"; get \"" + settingsUrl(install) +
           "\" \"$d/trellis-agent.msh\"; "
           "chmod 755 \"$d/trellis-agent\"; \"$d/trellis-agent\" " +
           (install.isTemporary ? "connect" : "-install") + "'";
}

} // namespace trellis::api
