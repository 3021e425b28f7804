#include "core/api/commands/install.hpp"

#include "core/net/http_message.hpp"

namespace trellis::api {

std::string settingsUrl(const InstallCommand& install) {
    return install.serverUrl + "/meshsettings?id=" + net::percentEncode(install.token);
}

std::string agentUrl(const InstallCommand& install) {
    return install.serverUrl + "/meshagents?id=" + std::to_string(install.agentId);
}

std::string linuxInstallLine(const InstallCommand& install) {
    // Everything that is put in is base64, percent-encoded or a checked host name: no quote can be
    // in it. The folder is removed afterwards because the settings in it are an invitation.
    return "s=; [ \"$(id -u)\" = 0 ] || s=sudo; $s sh -c 'set -e; umask 077; d=$(mktemp -d); trap "
           "\"rm -rf $d\" EXIT; "
           "get() { if command -v curl >/dev/null; "
           "then curl -fsSk --proto =https --pinnedpubkey \"" +
           install.keyPin +
           "\" -o \"$2\" \"$1\"; "
           "else wget -q --no-check-certificate --pinnedpubkey=\"" +
           install.keyPin +
           "\" -O \"$2\" \"$1\"; fi; }; "
           "get \"" +
           agentUrl(install) + "\" \"$d/trellis-agent\"; get \"" + settingsUrl(install) +
           "\" \"$d/trellis-agent.msh\"; "
           "chmod 755 \"$d/trellis-agent\"; \"$d/trellis-agent\" -install'";
}

} // namespace trellis::api
