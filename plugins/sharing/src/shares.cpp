#include "shares.hpp"

#include <algorithm>
#include <map>

#include <unistd.h>

namespace sharing {
namespace {

using trellis::sdk::Caller;
using trellis::sdk::LogEvent;
using trellis::sdk::Seconds;

constexpr auto kUse = "guest";
constexpr Seconds kForEver{100LL * 365 * 86400};
constexpr Seconds kRemember{30LL * 86400};  // how long "it is over" is told after the end

/// 120 random bits in letters and digits.
std::string newPublicId() {
    unsigned char bytes[24];
    if (::getentropy(bytes, sizeof bytes) != 0) {
        throw trellis::sdk::Error(trellis::sdk::ErrorCode::Internal, "no random numbers");
    }
    constexpr char kLetters[] = "abcdefghijklmnopqrstuvwxyz234567";
    std::string out;
    for (const auto byte : bytes) out += kLetters[byte & 31];
    return out;
}

LogEvent eventOf(const Share& share, const std::string& groupId, const char* action) {
    LogEvent event;
    event.etype = "node";
    event.action = action;
    event.domain = share.domain;
    event.deviceId = share.deviceId;
    event.groupId = groupId;
    return event;
}

}  // namespace

void Shares::create(Share& share, const Caller& caller, const std::string& groupId) {
    share.publicId = newPublicId();
    share.userId = caller.userId;
    share.domain = caller.domain;
    store_.add(share);
    tellAdded(share, caller, groupId);
    tellUpdate(share, groupId);
}

/// Texts and numbers: control-protocol 2.5.
void Shares::tellAdded(const Share& share, const Caller& caller, const std::string& groupId) {
    auto event = eventOf(share, groupId, "addedDeviceShare");
    event.userId = caller.userId;
    event.userName = caller.userName;
    json::array args{json::value(share.guestName)};
    int id = 131;
    event.text = "Added device share " + share.guestName + " with unlimited time.";
    if (share.recurring != 0) {
        id = share.recurring == 1 ? 138 : 139;
        event.text = "Added device share " + share.guestName +
                     (share.recurring == 1 ? " recurring daily." : " recurring weekly.");
    } else if (share.startMs && share.expireMs) {
        id = 101;
        event.text = "Added device share: " + share.guestName + ".";
        args.emplace_back("DATETIME:" + std::to_string(*share.startMs));
        args.emplace_back("DATETIME:" + std::to_string(*share.expireMs));
    }
    event.extra = {{"msgid", id}, {"msgArgs", std::move(args)}, {"publicid", share.publicId}};
    host_.record(event);
}

void Shares::tellUpdate(const Share& share, const std::string& groupId) {
    auto event = eventOf(share, groupId, "deviceShareUpdate");
    event.isKept = false;
    json::array left;
    for (const auto& other : store_.ofDevice(share.deviceId)) left.emplace_back(other.toWire());
    event.extra = {{"deviceShares", std::move(left)}};
    host_.record(event);
}

std::optional<Share> Shares::revoke(const Caller& caller, const std::string& deviceId,
                                    const std::string& groupId, const std::string& publicId) {
    auto share = store_.find(publicId);
    if (!share || share->deviceId != deviceId) return std::nullopt;
    // Before the look that finds shares gone could say that its time was over; and once more whoever came meanwhile.
    constexpr auto kRevoked = "the share was revoked";
    host_.cutGuest(publicId, kRevoked);
    if (!store_.remove(deviceId, publicId)) return std::nullopt;
    host_.cutGuest(publicId, kRevoked);
    auto event = eventOf(*share, groupId, "removedDeviceShare");
    event.userId = caller.userId;
    event.userName = caller.userName;
    event.text = "Removed Device Share";
    event.extra = {{"msgid", 102}, {"msgArgs", {share->guestName}}, {"publicid", publicId}};
    host_.record(event);
    tellUpdate(*share, groupId);
    return share;
}

std::vector<Share> Shares::ofDevice(const std::string& deviceId) {
    store_.removeExpired(deviceId, nowMs());
    return store_.ofDevice(deviceId);
}

std::vector<Share> Shares::ofGroup(const std::string& groupId) {
    store_.removeExpired("", nowMs());
    auto found = store_.all();
    std::erase_if(found, [&](const Share& share) {
        const auto device = host_.device(share.deviceId);
        return !device || device->groupId != groupId;
    });
    return found;
}

void Shares::deviceRemoved(const std::string& deviceId) { store_.removeDevice(deviceId); }

void Shares::dropExpired() { store_.removeExpired("", nowMs()); }

/// Made anew each time instead of stored: who reads the database has no links.
std::string Shares::linkOf(const Share& share) {
    json::object body{{"pid", share.publicId}};
    auto lifetime = kForEver;
    if (share.expireMs) {
        body["e"] = *share.expireMs;
        const auto left = Seconds((*share.expireMs - nowMs()) / 1000 + 60);
        lifetime = std::max(left, Seconds(60)) + kRemember;
    }
    return host_.publicUrl() + "/sharing?c=" + host_.seal(kUse, body, lifetime);
}

Shares::Found Shares::byLink(const std::string& link) {
    const auto body = host_.unseal(kUse, link);
    const auto* id = body ? body->if_contains("pid") : nullptr;
    if (!id || !id->is_string()) return {};
    auto share = store_.find(std::string(id->get_string()));
    if (share && isBacked(*share)) {
        const bool isOver = momentOf(*share, nowMs()).phase == Phase::Over;
        return {std::move(share), isOver};
    }
    const auto* end = body->if_contains("e");
    return {std::nullopt, end && end->is_int64() && end->get_int64() <= nowMs()};
}

bool Shares::isBacked(const Share& share) {
    const auto user = directory_.user(share.userId);
    if (!user || user->isLocked || user->domain != share.domain) return false;
    const auto rights = directory_.rights(user->id, share.deviceId);
    return rights && mayShare(*rights, share.kinds);
}

void Shares::cutStale() {
    std::map<std::string, bool> isGood;  // by ticket, so that many sessions cost one look
    for (const auto& session : host_.guestSessions()) {
        const auto& whole = session.info.ticket;
        const auto id = whole.substr(whole.find('/') + 1);
        if (isGood.contains(id)) continue;
        const auto share = store_.find(id);
        isGood[id] = share && isBacked(*share) && momentOf(*share, nowMs()).phase == Phase::Open;
    }
    for (const auto& [id, good] : isGood) {
        if (!good) host_.cutGuest(id, "the share has ended");
    }
}

}  // namespace sharing
