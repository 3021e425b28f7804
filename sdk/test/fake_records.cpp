// Records, links and guests of FakeHost.
#include <trellis/sdk/testing.hpp>

#include <algorithm>

namespace trellis::testing {

void FakeHost::addPart(const std::string& plugin, UiSpec spec) {
    const std::scoped_lock lock(mutex_);
    parts_.emplace_back(plugin, std::move(spec));
}

void FakeHost::addGuestSession(GuestSession session) {
    const std::scoped_lock lock(mutex_);
    guestSessions_.push_back(std::move(session));
}

std::vector<LogEvent> FakeHost::records() const {
    const std::scoped_lock lock(mutex_);
    return records_;
}

std::vector<AuditEntry> FakeHost::audits() const {
    const std::scoped_lock lock(mutex_);
    return audits_;
}

std::vector<GuestTunnel> FakeHost::guestTunnels() const {
    const std::scoped_lock lock(mutex_);
    return guestTunnels_;
}

std::vector<std::string> FakeHost::cutTickets() const {
    const std::scoped_lock lock(mutex_);
    return cutTickets_;
}

void FakeHost::record(const LogEvent& event) {
    const std::scoped_lock lock(mutex_);
    records_.push_back(event);
}

void FakeHost::audit(const AuditEntry& entry) {
    const std::scoped_lock lock(mutex_);
    audits_.push_back(entry);
}

std::string FakeHost::seal(const std::string& use, const json::object& body, Seconds lifetime) {
    const std::scoped_lock lock(mutex_);
    auto token = "token-" + std::to_string(tokens_.size() + 1);
    tokens_[token] = {use, body, now_ + lifetime};
    return token;
}

std::optional<json::object> FakeHost::unseal(const std::string& use, std::string_view token) {
    const std::scoped_lock lock(mutex_);
    const auto found = tokens_.find(token);
    if (found == tokens_.end() || found->second.use != use || found->second.until < now_) {
        return std::nullopt;
    }
    return found->second.body;
}

GuestTicket FakeHost::openGuestTunnel(const GuestTunnel& wanted) {
    const std::scoped_lock lock(mutex_);
    guestTunnels_.push_back(wanted);
    const auto id = "guest-" + std::to_string(guestTunnels_.size());
    return {id, "/meshrelay.ashx?id=" + id, Seconds(30)};
}

std::string FakeHost::openTunnel(const OwnTunnel& wanted, std::unique_ptr<TunnelHandler> viewer) {
    const std::scoped_lock lock(mutex_);
    ownTunnels_.push_back({wanted, "own-" + std::to_string(ownTunnels_.size() + 1), std::move(viewer)});
    return ownTunnels_.back().id;
}

std::vector<FakeHost::OpenedTunnel> FakeHost::ownTunnels() const {
    const std::scoped_lock lock(mutex_);
    return ownTunnels_;
}

std::vector<GuestSession> FakeHost::guestSessions() {
    const std::scoped_lock lock(mutex_);
    return guestSessions_;
}

std::size_t FakeHost::cutGuest(const std::string& ticket, const std::string& /*reason*/) {
    const std::scoped_lock lock(mutex_);
    cutTickets_.push_back(ticket);
    return std::erase_if(guestSessions_, [&](const GuestSession& session) {
        return session.info.ticket.ends_with("/" + ticket);
    });
}

json::object FakeHost::pageParts(const std::function<bool(const UiSpec&)>& wanted) {
    const std::scoped_lock lock(mutex_);
    json::array taken;
    for (const auto& [plugin, spec] : parts_) {
        if (wanted(spec)) taken.push_back(json::object{{"plugin", plugin}, {"id", spec.id}});
    }
    return {{"plugins", json::array()}, {"contributions", std::move(taken)}};
}

}  // namespace trellis::testing
