#include "core/relay/tunnel_ledger.hpp"

#include "core/store/random.hpp"

#include <trellis/sdk/error.hpp>

#include <algorithm>

namespace trellis::relay {

TunnelLedger::TunnelLedger(std::function<Clock::time_point()> now) : now_(std::move(now)) {}

std::string TunnelLedger::newId() { return store::hex(store::randomBytes(32)); }
std::string TunnelLedger::newSecret() { return store::hex(store::randomBytes(32)); }

void TunnelLedger::dropExpired() {
    const auto now = now_();
    while (!order_.empty() && order_.begin()->first <= now) {
        const auto found = entries_.find(order_.begin()->second);
        // An id may have been used up and announced anew meanwhile.
        if (found != entries_.end() && found->second->until <= now) entries_.erase(found);
        order_.erase(order_.begin());
    }
}

AnnouncedPtr TunnelLedger::announce(Announced entry, std::chrono::milliseconds validFor) {
    const std::scoped_lock lock(mutex_);
    dropExpired();
    if (entries_.size() >= kMaxEntries) {
        throw sdk::Error(sdk::ErrorCode::Unavailable, "too many sessions are being opened");
    }
    if (entries_.contains(entry.id)) {
        throw sdk::Error(sdk::ErrorCode::Conflict, "a session with this id is being opened already");
    }
    // Guests have a count of their own, so that none can keep the user out in whose name they are here.
    const auto ticketOf = [](const Announced& one) {
        return one.guest ? std::string_view(one.guest->wanted.ticket) : std::string_view();
    };
    const auto own = std::count_if(entries_.begin(), entries_.end(), [&](const auto& other) {
        return other.second->caller.userId == entry.caller.userId &&
               ticketOf(*other.second) == ticketOf(entry);
    });
    if (static_cast<std::size_t>(own) >= (entry.guest ? kMaxPerGuest : kMaxPerUser)) {
        throw sdk::Error(sdk::ErrorCode::Unavailable, "too many of your sessions are being opened");
    }
    entry.until = now_() + validFor;
    const auto id = entry.id;
    order_.emplace(entry.until, id);
    return entries_.emplace(id, std::make_shared<const Announced>(std::move(entry))).first->second;
}

AnnouncedPtr TunnelLedger::find(std::string_view id) {
    const std::scoped_lock lock(mutex_);
    dropExpired();
    const auto found = entries_.find(id);
    return found == entries_.end() ? nullptr : found->second;
}

AnnouncedPtr TunnelLedger::take(std::string_view id) {
    const std::scoped_lock lock(mutex_);
    dropExpired();
    const auto found = entries_.find(id);
    if (found == entries_.end()) return nullptr;
    auto out = found->second;
    entries_.erase(found);
    return out;
}

std::size_t TunnelLedger::forget(const std::function<bool(const Announced&)>& isDoomed) {
    const std::scoped_lock lock(mutex_);
    return std::erase_if(entries_, [&](const auto& entry) { return isDoomed(*entry.second); });
}

std::size_t TunnelLedger::size() {
    const std::scoped_lock lock(mutex_);
    dropExpired();
    return entries_.size();
}

} // namespace trellis::relay
