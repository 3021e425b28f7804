/// A share: one device, some protocols, a time, in a user's name (control-protocol 3.9 and 5.7).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <trellis/sdk/json.hpp>
#include <trellis/sdk/records.hpp>
#include <trellis/sdk/rights.hpp>

namespace sharing {

namespace json = boost::json;

/// Bits of `p`.
namespace kind {
constexpr std::uint32_t kTerminal = 1;
constexpr std::uint32_t kDesktop = 2;
constexpr std::uint32_t kFiles = 4;
constexpr std::uint32_t kHttp = 8;
constexpr std::uint32_t kHttps = 16;
}  // namespace kind

struct Share {
    std::string publicId;  ///< names it to technicians; opens nothing
    std::string deviceId, domain, userId;
    std::string guestName;
    std::uint32_t kinds = 0;
    std::uint32_t consent = 0;
    std::int64_t createdMs = 0;
    std::optional<std::int64_t> startMs, expireMs;  ///< from 1970 on
    std::int64_t durationMin = 0;                   ///< of one occurrence of a recurring share
    int recurring = 0;                              ///< 0 not, 1 daily, 2 weekly
    std::optional<int> port;                        ///< of HTTP and HTTPS
    bool isViewOnly = false;
    bool asksName = false;  ///< the guest says who he is

    /// What is stored.
    json::object toDocument() const;
    /// Nothing if it is not such a document.
    static std::optional<Share> fromDocument(const json::object& document);
    /// What technicians are told; `url` is added by the caller, for who made the share.
    json::object toWire() const;
};

enum class Phase : std::uint8_t { Open = 1, Early, Over };

/// Where a share stands at a moment.
struct Moment {
    Phase phase = Phase::Over;
    std::optional<std::int64_t> fromMs;   ///< begin of the current or next time
    std::optional<std::int64_t> untilMs;  ///< its end; absent: no end
};
/// Recurring shares come again every 24 hours or every 7 times 24 hours after their start.
Moment momentOf(const Share& share, std::int64_t nowMs);

/// What a user needs for having guests at all (control-protocol 3.9).
inline constexpr trellis::sdk::Requirement kSponsor{
    trellis::sdk::Scope::Device,
    trellis::sdk::device_right::kRemoteControl | trellis::sdk::device_right::kGuestSharing,
    trellis::sdk::device_right::kLimitedInput, ""};

bool maySponsor(std::uint32_t rights);
/// maySponsor(), and none of `kinds` is one that the rights take away.
bool mayShare(std::uint32_t rights, std::uint32_t kinds);
/// Upper bound of a guest's rights on the device.
std::uint32_t guestRights(const Share& share);

/// Wire numbers of the tunnels that belong to `kinds` (agent-protocol 6.4).
std::vector<std::uint16_t> protocolsOf(std::uint32_t kinds);

}  // namespace sharing
