#include "core/api/control/hub.hpp"

#include <algorithm>

#include <boost/json/serialize.hpp>

#include "core/api/control/connection.hpp"
#include "core/telemetry/metrics.hpp"

namespace trellis::api {

namespace json = boost::json;

namespace {

void showCount(std::size_t count) {
    static auto& gauge = telemetry::Metrics::instance().gauge("trellis_control_connections",
                                                              "Open control connections");
    gauge.set(static_cast<double>(count));
}

} // namespace

bool ControlHub::enter(const ControlConnectionPtr& connection) {
    return table_.with([&](Table& table) {
        auto& own = table.users[connection->userId()];
        if (perUser_ != 0 && own.size() >= perUser_)
            return false;
        own.push_back(connection);
        table.sessions.emplace(connection->sessionId(), connection);
        showCount(table.sessions.size());
        return true;
    });
}

std::size_t ControlHub::leave(const ControlConnection& connection) {
    return table_.with([&](Table& table) -> std::size_t {
        table.sessions.erase(connection.sessionId());
        showCount(table.sessions.size());
        const auto place = table.users.find(connection.userId());
        if (place == table.users.end())
            return 0;
        std::erase_if(place->second, [&](const auto& one) { return one.get() == &connection; });
        const auto left = place->second.size();
        if (left == 0)
            table.users.erase(place);
        return left;
    });
}

std::size_t ControlHub::size() const {
    return table_.with([](const Table& table) { return table.sessions.size(); });
}

std::size_t ControlHub::countOf(const std::string& userId) const {
    return ofUser(userId).size();
}

std::map<std::string, std::size_t> ControlHub::counts(const std::string& domain) const {
    std::map<std::string, std::size_t> counts;
    for (const auto& connection : all())
        if (connection->domain() == domain)
            ++counts[connection->userId()];
    return counts;
}

std::vector<ControlConnectionPtr> ControlHub::all() const {
    return table_.with([](const Table& table) {
        std::vector<ControlConnectionPtr> list;
        list.reserve(table.sessions.size());
        for (const auto& [id, connection] : table.sessions)
            list.push_back(connection);
        return list;
    });
}

std::vector<ControlConnectionPtr> ControlHub::ofUser(const std::string& userId) const {
    return table_.with([&](const Table& table) {
        const auto place = table.users.find(userId);
        return place == table.users.end() ? std::vector<ControlConnectionPtr>() : place->second;
    });
}

bool ControlHub::toSession(const std::string& sessionId, const json::object& message) {
    if (replies_.take(message))
        return true;
    const auto connection = table_.with([&](const Table& table) -> ControlConnectionPtr {
        const auto place = table.sessions.find(sessionId);
        return place == table.sessions.end() ? nullptr : place->second;
    });
    if (!connection)
        return false;
    connection->send(message);
    return true;
}

void ControlHub::toUser(const std::string& userId, const json::object& message) {
    const auto connections = ofUser(userId);
    if (connections.empty())
        return;
    const auto text = std::make_shared<const std::string>(json::serialize(message));
    for (const auto& connection : connections)
        connection->sendShared(text);
}

namespace {

/// An agent's console shows what commands print: it is for who may use it (control-protocol 4.2).
model::Rights neededToWatch(const json::object& message) {
    const auto* type = message.if_contains("type");
    const bool isConsole = type && type->is_string() && type->get_string() == "console";
    return isConsole ? sdk::device_right::kRemoteControl | sdk::device_right::kAgentConsole
                     : sdk::device_right::kRemoteControl;
}

} // namespace

void ControlHub::toWatchers(const std::string& deviceId, const json::object& message) {
    const auto connections = all();
    if (connections.empty())
        return;
    const auto needed = neededToWatch(message);
    const auto text = std::make_shared<const std::string>(json::serialize(message));
    for (const auto& connection : connections) {
        const auto rights = rights_.rightsOf(connection->userId(), deviceId).bits;
        if ((rights & needed) == needed)
            connection->sendShared(text);
    }
}

std::size_t ControlHub::cutUser(const std::string& userId, CloseCause cause,
                                const std::function<bool(const ControlConnection&)>& which) {
    std::size_t count = 0;
    for (const auto& connection : ofUser(userId)) {
        if (which && !which(*connection))
            continue;
        connection->close(cause);
        ++count;
    }
    return count;
}

std::size_t ControlHub::cutLogin(const std::string& userId, const std::string& loginSession) {
    return cutUser(userId, CloseCause::ForcedOff, [&](const ControlConnection& connection) {
        return connection.loginSession() == loginSession;
    });
}

void ControlHub::closeAll() {
    for (const auto& connection : all())
        connection->goAway();
}

} // namespace trellis::api
