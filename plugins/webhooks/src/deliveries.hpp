/// Brings what is owed to each subscription to its receiver: in order, one at a time, until it is
/// taken or given up.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include <trellis/sdk/plugin.hpp>

#include "delivery_store.hpp"
#include "sender.hpp"

namespace webhooks {

struct DeliveryOptions {
    SendOptions send;
    std::int64_t attempts = 10;                 ///< then it is a dead letter
    std::size_t queueLimit = 1000;              ///< waiting for one subscription; beyond: not taken
    static constexpr std::size_t kParallel = 4; ///< receivers at once, so that workers are left
};

/// All on the plugin's strand; only send() runs elsewhere. At least once: a delivery whose answer
/// was lost, or that a stop of the server cut, is made again with the same id.
class Deliveries {
public:
    using Send = std::function<SendResult(const SendOptions&, const Outgoing&, Cutter&)>;
    using Now = std::function<std::int64_t()>; ///< ms since 1970
    Deliveries(sdk::Host& host, const DeliveryStore& store, DeliveryOptions options, Send send,
               Now now);

    void subscribe(const Subscription& subscription); ///< new or changed
    void unsubscribe(const std::string& id);
    /// Something was put into its queue.
    void wake(const std::string& id);
    /// What it waits for after a failure is over.
    void hurry(const std::string& id);
    /// Cuts what is under way; it stays in the queue. Nothing else may be called then.
    void stop() noexcept;
    /// Starts what is due. Called after each change and every second.
    void pump();
    /// The wait before attempt `attempt` + 1: 5 s, doubled each time up to an hour, and up to half
    /// of it less by chance, so that many don't come at once. `random`: 0..1.
    static std::int64_t backOffMs(std::int64_t attempt, double random) noexcept;

private:
    struct Attempt;
    struct Receiver {
        Subscription subscription;
        std::shared_ptr<Attempt> running; ///< null: none
        bool isEmpty = false;             ///< nothing waited when it was last looked at
        std::int64_t notBeforeMs = 0;
    };
    void start(Receiver& receiver, Delivery delivery);
    void finished(const std::shared_ptr<Attempt>& attempt, const SendResult& result);
    void settle(Delivery& delivery, const SendResult& result, std::int64_t now);

    sdk::Host& host_;
    const DeliveryStore& store_;
    const DeliveryOptions options_;
    const Send send_;
    const Now now_;
    std::map<std::string, Receiver> receivers_;
    std::size_t running_ = 0;
    sdk::Counter& delivered_;
    sdk::Counter& failed_;
    sdk::Counter& dead_;
};

/// The receiver's secret in the host's store of secrets.
std::string secretName(const std::string& subscription);

} // namespace webhooks
