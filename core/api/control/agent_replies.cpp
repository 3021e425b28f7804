#include "core/api/control/agent_replies.hpp"

#include <optional>

#include "core/store/random.hpp"

namespace trellis::api {

namespace json = boost::json;

namespace {

std::string member(const json::object& message, const char* name) {
    const auto* value = message.if_contains(name);
    const auto* text = value ? value->if_string() : nullptr;
    return text ? std::string(text->data(), text->size()) : std::string();
}

} // namespace

void AgentReplies::dropExpired(Table& table, sdk::Deadline now) {
    while (!table.order.empty() && table.order.begin()->first <= now) {
        table.entries.erase(table.order.begin()->second);
        table.order.erase(table.order.begin());
    }
}

std::string AgentReplies::expect(const std::string& deviceId, sdk::Deadline until,
                                 Callback callback) {
    auto token = store::hex(store::randomBytes(16));
    table_.with([&](Table& table) {
        dropExpired(table, sdk::Clock::now());
        if (table.entries.size() >= kMaxWaiting)
            throw sdk::Error(sdk::ErrorCode::Unavailable, "too many commands wait for answers");
        table.entries.emplace(token, Entry{deviceId, until, std::move(callback)});
        table.order.emplace(until, token);
    });
    return token;
}

bool AgentReplies::take(const json::object& message) {
    const auto token = member(message, "responseid");
    if (token.empty())
        return false;
    std::optional<Entry> entry;
    table_.with([&](Table& table) {
        const auto place = table.entries.find(token);
        if (place == table.entries.end() || place->second.deviceId != member(message, "nodeid"))
            return;
        entry = std::move(place->second);
        table.entries.erase(place);
    });
    if (!entry)
        return false;
    entry->callback(message);
    return true;
}

void AgentReplies::forget(const std::string& token) {
    table_.with([&](Table& table) { table.entries.erase(token); });
}

std::size_t AgentReplies::waiting() const {
    return table_.with([](const Table& table) { return table.entries.size(); });
}

} // namespace trellis::api
