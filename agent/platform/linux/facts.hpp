/// What this machine is.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace trellis::device::platform {

/// PRETTY_NAME of /etc/os-release (os-release(5)), else the kernel's name.
std::string osName();
/// The value of PRETTY_NAME in the text of an os-release file, "" if it has none.
std::string prettyName(const std::string& osRelease);
/// "x64", "arm64", "arm", "ia32": the words of the HostInfo message.
std::string archName();
/// Protocol section 4.4; 0 for an architecture without a number.
std::uint32_t agentId();
/// Protocol 3.3: 1 desktop, 2 laptop, 4 server, 8 virtual.
std::uint32_t platformType();
/// Up to 255 bytes of UTF-8, never empty.
std::string hostName();
/// Absolute path of the running program.
std::string programPath();

struct InterfaceAddress {
    std::string address;  ///< numeric
    std::string family;   ///< "IPv4" or "IPv6"
    std::string netmask;
};
struct Interface {
    std::string name;
    std::string mac;      ///< "AA:BB:CC:DD:EE:FF", "" if it has none
    std::string type;     ///< "ethernet", "wireless", "loopback" or "other"
    std::string status;   ///< "up" or "down"
    std::string gateway;  ///< IPv4 default gateway through it, or ""
    std::vector<InterfaceAddress> addresses;
};
/// At most 256 interfaces with 64 addresses each.
std::vector<Interface> interfaces();

}  // namespace trellis::device::platform
