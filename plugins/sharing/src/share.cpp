#include "share.hpp"

namespace sharing {
namespace {

namespace right = trellis::sdk::device_right;

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kDayMs = 24 * 60 * kMinuteMs;

std::string text(const json::object& from, std::string_view name) {
    const auto* value = from.if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::optional<std::int64_t> number(const json::object& from, std::string_view name) {
    const auto* value = from.if_contains(name);
    if (!value || !value->is_int64()) return std::nullopt;
    return value->get_int64();
}

bool flag(const json::object& from, std::string_view name) {
    const auto* value = from.if_contains(name);
    return value && value->is_bool() && value->get_bool();
}

}  // namespace

json::object Share::toWire() const {
    json::object out{{"p", kinds},
                     {"publicid", publicId},
                     {"userid", userId},
                     {"guestName", guestName},
                     {"consent", consent}};
    if (port) out["port"] = *port;
    if (startMs) out["startTime"] = *startMs;
    if (expireMs) out["expireTime"] = *expireMs;
    if (durationMin > 0) out["duration"] = durationMin;
    if (recurring != 0) out["recurring"] = recurring;
    if (isViewOnly) out["viewOnly"] = true;
    if (asksName) out["askName"] = true;
    return out;
}

json::object Share::toDocument() const {
    auto out = toWire();
    out["nodeid"] = deviceId;
    out["domain"] = domain;
    out["created"] = createdMs;
    return out;
}

std::optional<Share> Share::fromDocument(const json::object& from) {
    Share share;
    share.publicId = text(from, "publicid");
    share.deviceId = text(from, "nodeid");
    share.domain = text(from, "domain");
    share.userId = text(from, "userid");
    share.guestName = text(from, "guestName");
    share.kinds = static_cast<std::uint32_t>(number(from, "p").value_or(0));
    share.consent = static_cast<std::uint32_t>(number(from, "consent").value_or(0));
    share.createdMs = number(from, "created").value_or(0);
    share.startMs = number(from, "startTime");
    share.expireMs = number(from, "expireTime");
    share.durationMin = number(from, "duration").value_or(0);
    share.recurring = static_cast<int>(number(from, "recurring").value_or(0));
    if (const auto port = number(from, "port")) share.port = static_cast<int>(*port);
    share.isViewOnly = flag(from, "viewOnly");
    share.asksName = flag(from, "askName");
    if (share.publicId.empty() || share.deviceId.empty() || share.userId.empty()) return std::nullopt;
    return share;
}

Moment momentOf(const Share& share, std::int64_t nowMs) {
    if (share.recurring != 0) {
        const auto start = share.startMs.value_or(0);
        const auto period = share.recurring == 2 ? 7 * kDayMs : kDayMs;
        const auto length = share.durationMin * kMinuteMs;
        if (nowMs < start) return {Phase::Early, start, start + length};
        const auto begin = start + (nowMs - start) / period * period;
        if (nowMs < begin + length) return {Phase::Open, begin, begin + length};
        return {Phase::Early, begin + period, begin + period + length};
    }
    if (share.startMs && nowMs < *share.startMs) return {Phase::Early, share.startMs, share.expireMs};
    if (share.expireMs && nowMs >= *share.expireMs) return {Phase::Over, share.startMs, share.expireMs};
    return {Phase::Open, share.startMs, share.expireMs};
}

bool maySponsor(std::uint32_t rights) {
    return rights == right::kAdmin || ((rights & kSponsor.right) == kSponsor.right &&
                                       (rights & kSponsor.forbidden) == 0);
}

bool mayShare(std::uint32_t rights, std::uint32_t kinds) {
    if (rights == right::kAdmin) return true;
    if (!maySponsor(rights)) return false;
    const auto lacks = [&](std::uint32_t bit, std::uint32_t restriction) {
        return (kinds & bit) != 0 && (rights & restriction) != 0;
    };
    return !lacks(kind::kTerminal, right::kNoTerminal) && !lacks(kind::kDesktop, right::kNoDesktop) &&
           !lacks(kind::kFiles, right::kNoFiles);
}

std::uint32_t guestRights(const Share& share) {
    auto rights = right::kRemoteControl | right::kNoAmt;
    if ((share.kinds & kind::kTerminal) == 0) rights |= right::kNoTerminal;
    if ((share.kinds & kind::kDesktop) == 0) rights |= right::kNoDesktop;
    if ((share.kinds & kind::kFiles) == 0) rights |= right::kNoFiles;
    if (share.isViewOnly) rights |= right::kViewOnly;
    return rights;
}

std::vector<std::uint16_t> protocolsOf(std::uint32_t kinds) {
    std::vector<std::uint16_t> out;
    if ((kinds & kind::kTerminal) != 0) out.insert(out.end(), {1, 6, 8, 9});
    if ((kinds & kind::kDesktop) != 0) out.push_back(2);
    if ((kinds & kind::kFiles) != 0) out.insert(out.end(), {5, 10});
    return out;
}

}  // namespace sharing
