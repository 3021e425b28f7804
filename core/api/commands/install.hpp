/// The command that installs an agent on a Linux device.
#pragma once

#include <cstdint>
#include <string>

namespace trellis::api {

struct InstallCommand {
    std::string serverUrl; ///< "https://host[:port]"
    std::string keyPin; ///< "sha256//<base64>" of the web certificate's public key (RFC 7469 2.4)
    std::string token;  ///< for /meshsettings
    std::uint32_t agentId = 6;
    bool isTemporary = false; ///< runs in the foreground, installs nothing, leaves nothing behind
};

/// One line for a shell, with root's rights unless it is temporary. The download is bound to the public key of the server's certificate,
/// so that it is safe with a self-signed one, and nothing is run that did not come through it.
/// Both curl and wget check the pin even where they are told not to look for a known issuer.
std::string linuxInstallLine(const InstallCommand& install);
std::string settingsUrl(const InstallCommand& install);
std::string agentUrl(const InstallCommand& install);

} // namespace trellis::api
