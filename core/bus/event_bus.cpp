#include "core/bus/event_bus.hpp"

#include <deque>
#include <map>
#include <mutex>
#include <typeindex>
#include <vector>

#include "core/bus/strand.hpp"
#include "core/telemetry/metrics.hpp"

namespace trellis::bus {
namespace {

constexpr std::size_t kMaxWaiting = 1000;

sdk::Counter& dropped() {
    static auto& counter = telemetry::Metrics::instance().counter(
        "trellis_bus_events_dropped_total", "Events dropped because a subscriber was too slow");
    return counter;
}

/// One subscriber's queue. It keeps its own bound, so that a full strand never loses the newest.
struct Mailbox : std::enable_shared_from_this<Mailbox> {
    using Delivery = std::function<void()>;

    explicit Mailbox(std::shared_ptr<Strand> s) : strand(std::move(s)) {}

    void push(Delivery delivery) {
        bool mustPost = false;
        {
            const std::scoped_lock lock(mutex);
            if (isEnded) return;
            if (waiting.size() >= kMaxWaiting) {
                waiting.pop_front();
                dropped().add();
            }
            waiting.push_back(std::move(delivery));
            mustPost = !isPosted;
            isPosted = true;
        }
        if (mustPost) post();
    }

    void post() {
        if (strand->post([self = shared_from_this()] { self->deliver(); })) return;
        const std::scoped_lock lock(mutex);
        isPosted = false;  // the next event tries again
    }

    /// One event per turn, so that the strand's other work isn't starved.
    void deliver() {
        Delivery next;
        {
            const std::scoped_lock lock(mutex);
            if (isEnded || waiting.empty()) {
                isPosted = false;
                return;
            }
            next = std::move(waiting.front());
            waiting.pop_front();
        }
        try {
            next();
        } catch (...) {
            finishTurn();
            throw;
        }
        finishTurn();
    }

    void finishTurn() {
        {
            const std::scoped_lock lock(mutex);
            isPosted = !waiting.empty();
            if (!isPosted) return;
        }
        post();
    }

    void end() {
        const std::scoped_lock lock(mutex);
        isEnded = true;
        waiting.clear();
    }

    std::shared_ptr<Strand> strand;
    std::mutex mutex;
    std::deque<Delivery> waiting;
    bool isPosted = false;
    bool isEnded = false;
};

struct TypedSubscriber {
    std::shared_ptr<Mailbox> mailbox;
    std::shared_ptr<EventBus::RawHandler> handler;
};
struct AnySubscriber {
    std::string prefix;
    std::shared_ptr<Mailbox> mailbox;
    std::shared_ptr<EventBus::AnyHandler> handler;
};

}  // namespace

Subscription::~Subscription() = default;

struct EventBus::State {
    struct TopicEntry {
        std::type_index type;
        std::map<std::uint64_t, TypedSubscriber> subscribers;
    };

    TopicEntry& entry(std::string_view name, const std::type_info& type) {
        const auto found = topics.try_emplace(std::string(name), TopicEntry{type, {}}).first;
        if (found->second.type != std::type_index(type)) {
            throw sdk::Error(sdk::ErrorCode::Conflict,
                             "topic " + std::string(name) + " is bound to another payload type");
        }
        return found->second;
    }

    std::mutex mutex;
    std::uint64_t nextId = 1;
    std::map<std::string, TopicEntry, std::less<>> topics;
    std::map<std::uint64_t, AnySubscriber> any;
};

namespace {

class Ending final : public Subscription {
public:
    Ending(std::shared_ptr<Mailbox> mailbox, std::function<void()> erase)
        : mailbox_(std::move(mailbox)), erase_(std::move(erase)) {}
    ~Ending() override {
        mailbox_->end();
        erase_();
    }

private:
    std::shared_ptr<Mailbox> mailbox_;
    std::function<void()> erase_;
};

}  // namespace

EventBus::EventBus() : state_(std::make_shared<State>()) {}
EventBus::~EventBus() = default;

SubscriptionPtr EventBus::onRaw(std::string_view name, const std::type_info& type,
                                std::shared_ptr<Strand> strand, RawHandler handler) {
    auto mailbox = std::make_shared<Mailbox>(std::move(strand));
    const std::scoped_lock lock(state_->mutex);
    auto& entry = state_->entry(name, type);
    const auto id = state_->nextId++;
    entry.subscribers.emplace(
        id, TypedSubscriber{mailbox, std::make_shared<RawHandler>(std::move(handler))});
    return std::make_unique<Ending>(
        mailbox, [weak = std::weak_ptr<State>(state_), id, topic = std::string(name)] {
            const auto state = weak.lock();
            if (!state) return;
            const std::scoped_lock stateLock(state->mutex);
            const auto found = state->topics.find(topic);
            if (found != state->topics.end()) found->second.subscribers.erase(id);
        });
}

SubscriptionPtr EventBus::onAny(std::string prefix, std::shared_ptr<Strand> strand,
                                AnyHandler handler) {
    auto mailbox = std::make_shared<Mailbox>(std::move(strand));
    const std::scoped_lock lock(state_->mutex);
    const auto id = state_->nextId++;
    state_->any.emplace(id, AnySubscriber{std::move(prefix), mailbox,
                                          std::make_shared<AnyHandler>(std::move(handler))});
    return std::make_unique<Ending>(mailbox, [weak = std::weak_ptr<State>(state_), id] {
        const auto state = weak.lock();
        if (!state) return;
        const std::scoped_lock stateLock(state->mutex);
        state->any.erase(id);
    });
}

void EventBus::publishRaw(std::string_view name, const std::type_info& type,
                          std::shared_ptr<const void> payload,
                          const std::function<sdk::json::object()>& toJson) {
    std::vector<TypedSubscriber> typed;
    std::vector<AnySubscriber> any;
    {
        const std::scoped_lock lock(state_->mutex);
        for (const auto& [id, subscriber] : state_->entry(name, type).subscribers) {
            typed.push_back(subscriber);
        }
        for (const auto& [id, subscriber] : state_->any) {
            if (name.substr(0, subscriber.prefix.size()) == subscriber.prefix) {
                any.push_back(subscriber);
            }
        }
    }
    for (const auto& subscriber : typed) {
        subscriber.mailbox->push([handler = subscriber.handler, payload] { (*handler)(payload.get()); });
    }
    if (any.empty()) return;
    const auto json = std::make_shared<const sdk::json::object>(toJson());
    const auto topic = std::make_shared<const std::string>(name);
    for (const auto& subscriber : any) {
        subscriber.mailbox->push(
            [handler = subscriber.handler, json, topic] { (*handler)(*topic, *json); });
    }
}

}  // namespace trellis::bus
