/// Subscriptions and what is owed to them, in the plugin's own tables.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <trellis/sdk/json.hpp>
#include <trellis/sdk/registrar.hpp>

namespace Poco::Data {
class Session;
}

namespace webhooks {

namespace sdk = trellis::sdk;
namespace json = boost::json;

struct Subscription {
    std::string id; ///< 16 hex digits
    std::string name;
    std::string url;
    std::vector<std::string> events; ///< names, or beginnings with '*' at the end
    bool isEnabled = true;
    std::int64_t createdMs = 0;
    bool wants(std::string_view event) const noexcept;
};

struct Delivery {
    std::int64_t number = 0; ///< increasing; the order in which a subscription is served
    std::string subscription;
    std::string id; ///< the same at every attempt, so that a receiver can tell repetitions
    std::string event;
    std::string body;
    std::int64_t attempts = 0;
    std::int64_t nextMs = 0; ///< not before this
    std::string problem;     ///< of the last attempt
    std::int64_t createdMs = 0;
};

struct LogLine {
    std::int64_t timeMs = 0;
    std::string subscription, delivery, event;
    std::int64_t attempt = 0, status = 0, tookMs = 0;
    std::string problem; ///< "" when it was taken
};

/// Any thread; each call is one transaction. Throws sdk::Error as Host::database() does.
class DeliveryStore {
public:
    static constexpr std::size_t kLogLines = 1000; ///< of each subscription
    static constexpr std::size_t kDead = 1000;     ///< of each subscription; the oldest go
    using Database = std::function<void(const std::function<void(Poco::Data::Session&)>&)>;
    explicit DeliveryStore(Database database) : database_(std::move(database)) {}
    static sdk::Migration migration();

    std::vector<Subscription> subscriptions() const;
    void add(const Subscription& subscription) const;
    void change(const Subscription& subscription) const;
    void remove(const std::string& id) const; ///< with all that is owed to it

    /// Puts them into their queues, in this order. Gives back the subscriptions of those that were
    /// not taken because `limit` wait already, one entry for each.
    std::vector<std::string> enqueue(const std::vector<Delivery>& deliveries,
                                     std::size_t limit) const;
    /// The one whose turn it is.
    std::optional<Delivery> next(const std::string& subscription) const;
    void taken(const Delivery& delivery) const;
    void postpone(const Delivery& delivery) const; ///< writes attempts, nextMs and problem
    void giveUp(const Delivery& delivery) const;   ///< to the dead letters
    std::int64_t waiting(const std::string& subscription) const;
    void hurry(const std::string& subscription) const; ///< what was postponed is due now

    std::int64_t deadCount(const std::string& subscription) const;
    std::vector<Delivery> dead(const std::string& subscription, std::size_t limit) const;
    /// Back to the end of the queue, with no attempts; all of the subscription's for 0. How many.
    std::int64_t redeliver(const std::string& subscription, std::int64_t number) const;
    std::int64_t discard(const std::string& subscription, std::int64_t number) const;

    void log(const LogLine& line) const;
    std::vector<LogLine> logLines(const std::string& subscription, std::size_t limit) const;

private:
    Database database_;
};

} // namespace webhooks
