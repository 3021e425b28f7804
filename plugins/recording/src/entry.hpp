/// One recording, as the list knows it.
#pragma once

#include <cstdint>
#include <string>

namespace recording {

struct Entry {
    std::string id;    ///< 32 hexadecimal digits
    std::string name;  ///< of the file
    std::string domain, userId, userName, guest, deviceId, deviceName, groupId, groupName;
    std::string sessionId, viewerAddress, deviceAddress;
    std::int64_t protocol = 0;
    std::int64_t startMs = 0, endMs = 0;  ///< since 1970
    std::int64_t size = 0;                ///< bytes of the finished file
    std::string sha256;                   ///< of it, in hexadecimal
    std::string state = "done";           ///< "live", "done", "cut" (the server died) or "removed"
    std::string note;                     ///< why it is not whole, "" if it is
    bool isIndexed = false, hasText = false;
};

namespace protocol {
/// Wire numbers (agent-protocol specification, section 6.4).
inline constexpr std::uint16_t kRootShell = 1, kDesktop = 2, kFiles = 5, kRootPowerShell = 6,
                               kUserShell = 8, kUserPowerShell = 9;
constexpr bool isTerminal(std::int64_t number) noexcept {
    return number == kRootShell || number == kRootPowerShell || number == kUserShell ||
           number == kUserPowerShell;
}
/// "terminal", "desktop", "files", or "" for what is not recorded.
constexpr const char* kindOf(std::int64_t number) noexcept {
    if (isTerminal(number)) return "terminal";
    return number == kDesktop ? "desktop" : number == kFiles ? "files" : "";
}
}  // namespace protocol

/// The tenant in an id such as "user/<tenant>/<name>", "" for the default one.
std::string domainOf(const std::string& id);
std::string newId();
std::int64_t nowMs();

}  // namespace recording
