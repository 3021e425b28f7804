#include "core/agent/agent_hub.hpp"

#include "core/agent/agent_session.hpp"

#include <mutex>
#include <unordered_map>

namespace trellis::agent {
namespace {

struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
        return std::hash<std::string_view>{}(text);
    }
};

} // namespace

struct AgentHub::State {
    mutable std::mutex mutex; // guards sessions
    std::unordered_map<std::string, std::shared_ptr<AgentSession>, TextHash, std::equal_to<>>
        sessions;
};

bool AgentHandle::isConnected() const noexcept {
    const auto session = session_.lock();
    return session && session->isConnected();
}

bool AgentHandle::send(const json::object& message) const {
    const auto session = session_.lock();
    return session && session->send(message);
}

bool AgentHandle::sendBinary(std::string message) const {
    const auto session = session_.lock();
    return session && session->sendBinary(std::move(message));
}

void AgentHandle::disconnect(std::string reason) const {
    if (const auto session = session_.lock()) session->disconnect(reason);
}

void AgentHandle::park(std::string reason) const {
    if (const auto session = session_.lock()) session->park(reason);
}

std::optional<AgentFacts> AgentHandle::facts() const {
    const auto session = session_.lock();
    if (!session || !session->isConnected()) return std::nullopt;
    return session->facts();
}

AgentHub::AgentHub() : state_(std::make_unique<State>()) {}
AgentHub::~AgentHub() = default;

AgentHandle AgentHub::find(std::string_view deviceId) const {
    const std::scoped_lock lock(state_->mutex);
    const auto found = state_->sessions.find(deviceId);
    return found == state_->sessions.end() ? AgentHandle() : AgentHandle(found->second);
}

bool AgentHub::send(std::string_view deviceId, const json::object& message) const {
    return find(deviceId).send(message);
}

std::size_t AgentHub::size() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->sessions.size();
}

void AgentHub::renewScripts() {
    for (const auto& session : all()) session->renewScript();
}

void AgentHub::disconnectAll(const std::string& reason) {
    for (const auto& session : all()) session->disconnect(reason);
}

std::shared_ptr<AgentSession> AgentHub::enter(const std::string& deviceId,
                                              std::shared_ptr<AgentSession> session) {
    const std::scoped_lock lock(state_->mutex);
    auto& place = state_->sessions[deviceId];
    std::swap(place, session);
    return session;
}

bool AgentHub::leave(const std::string& deviceId, const AgentSession* session) {
    std::shared_ptr<AgentSession> gone; // destroyed after the lock
    const std::scoped_lock lock(state_->mutex);
    const auto found = state_->sessions.find(deviceId);
    if (found == state_->sessions.end() || found->second.get() != session) return false;
    gone = std::move(found->second);
    state_->sessions.erase(found);
    return true;
}

std::vector<std::shared_ptr<AgentSession>> AgentHub::all() const {
    std::vector<std::shared_ptr<AgentSession>> out;
    const std::scoped_lock lock(state_->mutex);
    out.reserve(state_->sessions.size());
    for (const auto& [id, session] : state_->sessions) out.push_back(session);
    return out;
}

} // namespace trellis::agent
