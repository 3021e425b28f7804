/// Typed events between parts that don't know each other (sdk/event.hpp tells the rules).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <typeinfo>

#include <trellis/sdk/event.hpp>

namespace trellis::bus {

class Strand;

/// Ends the subscription when destroyed; an event that is being delivered may still finish.
class Subscription {
public:
    virtual ~Subscription();
};
using SubscriptionPtr = std::unique_ptr<Subscription>;

class EventBus {
public:
    using RawHandler = std::function<void(const void*)>;
    using AnyHandler = std::function<void(std::string_view name, const sdk::json::object&)>;

    EventBus();
    ~EventBus();
    EventBus(const EventBus&) = delete;
    EventBus& operator=(const EventBus&) = delete;

    template <class T> void publish(sdk::Topic<T> topic, const T& event) {
        publishRaw(topic.name, typeid(T), std::make_shared<const T>(event),
                   [&event] { return event.toJson(); });
    }
    template <class T>
    [[nodiscard]] SubscriptionPtr on(sdk::Topic<T> topic, std::shared_ptr<Strand> strand,
                                     std::function<void(const T&)> handler) {
        return onRaw(topic.name, typeid(T), std::move(strand), [h = std::move(handler)](const void* p) {
            h(*static_cast<const T*>(p));
        });
    }

    /// Delivered on `strand`; at most 1,000 wait per subscription, then the oldest is dropped and
    /// counted. Throws sdk::Error{Conflict} if the name is bound to another payload type.
    [[nodiscard]] SubscriptionPtr onRaw(std::string_view name, const std::type_info& type,
                                        std::shared_ptr<Strand> strand, RawHandler handler);
    [[nodiscard]] SubscriptionPtr onAny(std::string prefix, std::shared_ptr<Strand> strand,
                                        AnyHandler handler);
    /// `toJson` is called at most once, and only if somebody listens as JSON.
    void publishRaw(std::string_view name, const std::type_info& type,
                    std::shared_ptr<const void> payload,
                    const std::function<sdk::json::object()>& toJson);

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace trellis::bus
