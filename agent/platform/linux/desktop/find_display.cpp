#include "agent/platform/linux/desktop/find_display.hpp"

#include "agent/platform/linux/desktop/proc.hpp"
#include "agent/platform/linux/desktop/x_authority.hpp"
#include "agent/service/environment.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <functional>

namespace trellis::device::desktop {
namespace {
/// login.defs(5): accounts of people start here on every distribution that matters.
constexpr uid_t kFirstPerson = 1000;

const char* ownVariable(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing changes it
    return value != nullptr && *value != '\0' ? value : nullptr;
}

/// The file in which a user's programs look.
std::string fileOf(const DisplayClient& client) {
    if (!client.authority.empty()) return client.authority;
    const auto user = findUser(client.user);
    return user ? user->home + "/.Xauthority" : std::string();
}

/// Anybody may write a display into his environment; who has its key is let in.
bool holdsKey(const DisplayClient& client, std::string_view number, const std::vector<std::string>& keys) {
    const auto his = keysOf(fileOf(client), number, client.user);
    return std::any_of(his.begin(), his.end(), [&](const auto& key) {
        return std::find(keys.begin(), keys.end(), key) != keys.end();
    });
}

bool isPerson(uid_t user) { return user >= kFirstPerson; }

const DisplayClient* bestOf(const DisplayServer& server, const std::vector<DisplayClient>& clients,
                      const std::vector<std::string>& keys) {
    const DisplayClient* best = nullptr;
    const auto number = server.name.substr(1);
    const auto rank = [](const DisplayClient& each) {
        const int who = isPerson(each.user) ? 4 : each.user != 0 ? 2 : 0;
        return who + (each.authority.empty() ? 0 : 1);
    };
    for (const auto& each : clients) {
        if (best != nullptr && rank(each) <= rank(*best)) continue;
        if (keys.empty() || each.user == 0 || holdsKey(each, number, keys)) best = &each;
    }
    return best;
}
}  // namespace

DisplayTarget targetOf(const DisplayServer& server, const std::vector<DisplayClient>& clients) {
    DisplayTarget target;
    target.name = server.name;
    target.user = server.owner;
    // A server takes every key of its file, whichever display that is said to be for.
    const auto keys = server.authority.empty() ? std::vector<std::string>()
                                               : keysOf(server.authority, {});
    const auto* best = bestOf(server, clients, keys);
    if (!keys.empty()) target.key = keys.back();
    // Display managers run their programs as root or as accounts of their own.
    target.isLogin = !isPerson(best == nullptr ? server.owner : best->user);
    if (best == nullptr) {
        target.authority = server.authority;
        return target;
    }
    target.user = best->user;
    target.busAddress = best->bus;
    target.runtimeFolder = best->runtimeFolder;
    target.authority = best->authority;
    // A program of root there may be any; the server's own file fits it always.
    if (best->user == 0 && !server.authority.empty()) target.authority = server.authority;
    return target;
}

int rankOf(const DisplayServer& server, const DisplayTarget& target, const Seat& seat) {
    const bool isInFront = (!server.terminal.empty() && server.terminal == seat.terminal) ||
                           seat.displays.contains(server.name);
    if (isInFront) return 0;
    const int isVirtual = server.isVirtual ? 1 : 0;
    if (seat.users.contains(target.user)) return 2 + isVirtual;
    return (target.isLogin ? 6 : 4) + isVirtual;
}

std::vector<DisplayTarget> findDisplays(std::optional<uid_t> user) {
    const auto clients = findClients();
    const auto seat = readSeat();
    const auto self = ::geteuid();
    // Started by hand within a session: that one is meant.
    const char* own = ownVariable("DISPLAY");
    std::vector<std::pair<int, DisplayTarget>> found;
    bool hasOwn = false;
    for (const auto& server : findServers()) {
        const bool isOwn = own != nullptr && server.name == own;
        if (server.isWayland) {
            hasOwn = hasOwn || isOwn;  // black, whoever names it
            continue;
        }
        std::vector<DisplayClient> here;
        const auto [first, last] = clients.equal_range(server.name);
        for (auto each = first; each != last; ++each) here.push_back(each->second);
        auto target = targetOf(server, here);
        if ((user && target.user != *user) || (self != 0 && target.user != self)) continue;
        hasOwn = hasOwn || isOwn;
        found.emplace_back(isOwn ? -1 : rankOf(server, target, seat), std::move(target));
    }
    if (own != nullptr && !user && !hasOwn && isRunning(own)) {
        const char* file = ownVariable("XAUTHORITY");
        found.emplace_back(-1, DisplayTarget{own, {}, file == nullptr ? "" : file, self, false, {}, {}});
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<DisplayTarget> targets;
    for (auto& [rank, target] : found) targets.push_back(std::move(target));
    return targets;
}

std::size_t displaySituation() {
    const auto seat = readSeat();
    auto text = std::to_string(serverTraffic()) + ' ' + seat.terminal;
    for (const auto& name : seat.displays) text += ' ' + name;
    for (const auto user : seat.users) text += ' ' + std::to_string(user);
    return std::hash<std::string>{}(text);
}

bool isWatched(const std::string& display) {
    for (const auto& pid : processes()) {
        const auto args = zeroSeparated(procText("/proc/" + pid + "/cmdline"));
        if (args.size() != 2 || args[1] != "desktop") continue;
        const auto lines = zeroSeparated(procText("/proc/" + pid + "/environ"));
        if (std::find(lines.begin(), lines.end(), "DISPLAY=" + display) != lines.end()) return true;
    }
    return false;
}

std::string whyNoDisplay() {
    const auto servers = findServers();
    if (hasWayland()) {
        return "this machine's session runs on Wayland, which can't be shown; a session of X11 can";
    }
    if (!servers.empty()) return "the X server of this machine belongs to another user than the agent";
    return "no X server runs on this machine";
}

}  // namespace trellis::device::desktop
