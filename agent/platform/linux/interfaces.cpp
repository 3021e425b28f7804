#include "agent/platform/linux/facts.hpp"

#include "agent/base/file.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netdb.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <map>
#include <memory>

namespace trellis::device::platform {
namespace {
constexpr std::size_t kMaxInterfaces = 256;
constexpr std::size_t kMaxAddresses = 64;

std::string numeric(const sockaddr* address) {
    if (address == nullptr) return {};
    const socklen_t size =
        address->sa_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    std::array<char, NI_MAXHOST> text{};
    if (::getnameinfo(address, size, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0) {
        return {};
    }
    const std::string name(text.data());
    return name.substr(0, name.find('%'));  // the scope is this machine's business
}

void setLink(Interface& entry, const sockaddr_ll& link) {
    if (link.sll_hatype == ARPHRD_LOOPBACK) entry.type = "loopback";
    if (link.sll_halen != 6 || link.sll_hatype != ARPHRD_ETHER) return;
    std::array<char, 18> text{};
    const auto* m = link.sll_addr;
    std::snprintf(text.data(), text.size(), "%02X:%02X:%02X:%02X:%02X:%02X", m[0], m[1], m[2], m[3],
                  m[4], m[5]);
    entry.mac = text.data();
    const auto wireless = "/sys/class/net/" + entry.name + "/wireless";
    entry.type = ::access(wireless.c_str(), F_OK) == 0 ? "wireless" : "ethernet";
}

void addAddress(Interface& entry, const ifaddrs& from) {
    const auto family = from.ifa_addr->sa_family;
    if ((family != AF_INET && family != AF_INET6) || entry.addresses.size() >= kMaxAddresses) return;
    entry.addresses.push_back({numeric(from.ifa_addr), family == AF_INET ? "IPv4" : "IPv6",
                               numeric(from.ifa_netmask)});
}

/// Interface to IPv4 default gateway, from /proc/net/route (proc(5)): name, destination, gateway in
/// the machine's byte order as hex.
std::map<std::string, std::string> gateways() {
    std::map<std::string, std::string> found;
    const auto table = readFile("/proc/net/route", 256 * 1024).value_or("");
    std::size_t at = table.find('\n');
    while (at != std::string::npos && at + 1 < table.size()) {
        const auto end = table.find('\n', at + 1);
        const auto line = table.substr(at + 1, end - at - 1);
        std::array<char, IF_NAMESIZE> name{};
        unsigned destination = 1;
        unsigned gateway = 0;
        if (std::sscanf(line.c_str(), "%15s %x %x", name.data(), &destination, &gateway) == 3 &&
            destination == 0 && gateway != 0) {
            std::array<char, INET_ADDRSTRLEN> text{};
            ::inet_ntop(AF_INET, &gateway, text.data(), text.size());
            found.emplace(name.data(), text.data());
        }
        at = end;
    }
    return found;
}
}  // namespace

std::vector<Interface> interfaces() {
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) return {};
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
    const auto routes = gateways();
    std::vector<Interface> out;
    for (const auto* each = list; each != nullptr; each = each->ifa_next) {
        const std::string name(each->ifa_name);
        auto found = std::find_if(out.begin(), out.end(),
                                  [&](const Interface& entry) { return entry.name == name; });
        if (found == out.end()) {
            if (out.size() >= kMaxInterfaces) continue;
            Interface entry;
            entry.name = name;
            entry.type = "other";
            entry.status = (each->ifa_flags & IFF_RUNNING) != 0 ? "up" : "down";
            const auto route = routes.find(name);
            if (route != routes.end()) entry.gateway = route->second;
            found = out.insert(out.end(), std::move(entry));
        }
        if (each->ifa_addr == nullptr) continue;
        if (each->ifa_addr->sa_family == AF_PACKET) {
            setLink(*found, *reinterpret_cast<const sockaddr_ll*>(each->ifa_addr));
        } else {
            addAddress(*found, *each);
        }
    }
    return out;
}

}  // namespace trellis::device::platform
