/// The agent as a service of this machine.
#pragma once

#include <string>

namespace trellis::device::platform {

/// Where an installed agent lives.
struct ServicePaths {
    std::string program = "/usr/local/lib/trellis-agent/trellis-agent";
    std::string data = "/var/lib/trellis-agent";
    std::string settings = "/var/lib/trellis-agent/trellis-agent.msh";
    std::string unit = "/etc/systemd/system/trellis-agent.service";
};

/// Copies this program and `settings` (checked text) to their places, writes the unit, enables and
/// starts it. Again: replaces what is there and restarts; the identity stays. Throws std::runtime_error
/// with a sentence for people: not root, no systemd, a step that failed.
void installService(const std::string& settingsText);

/// Stops, disables and removes everything, identity included. What is not there is no error. Throws as
/// above.
void uninstallService();

/// The unit file's text.
std::string unitText(const ServicePaths& paths);

/// True if systemd runs this machine (sd_booted(3)).
bool hasSystemd();

}  // namespace trellis::device::platform
