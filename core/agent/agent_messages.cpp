#include "core/agent/agent_messages.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>

namespace trellis::agent {

struct AgentMessages::Registration::Entry {
    sdk::AgentMessageSpec spec;
    MessageHandler handler;
    std::string owner;
    std::weak_ptr<State> state;

    std::mutex mutex; // guards running and isOut
    std::condition_variable idle;
    std::size_t running = 0;
    bool isOut = false;

    /// False once withdrawn.
    bool enter() {
        const std::scoped_lock lock(mutex);
        if (isOut) return false;
        ++running;
        return true;
    }
    void leave() {
        const std::scoped_lock lock(mutex);
        if (--running == 0) idle.notify_all();
    }
};

struct AgentMessages::State {
    explicit State(sdk::Log& to) : log(to) {}
    sdk::Log& log;
    mutable std::mutex mutex; // guards entries
    std::map<std::string, std::shared_ptr<Registration::Entry>, std::less<>> entries;

    std::shared_ptr<Registration::Entry> find(std::string_view action) const {
        const std::scoped_lock lock(mutex);
        const auto found = entries.find(action);
        return found == entries.end() ? nullptr : found->second;
    }
};

AgentMessages::Registration::Registration(std::shared_ptr<Entry> entry) : entry_(std::move(entry)) {}

AgentMessages::Registration&
AgentMessages::Registration::operator=(Registration&& other) noexcept {
    if (this != &other) {
        withdraw(sdk::Clock::now() + sdk::Seconds(10));
        entry_ = std::move(other.entry_);
    }
    return *this;
}

AgentMessages::Registration::~Registration() { withdraw(sdk::Clock::now() + sdk::Seconds(10)); }

bool AgentMessages::Registration::withdraw(sdk::Deadline deadline) noexcept {
    const auto entry = std::move(entry_);
    entry_.reset();
    if (!entry) return true;
    if (const auto state = entry->state.lock()) {
        const std::scoped_lock lock(state->mutex);
        const auto found = state->entries.find(entry->spec.action);
        if (found != state->entries.end() && found->second == entry) state->entries.erase(found);
    }
    std::unique_lock lock(entry->mutex);
    entry->isOut = true;
    return entry->idle.wait_until(lock, deadline, [&] { return entry->running == 0; });
}

AgentMessages::AgentMessages(sdk::Log& log) : state_(std::make_shared<State>(log)) {}
AgentMessages::~AgentMessages() = default;

AgentMessages::Registration AgentMessages::add(sdk::AgentMessageSpec spec, MessageHandler handler,
                                               std::string owner) {
    const auto& action = spec.action;
    const bool isName = !action.empty() && action.size() <= 64 &&
                        std::all_of(action.begin(), action.end(),
                                    [](char c) { return c > 0x20 && c < 0x7F; });
    if (!isName) {
        throw sdk::Error(sdk::ErrorCode::InvalidArgument,
                         "agent message \"" + action + "\": a name has 1 to 64 printable characters");
    }
    auto entry = std::make_shared<Registration::Entry>();
    entry->handler = std::move(handler);
    entry->owner = std::move(owner);
    entry->state = state_;
    const std::scoped_lock lock(state_->mutex);
    const auto found = state_->entries.find(action);
    if (found != state_->entries.end()) {
        throw sdk::Error(sdk::ErrorCode::Conflict, "agent message " + action + " of " + entry->owner +
                                                       " belongs to " + found->second->owner +
                                                       " already");
    }
    entry->spec = std::move(spec);
    state_->entries.emplace(entry->spec.action, entry);
    return Registration(entry);
}

std::string AgentMessages::ownerOf(std::string_view action) const {
    const auto entry = state_->find(action);
    return entry ? entry->owner : std::string();
}

AgentMessages::Outcome AgentMessages::deliver(const MessageSender& sender,
                                              std::string_view text) noexcept {
    try {
        json::error_code error;
        json::parse_options options;
        options.max_depth = kMaxDepth;
        auto message = json::parse(text, error, {}, options);
        if (error || !message.is_object()) return Outcome::NotJson;
        const auto* action = message.get_object().if_contains("action");
        if (action == nullptr || !action->is_string()) return Outcome::BadShape;
        const auto entry = state_->find(std::string_view(action->get_string()));
        if (!entry) return Outcome::Unknown;
        if (text.size() > entry->spec.limit) return Outcome::TooLong;
        std::vector<sdk::Problem> problems;
        if (!entry->spec.schema.checkAndFill(message, problems)) {
            const auto& first = problems.front();
            state_->log.warning("agent message refused", {{"device", sender.deviceId},
                                                          {"action", entry->spec.action},
                                                          {"at", first.pointer},
                                                          {"reason", first.message}});
            return Outcome::BadShape;
        }
        if (!entry->enter()) return Outcome::Unknown;
        struct Leave {
            Registration::Entry& entry;
            ~Leave() { entry.leave(); }
        } const leave{*entry};
        entry->handler(sender, message.get_object());
        return Outcome::Handled;
    } catch (const std::exception& reason) {
        state_->log.error("agent message handler failed",
                          {{"device", sender.deviceId}, {"reason", reason.what()}});
    } catch (...) {
        state_->log.error("agent message handler failed", {{"device", sender.deviceId}});
    }
    return Outcome::Failed;
}

} // namespace trellis::agent
