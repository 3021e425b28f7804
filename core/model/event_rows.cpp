#include "core/model/event_rows.hpp"

#include "core/model/row_text.hpp"

#include <algorithm>
#include <set>

namespace trellis::model::rows {

namespace {

// SQLite 3.40 takes 32,766 parameters in a statement; more targets are asked for in pieces.
constexpr std::size_t kTargetsPerQuery = 5000;

constexpr const char* kColumns = "SELECT CAST(number AS BIGINT), time_ms, domain, etype, action, "
                                 "user_id, user_name, device_id, group_id, msg, doc FROM events";

struct Condition {
    std::string text;
    store::Values values;

    void add(const std::string& part, store::Value value) {
        text += (text.empty() ? " WHERE " : " AND ") + part;
        values.push_back(std::move(value));
    }
};

Condition conditionOf(const EventFilter& filter) {
    Condition all;
    all.add("domain=?", filter.domain);
    if (!filter.userId.empty())
        all.add("user_id=?", filter.userId);
    if (!filter.deviceId.empty())
        all.add("device_id=?", filter.deviceId);
    if (!filter.action.empty())
        all.add("action=?", filter.action);
    if (filter.sinceMs != 0)
        all.add("time_ms>=?", filter.sinceMs);
    if (filter.beforeNumber != 0)
        all.add("number<?", filter.beforeNumber);
    if (filter.untilMs != 0)
        all.add("time_ms<?", filter.untilMs);
    return all;
}

Event eventOf(const store::Row& row) {
    Event event;
    event.number = row.integer(0);
    event.timeMs = row.integer(1);
    event.domain = row.text(2);
    event.etype = row.text(3);
    event.action = row.text(4);
    event.userId = row.text(5);
    event.userName = row.text(6);
    event.deviceId = row.text(7);
    event.groupId = row.text(8);
    event.msg = row.text(9);
    event.extra = readObject(row.text(10));
    return event;
}

std::vector<Event> ask(store::Session& session, Condition condition, std::size_t limit) {
    std::vector<Event> result;
    condition.values.emplace_back(static_cast<std::int64_t>(limit));
    session.query(kColumns + condition.text + " ORDER BY number DESC LIMIT ?", condition.values,
                  [&](const store::Row& row) { result.push_back(eventOf(row)); });
    return result;
}

Condition withTargets(Condition condition, const std::vector<std::string>& targets,
                      std::size_t from, std::size_t to) {
    std::string marks;
    for (std::size_t at = from; at < to; ++at) {
        marks += marks.empty() ? "?" : ",?";
        condition.values.emplace_back(targets[at]);
    }
    condition.text +=
        " AND number IN (SELECT number FROM event_targets WHERE target IN (" + marks + "))";
    return condition;
}

} // namespace

void write(store::Session& session, const Event& event) {
    std::int64_t number = 0;
    session.query("INSERT INTO events (time_ms, domain, etype, action, user_id, user_name, "
                  "device_id, group_id, msg, doc) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
                  "RETURNING CAST(number AS BIGINT)",
                  {event.timeMs, event.domain, event.etype, event.action, event.userId,
                   event.userName, event.deviceId, event.groupId, event.msg,
                   objectText(event.extra)},
                  [&](const store::Row& row) { number = row.integer(0); });
    for (const auto& target : event.targets)
        session.run("INSERT INTO event_targets (target, number) VALUES (?, ?)", {target, number});
}

std::vector<Event> readEvents(store::Session& session, const EventFilter& filter) {
    const auto condition = conditionOf(filter);
    const auto& targets = filter.targets;
    const bool isAll =
        targets.empty() || std::find(targets.begin(), targets.end(), "*") != targets.end();
    if (isAll)
        return ask(session, condition, filter.limit);
    std::vector<Event> result;
    std::set<std::int64_t> seen;
    for (std::size_t from = 0; from < targets.size(); from += kTargetsPerQuery) {
        const auto to = std::min(targets.size(), from + kTargetsPerQuery);
        for (auto& event : ask(session, withTargets(condition, targets, from, to), filter.limit))
            if (seen.insert(event.number).second)
                result.push_back(std::move(event));
    }
    std::sort(result.begin(), result.end(),
              [](const Event& a, const Event& b) { return a.number > b.number; });
    if (result.size() > filter.limit)
        result.resize(filter.limit);
    return result;
}

std::size_t expireEvents(store::Session& session, std::int64_t oldestMs, std::int64_t count,
                         std::size_t atMost) {
    std::int64_t keepFrom = 0;
    session.query("SELECT CAST(number AS BIGINT) FROM events ORDER BY number DESC LIMIT 1 OFFSET ?",
                  {std::max<std::int64_t>(count, 1) - 1},
                  [&](const store::Row& row) { keepFrom = row.integer(0); });
    return session.run("DELETE FROM events WHERE number IN (SELECT number FROM events "
                       "WHERE time_ms<? OR number<? LIMIT ?)",
                       {oldestMs, keepFrom, static_cast<std::int64_t>(atMost)});
}

} // namespace trellis::model::rows
