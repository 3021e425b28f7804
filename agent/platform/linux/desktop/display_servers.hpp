/// The X servers of this machine and who shows windows on them, as /proc tells it.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

namespace trellis::device::desktop {

struct DisplayServer {
    std::string name;       ///< ":0"
    uid_t owner = 0;
    std::string authority;  ///< file of its keys, "" if it has none or if that can't be known
    std::string terminal;   ///< "tty7", "" without one
    bool isWayland = false;  ///< Xwayland's, started or not
    bool isVirtual = false;  ///< has no monitor: Xvfb, Xvnc and the like
};
/// Those that listen, by number. At most 64.
std::vector<DisplayServer> findServers();

/// Does an X server listen for this display (":0", ":0.1")? Taken for granted where the name says another machine.
bool isRunning(const std::string& display);

/// A process that shows windows on a display.
struct DisplayClient {
    uid_t user = 0;
    std::string authority;  ///< as its environment names it
    std::string bus;
    std::string runtimeFolder;
};
/// Does a compositor of Wayland run, a login screen's too?
bool hasWayland();

/// In the environment of the desktop program, which is nobody's window.
inline constexpr const char* kDesktopMark = "TRELLIS_DESKTOP=";
/// Every process whose environment names a display, by display.
std::multimap<std::string, DisplayClient> findClients();

/// Changes whenever an X server or one of its clients comes or goes. One small file is read for it.
std::size_t serverTraffic();

}  // namespace trellis::device::desktop
