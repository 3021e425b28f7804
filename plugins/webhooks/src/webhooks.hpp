/// The plugin: hears every event, queues it for the subscriptions that want it, and has the
/// commands with which administrators manage them.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <trellis/sdk/plugin.hpp>

#include "deliveries.hpp"

namespace webhooks {

class Webhooks final : public sdk::Plugin {
public:
    explicit Webhooks(Deliveries::Send send = &webhooks::send, Deliveries::Now now = {});

    void describe(sdk::Registrar& reg) override;
    void configure(const sdk::Options& options) override;
    void start(sdk::Host& host) override;
    void stop(sdk::Deadline deadline) override;

private:
    static constexpr std::size_t kMost = 100; ///< subscriptions
    static constexpr std::size_t kMaxPending = 10'000;
    static constexpr std::size_t kMaxBody = 256 * 1024; ///< a larger event is sent without its data

    // webhooks.cpp; on the strand
    void hear(std::string_view topic, const json::object& event);
    void queue(const Subscription& subscription, const std::string& event,
               const json::object& data);
    void flush();

    // commands.cpp; on the worker pool
    void describeCommands(sdk::Registrar& reg);
    json::value add(const json::object& args);
    json::value change(const json::object& args);
    json::value remove(const json::object& args);
    json::value list() const;
    json::value test(const json::object& args);
    json::value logOf(const json::object& args) const;
    json::value deadOf(const json::object& args) const;
    json::value redeliver(const json::object& args);
    json::value retry(const json::object& args);
    json::value renewSecret(const json::object& args);
    json::object stateOf(const Subscription& one) const;
    Subscription find(const json::object& args) const;
    void checkUrl(const std::string& url) const;
    /// Takes what was changed in the database to the strand.
    void refresh(std::function<void()> change);

    const Deliveries::Send send_;
    const Deliveries::Now now_;
    DeliveryOptions options_;
    bool allowsHttp_ = false;
    sdk::Host* host_ = nullptr;
    sdk::Counter* dropped_ = nullptr;
    std::optional<DeliveryStore> store_;
    std::unique_ptr<Deliveries> deliveries_;                ///< strand
    sdk::Guarded<std::vector<Subscription>> subscriptions_; ///< as in the database
    std::vector<Delivery> pending_;                         ///< strand; not in the database yet
    sdk::HandlePtr tick_;
};

} // namespace webhooks
