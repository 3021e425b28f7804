#include "delivery_store.hpp"

#include <algorithm>
#include <list>
#include <map>
#include <variant>

#include <Poco/Data/RecordSet.h>
#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace webhooks {

namespace {

using Poco::Data::Session;
using Poco::Data::Statement;
using Value = std::variant<std::int64_t, std::string>;

constexpr const char* kTables = R"sql(
CREATE TABLE p_webhooks_subscriptions (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, url TEXT NOT NULL, events TEXT NOT NULL,
    enabled BIGINT NOT NULL, created_ms BIGINT NOT NULL);
CREATE TABLE p_webhooks_queue (
    number INTEGER PRIMARY KEY AUTOINCREMENT, subscription TEXT NOT NULL, id TEXT NOT NULL,
    event TEXT NOT NULL, body TEXT NOT NULL, attempts BIGINT NOT NULL, next_ms BIGINT NOT NULL,
    problem TEXT NOT NULL, created_ms BIGINT NOT NULL, dead BIGINT NOT NULL);
CREATE INDEX p_webhooks_queue_turn ON p_webhooks_queue (subscription, dead, number);
CREATE TABLE p_webhooks_log (
    number INTEGER PRIMARY KEY AUTOINCREMENT, subscription TEXT NOT NULL, time_ms BIGINT NOT NULL,
    delivery TEXT NOT NULL, event TEXT NOT NULL, attempt BIGINT NOT NULL, status BIGINT NOT NULL,
    took_ms BIGINT NOT NULL, problem TEXT NOT NULL);
CREATE INDEX p_webhooks_log_of ON p_webhooks_log (subscription, number);
)sql";

std::string replaced(std::string text, const std::string& what, const std::string& by) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
        text.replace(at, what.size(), by);
    return text;
}

/// '?' for parameters everywhere; PostgreSQL has $1, $2...
std::string inDialect(const Session& session, const std::string& text) {
    if (session.connector() != "postgresql" && session.connector() != "PostgreSQL")
        return text;
    std::string out;
    int number = 0;
    for (const char c : text) {
        if (c == '?')
            out += "$" + std::to_string(++number);
        else
            out += c;
    }
    return out;
}

struct Row {
    const Poco::Data::RecordSet& set;
    std::size_t index;
    std::string text(std::size_t column) const {
        return set.isNull(column, index) ? std::string()
                                         : set.value(column, index).convert<std::string>();
    }
    std::int64_t number(std::size_t column) const {
        return set.value(column, index).convert<Poco::Int64>();
    }
};

/// Poco binds by reference: the values live here until the statement has run.
class Query {
public:
    Query(Session& session, const std::string& text, std::vector<Value> values)
        : values_(values.begin(), values.end()), statement_(session) {
        statement_ << inDialect(session, text);
        for (auto& value : values_) {
            if (auto* number = std::get_if<std::int64_t>(&value))
                statement_.addBind(Poco::Data::Keywords::use(*number));
            else
                statement_.addBind(Poco::Data::Keywords::use(std::get<std::string>(value)));
        }
    }
    void run() { statement_.execute(); }
    template <class Read> void each(Read read) {
        statement_.execute();
        Poco::Data::RecordSet rows(statement_);
        for (std::size_t i = 0; i < rows.rowCount(); ++i)
            read(Row{rows, i});
    }

private:
    std::list<Value> values_;
    Statement statement_;
};

std::string eventsText(const std::vector<std::string>& events) {
    return json::serialize(json::array(events.begin(), events.end()));
}

std::vector<std::string> eventsFrom(const std::string& text) {
    std::vector<std::string> events;
    json::error_code failed;
    const auto value = json::parse(text, failed);
    if (!failed && value.is_array())
        for (const auto& one : value.get_array())
            if (one.is_string())
                events.emplace_back(one.get_string());
    return events;
}

constexpr const char* kDelivery =
    "SELECT number, subscription, id, event, body, attempts, next_ms, "
    "problem, created_ms FROM p_webhooks_queue WHERE ";

Delivery deliveryOf(const Row& row) {
    return {row.number(0), row.text(1),   row.text(2), row.text(3),  row.text(4),
            row.number(5), row.number(6), row.text(7), row.number(8)};
}

std::int64_t count(Session& session, const std::string& where, std::vector<Value> values) {
    std::int64_t found = 0;
    Query(session, "SELECT count(*) FROM p_webhooks_queue WHERE " + where, std::move(values))
        .each([&](const Row& row) { found = row.number(0); });
    return found;
}

} // namespace

bool Subscription::wants(std::string_view event) const noexcept {
    return std::any_of(events.begin(), events.end(), [&](const std::string& one) {
        if (!one.ends_with('*'))
            return one == event;
        return event.starts_with(std::string_view(one).substr(0, one.size() - 1));
    });
}

sdk::Migration DeliveryStore::migration() {
    const auto postgres = replaced(kTables, "INTEGER PRIMARY KEY AUTOINCREMENT",
                                   "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY");
    return {1, "subscriptions, queue and log", kTables, postgres};
}

std::vector<Subscription> DeliveryStore::subscriptions() const {
    std::vector<Subscription> all;
    database_([&](Session& session) {
        all.clear();
        Query(session,
              "SELECT id, name, url, events, enabled, created_ms FROM p_webhooks_subscriptions "
              "ORDER BY created_ms, id",
              {})
            .each([&](const Row& row) {
                all.push_back({row.text(0), row.text(1), row.text(2), eventsFrom(row.text(3)),
                               row.number(4) != 0, row.number(5)});
            });
    });
    return all;
}

void DeliveryStore::add(const Subscription& one) const {
    database_([&](Session& session) {
        Query(session,
              "INSERT INTO p_webhooks_subscriptions (id, name, url, events, enabled, created_ms) "
              "VALUES (?, ?, ?, ?, ?, ?)",
              {one.id, one.name, one.url, eventsText(one.events), std::int64_t{one.isEnabled},
               one.createdMs})
            .run();
    });
}

void DeliveryStore::change(const Subscription& one) const {
    database_([&](Session& session) {
        Query(session,
              "UPDATE p_webhooks_subscriptions SET name=?, url=?, events=?, enabled=? WHERE id=?",
              {one.name, one.url, eventsText(one.events), std::int64_t{one.isEnabled}, one.id})
            .run();
    });
}

void DeliveryStore::remove(const std::string& id) const {
    database_([&](Session& session) {
        Query(session, "DELETE FROM p_webhooks_queue WHERE subscription=?", {id}).run();
        Query(session, "DELETE FROM p_webhooks_log WHERE subscription=?", {id}).run();
        Query(session, "DELETE FROM p_webhooks_subscriptions WHERE id=?", {id}).run();
    });
}

std::vector<std::string> DeliveryStore::enqueue(const std::vector<Delivery>& deliveries,
                                                std::size_t limit) const {
    std::vector<std::string> refused;
    database_([&](Session& session) {
        refused.clear();
        std::map<std::string, std::int64_t> waiting;
        for (const auto& one : deliveries) {
            const auto [place, isNew] = waiting.try_emplace(one.subscription, 0);
            if (isNew)
                place->second = count(session, "subscription=? AND dead=0", {one.subscription});
            if (place->second >= static_cast<std::int64_t>(limit)) {
                refused.push_back(one.subscription);
                continue;
            }
            ++place->second;
            Query(session,
                  "INSERT INTO p_webhooks_queue (subscription, id, event, body, attempts, next_ms, "
                  "problem, created_ms, dead) VALUES (?, ?, ?, ?, 0, 0, '', ?, 0)",
                  {one.subscription, one.id, one.event, one.body, one.createdMs})
                .run();
        }
    });
    return refused;
}

std::optional<Delivery> DeliveryStore::next(const std::string& subscription) const {
    std::optional<Delivery> found;
    database_([&](Session& session) {
        found.reset();
        Query(session, std::string(kDelivery) + "subscription=? AND dead=0 ORDER BY number LIMIT 1",
              {subscription})
            .each([&](const Row& row) { found = deliveryOf(row); });
    });
    return found;
}

void DeliveryStore::taken(const Delivery& one) const {
    database_([&](Session& session) {
        Query(session, "DELETE FROM p_webhooks_queue WHERE number=?", {one.number}).run();
    });
}

void DeliveryStore::postpone(const Delivery& one) const {
    database_([&](Session& session) {
        Query(session,
              "UPDATE p_webhooks_queue SET attempts=?, next_ms=?, problem=? WHERE number=?",
              {one.attempts, one.nextMs, one.problem, one.number})
            .run();
    });
}

void DeliveryStore::giveUp(const Delivery& one) const {
    database_([&](Session& session) {
        Query(session, "UPDATE p_webhooks_queue SET attempts=?, problem=?, dead=1 WHERE number=?",
              {one.attempts, one.problem, one.number})
            .run();
        const auto surplus = count(session, "subscription=? AND dead=1", {one.subscription}) -
                             static_cast<std::int64_t>(kDead);
        if (surplus > 0)
            Query(session,
                  "DELETE FROM p_webhooks_queue WHERE number IN (SELECT number FROM "
                  "p_webhooks_queue WHERE subscription=? AND dead=1 ORDER BY number LIMIT ?)",
                  {one.subscription, surplus})
                .run();
    });
}

std::int64_t DeliveryStore::waiting(const std::string& subscription) const {
    std::int64_t found = 0;
    database_([&](Session& session) {
        found = count(session, "subscription=? AND dead=0", {subscription});
    });
    return found;
}

void DeliveryStore::hurry(const std::string& subscription) const {
    database_([&](Session& session) {
        Query(session, "UPDATE p_webhooks_queue SET next_ms=0 WHERE subscription=? AND dead=0",
              {subscription})
            .run();
    });
}

std::int64_t DeliveryStore::deadCount(const std::string& subscription) const {
    std::int64_t found = 0;
    database_([&](Session& session) {
        found = count(session, "subscription=? AND dead=1", {subscription});
    });
    return found;
}

std::vector<Delivery> DeliveryStore::dead(const std::string& subscription,
                                          std::size_t limit) const {
    std::vector<Delivery> all;
    database_([&](Session& session) {
        all.clear();
        Query(session,
              std::string(kDelivery) + "subscription=? AND dead=1 ORDER BY number DESC LIMIT ?",
              {subscription, static_cast<std::int64_t>(limit)})
            .each([&](const Row& row) { all.push_back(deliveryOf(row)); });
    });
    return all;
}

namespace {

/// All dead letters of a subscription, or one.
constexpr const char* kDeadOnes = "subscription=? AND dead=1 AND (?=0 OR number=?)";

} // namespace

std::int64_t DeliveryStore::redeliver(const std::string& subscription, std::int64_t number) const {
    std::int64_t moved = 0;
    const std::vector<Value> which{subscription, number, number};
    database_([&](Session& session) {
        moved = count(session, kDeadOnes, which);
        Query(session,
              std::string("INSERT INTO p_webhooks_queue (subscription, id, event, body, attempts, "
                          "next_ms, problem, created_ms, dead) SELECT subscription, id, event, "
                          "body, 0, 0, '', created_ms, 0 FROM p_webhooks_queue WHERE ") +
                  kDeadOnes + " ORDER BY number",
              which)
            .run();
        Query(session, std::string("DELETE FROM p_webhooks_queue WHERE ") + kDeadOnes, which).run();
    });
    return moved;
}

std::int64_t DeliveryStore::discard(const std::string& subscription, std::int64_t number) const {
    std::int64_t gone = 0;
    const std::vector<Value> which{subscription, number, number};
    database_([&](Session& session) {
        gone = count(session, kDeadOnes, which);
        Query(session, std::string("DELETE FROM p_webhooks_queue WHERE ") + kDeadOnes, which).run();
    });
    return gone;
}

void DeliveryStore::log(const LogLine& line) const {
    database_([&](Session& session) {
        Query(
            session,
            "INSERT INTO p_webhooks_log (subscription, time_ms, delivery, event, attempt, status, "
            "took_ms, problem) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            {line.subscription, line.timeMs, line.delivery, line.event, line.attempt, line.status,
             line.tookMs, line.problem})
            .run();
        Query(session,
              "DELETE FROM p_webhooks_log WHERE subscription=? AND number <= (SELECT "
              "max(number) FROM p_webhooks_log WHERE subscription=?) - ?",
              {line.subscription, line.subscription, static_cast<std::int64_t>(kLogLines)})
            .run();
    });
}

std::vector<LogLine> DeliveryStore::logLines(const std::string& subscription,
                                             std::size_t limit) const {
    std::vector<LogLine> all;
    database_([&](Session& session) {
        all.clear();
        Query(session,
              "SELECT time_ms, subscription, delivery, event, attempt, status, took_ms, problem "
              "FROM p_webhooks_log WHERE subscription=? ORDER BY number DESC LIMIT ?",
              {subscription, static_cast<std::int64_t>(limit)})
            .each([&](const Row& row) {
                all.push_back({row.number(0), row.text(1), row.text(2), row.text(3), row.number(4),
                               row.number(5), row.number(6), row.text(7)});
            });
    });
    return all;
}

} // namespace webhooks
