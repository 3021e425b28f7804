#include "agent/platform/linux/desktop/display_servers.hpp"

#include "agent/base/fd.hpp"
#include "agent/platform/linux/desktop/proc.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <set>

namespace trellis::device::desktop {
namespace {
constexpr const char* kSockets = "/tmp/.X11-unix";
constexpr std::size_t kMaxServers = 64;

/// Calls `take` with each line about a socket of this machine.
template <class Take>
void forAllSockets(const Take& take) {
    const auto text = procText("/proc/net/unix");
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        take(text.substr(at, end - at));
        at = end + 1;
    }
}

/// Calls `take` with each line about a socket of X and its display's number.
template <class Take>
void forSockets(const Take& take) {
    forAllSockets([&](const std::string& line) {
        const auto path = line.find(kSockets);
        if (path == std::string::npos) return;
        const auto name = path + std::strlen(kSockets) + 2;
        const auto number = name < line.size() ? line.substr(name) : std::string();
        if (isNumber(number)) take(line, number);
    });
}

struct SocketLine {
    bool isListening = false;
    unsigned long inode = 0;
};
/// proc(5): Num RefCount Protocol Flags Type St Inode Path; flag 0x10000 listens.
SocketLine readLine(const std::string& line) {
    unsigned flags = 0;
    SocketLine read;
    if (std::sscanf(line.c_str(), "%*s %*s %*s %x %*s %*s %lu", &flags, &read.inode) != 2) return {};
    read.isListening = (flags & 0x10000U) != 0;
    return read;
}

/// Sockets of X servers that listen, by inode. Connecting to one to ask would make a server that has no
/// other client begin anew.
std::map<std::string, std::string> listeningSockets() {
    std::map<std::string, std::string> names;  // inode -> ":0"
    forSockets([&](const std::string& line, const std::string& number) {
        const auto socket = readLine(line);
        if (socket.isListening) names[std::to_string(socket.inode)] = ':' + number;
    });
    return names;
}

/// The display that this process serves, "" if none or if its descriptors can't be seen.
std::string servedBy(const std::string& pid, const std::map<std::string, std::string>& sockets) {
    const auto folder = "/proc/" + pid + "/fd";
    for (const auto& fd : namesIn(folder)) {
        std::array<char, 64> target{};
        const auto size = ::readlink((folder + '/' + fd).c_str(), target.data(), target.size() - 1);
        const std::string_view text(target.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
        if (!text.starts_with("socket:[")) continue;
        const auto found = sockets.find(std::string(text.substr(8, text.size() - 9)));
        if (found != sockets.end()) return found->second;
    }
    return {};
}

/// The number of a display of this machine, "" of another one's.
std::string localNumber(std::string display) {
    if (display.starts_with("unix:")) display.erase(0, 4);
    if (!display.starts_with(':')) return {};
    const auto number = display.substr(1, display.find('.') - 1);
    return isNumber(number) ? number : std::string();
}

/// A file alone may be left from a server that was killed.
bool doesAnswer(const std::string& path) {
    const Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (!fd || path.size() >= sizeof address.sun_path) return false;
    path.copy(address.sun_path, path.size());
    return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 || errno == EAGAIN;
}

/// Xorg, Xvfb, Xvnc, Xtigervnc, Xwayland ..., and NoMachine's.
bool isServer(const std::string& program) { return program.starts_with("X") || program.starts_with("nxagent"); }

/// Compositors of Wayland listen themselves and start their X server with its first client: to look on would be
/// to start it, and to see nothing.
bool isCompositors(const DisplayServer& server) {
    // Only root sees what the programs of others hold.
    const auto self = ::geteuid();
    return (self == 0 || self == server.owner) && hasWayland();
}

/// Fills in what the server's process tells.
void describe(DisplayServer& server, const std::string& pid) {
    const auto args = zeroSeparated(procText("/proc/" + pid + "/cmdline"));
    struct stat info {};
    if (::stat(("/proc/" + pid).c_str(), &info) == 0) server.owner = info.st_uid;
    const auto program = args.empty() ? std::string() : args[0].substr(args[0].find_last_of('/') + 1);
    server.isWayland = program.starts_with("Xwayland");
    server.isVirtual = program.starts_with("Xvfb") || program.starts_with("Xvnc") ||
                       program.starts_with("Xtigervnc") || program.starts_with("Xtightvnc") ||
                       program.starts_with("Xephyr") || program.starts_with("Xnest") ||
                       program.starts_with("nxagent");
    for (std::size_t i = 1; i < args.size(); ++i) {
        if (args[i].starts_with("vt") && isNumber(args[i].substr(2))) {
            server.terminal = "tty" + args[i].substr(2);
        }
        if (args[i] != "-auth" || i + 1 == args.size()) continue;
        const auto& path = args[i + 1];
        // xrdp names it as it is in the person's home.
        server.authority = path.starts_with('/') ? path : "/proc/" + pid + "/cwd/" + path;
    }
}
}  // namespace

std::vector<DisplayServer> findServers() {
    const auto sockets = listeningSockets();
    std::map<std::string, DisplayServer> servers;
    for (const auto& [inode, name] : sockets) {
        if (servers.size() >= kMaxServers) break;
        auto& server = servers[name];
        server.name = name;
        struct stat info {};
        const auto path = std::string(kSockets) + "/X" + name.substr(1);
        if (::stat(path.c_str(), &info) == 0) server.owner = info.st_uid;
    }
    std::set<std::string> served;
    for (const auto& pid : processes()) {
        if (!isServer(procText("/proc/" + pid + "/comm"))) continue;
        const auto found = servers.find(servedBy(pid, sockets));
        if (found == servers.end()) continue;
        describe(found->second, pid);
        served.insert(found->first);
    }
    for (auto& [name, server] : servers) {
        if (!served.contains(name) && isCompositors(server)) server.isWayland = true;
    }
    std::vector<DisplayServer> list;
    for (auto& [name, server] : servers) list.push_back(std::move(server));
    std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) {
        return std::stoi(a.name.substr(1)) < std::stoi(b.name.substr(1));
    });
    return list;
}

bool isRunning(const std::string& display) {
    const auto number = localNumber(display);
    if (number.empty()) return true;
    for (const auto& [inode, name] : listeningSockets()) {
        if (name == ':' + number) return true;
    }
    // A container can have the socket of a server that its own network does not list.
    return doesAnswer(std::string(kSockets) + "/X" + number);
}

std::multimap<std::string, DisplayClient> findClients() {
    std::multimap<std::string, DisplayClient> clients;
    for (const auto& pid : processes()) {
        const auto folder = "/proc/" + pid;
        struct stat info {};
        if (::stat(folder.c_str(), &info) != 0) continue;
        DisplayClient client;
        client.user = info.st_uid;
        std::string display;
        bool isOurs = false;
        for (const auto& line : zeroSeparated(procText(folder + "/environ"))) {
            if (line.starts_with("DISPLAY=")) display = line.substr(8);
            if (line.starts_with("XAUTHORITY=")) client.authority = line.substr(11);
            if (line.starts_with("DBUS_SESSION_BUS_ADDRESS=")) client.bus = line.substr(25);
            if (line.starts_with("XDG_RUNTIME_DIR=")) client.runtimeFolder = line.substr(16);
            isOurs = isOurs || line.starts_with(kDesktopMark);
        }
        if (display.ends_with(".0")) display.resize(display.size() - 2);
        if (!display.empty() && !isOurs) clients.emplace(display, client);
    }
    return clients;
}

bool hasWayland() {
    constexpr std::string_view kName = "/wayland-";  // in the person's runtime folder
    bool isThere = false;
    forAllSockets([&](const std::string& line) {
        const auto at = line.rfind(kName);
        if (at == std::string::npos || !isNumber(line.substr(at + kName.size()))) return;
        isThere = isThere || readLine(line).isListening;
    });
    return isThere;
}

std::size_t serverTraffic() {
    std::string all;
    forSockets([&](const std::string& line, const std::string& number) {
        all += number + ' ' + std::to_string(readLine(line).inode) + '\n';
    });
    return std::hash<std::string>{}(all);
}

}  // namespace trellis::device::desktop
