#include "core/api/commands/server_numbers.hpp"

#include <cstdlib>
#include <fstream>

#include <sys/sysinfo.h>

namespace trellis::api {

namespace {

/// Bytes that programs could still get (proc(5), MemAvailable); nothing if the system doesn't say.
std::optional<std::uint64_t> availableMemory() {
    std::ifstream file("/proc/meminfo");
    std::string name;
    std::uint64_t kilobytes = 0;
    std::string unit;
    while (file >> name >> kilobytes) {
        std::getline(file, unit);
        if (name == "MemAvailable:")
            return kilobytes * 1024;
    }
    return std::nullopt;
}

/// Agents of one tenant; where there is only one, the number is at hand.
std::size_t connectedIn(const Context& context, const std::string& domain) {
    if (domain.empty() && context.config.domains.empty())
        return context.directory.connectedCount();
    std::size_t count = 0;
    for (const auto& group : context.directory.groups(domain))
        for (const auto& device : context.directory.devicesOf(group->id))
            count += context.directory.presence(device->id).isConnected() ? 1 : 0;
    return count;
}

boost::json::object countsOf(const Context& context, const ControlHub& hub,
                             const std::string& domain) {
    const auto sessions = hub.counts(domain);
    std::size_t connections = 0;
    for (const auto& [user, count] : sessions)
        connections += count;
    const auto tunnels = context.tunnels.countIn(domain);
    return {{"UserAccounts", context.directory.userCount(domain)},
            {"DeviceGroups", context.directory.groups(domain).size()},
            {"AgentSessions", connectedIn(context, domain)},
            {"ConnectedUsers", sessions.size()},
            {"UsersSessions", connections},
            {"RelaySessions", tunnels},
            {"RelayCount", tunnels},
            {"ConnectedIntelAMT", 0}};
}

} // namespace

boost::json::object serverNumbers(const Context& context, const ControlHub& hub,
                                  const std::string& domain) {
    boost::json::object numbers;
    struct sysinfo system {};
    if (::sysinfo(&system) == 0) {
        numbers["totalmem"] = std::uint64_t{system.totalram} * system.mem_unit;
        numbers["freemem"] = std::uint64_t{system.freeram} * system.mem_unit;
    }
    if (const auto available = availableMemory())
        numbers["availablemem"] = *available;
    double load[3] = {0, 0, 0};
    if (::getloadavg(load, 3) == 3)
        numbers["cpuavg"] = {load[0], load[1], load[2]};
    numbers["values"] = {{"ServerState", countsOf(context, hub, domain)}};
    return numbers;
}

} // namespace trellis::api
