/// Finds the X server that shows the session of the person at the screen.
#pragma once

#include "agent/platform/linux/desktop/seat.hpp"
#include "agent/platform/linux/desktop/display_servers.hpp"

#include <optional>
#include <string>
#include <vector>

namespace trellis::device::desktop {

struct DisplayTarget {
    std::string name;        ///< ":0"
    std::string key;         ///< that the server takes (raw), "" if it is not known
    std::string authority;   ///< the user's own file with a key, "" if none is known
    uid_t user = 0;          ///< whose windows are there, else the server's owner
    bool isLogin = false;    ///< a login screen: nobody is signed in
    std::string busAddress;  ///< of the user's session bus, "" if unknown
    std::string runtimeFolder;
};

/// All X servers of this machine that the agent may use, best first: what is in front of the machine, the
/// active session's, another person's, a login screen. `user`: only displays of that user.
std::vector<DisplayTarget> findDisplays(std::optional<uid_t> user = {});
/// Whose a server is. `clients`: of that display.
DisplayTarget targetOf(const DisplayServer& server, const std::vector<DisplayClient>& clients);
/// Less is better.
int rankOf(const DisplayServer& server, const DisplayTarget& target, const Seat& seat);

/// Changes whenever findDisplays() may answer otherwise.
std::size_t displaySituation();
/// Does a desktop program of this agent show that display?
bool isWatched(const std::string& display);
/// Why there is none: a sentence for the person who wants to watch.
std::string whyNoDisplay();

}  // namespace trellis::device::desktop
