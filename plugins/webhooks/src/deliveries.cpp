#include "deliveries.hpp"

#include <algorithm>
#include <random>

#include "signature.hpp"

namespace webhooks {

namespace {

constexpr std::int64_t kFirstWaitMs = 5'000;
constexpr std::int64_t kLongestWaitMs = 3'600'000;
constexpr std::size_t kMaxProblem = 300; // characters that are kept

double chance() {
    static thread_local std::mt19937 engine{std::random_device{}()};
    return std::uniform_real_distribution<>(0, 1)(engine);
}

/// What others say is shown to people and stored: printable, and not for ever.
std::string shortened(std::string text) {
    std::replace_if(
        text.begin(), text.end(),
        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
    if (text.size() > kMaxProblem)
        text.resize(kMaxProblem);
    return text;
}

} // namespace

std::string secretName(const std::string& subscription) {
    return "subscription-" + subscription;
}

struct Deliveries::Attempt {
    Delivery delivery;
    Outgoing outgoing;
    Cutter cutter;
    std::int64_t startedMs = 0;
    sdk::HandlePtr watchdog; ///< strand
};

Deliveries::Deliveries(sdk::Host& host, const DeliveryStore& store, DeliveryOptions options,
                       Send send, Now now)
    : host_(host), store_(store), options_(std::move(options)), send_(std::move(send)),
      now_(std::move(now)),
      delivered_(host.counter("webhooks_delivered_total", "Deliveries that were taken")),
      failed_(host.counter("webhooks_failed_total", "Attempts that failed")),
      dead_(host.counter("webhooks_dead_total", "Deliveries that were given up")) {}

std::int64_t Deliveries::backOffMs(std::int64_t attempt, double random) noexcept {
    const auto shift = std::clamp<std::int64_t>(attempt - 1, 0, 20);
    const auto whole = std::min(kLongestWaitMs, kFirstWaitMs << shift);
    return whole - static_cast<std::int64_t>(static_cast<double>(whole) / 2 * random);
}

void Deliveries::subscribe(const Subscription& subscription) {
    auto& receiver = receivers_[subscription.id];
    receiver.subscription = subscription;
    receiver.isEmpty = false;
    receiver.notBeforeMs = 0; // a changed URL is tried at once
}

void Deliveries::unsubscribe(const std::string& id) {
    const auto place = receivers_.find(id);
    if (place == receivers_.end())
        return;
    if (place->second.running)
        place->second.running->cutter.cut();
    receivers_.erase(place);
}

void Deliveries::stop() noexcept {
    for (auto& [id, receiver] : receivers_) {
        if (!receiver.running)
            continue;
        receiver.running->cutter.cut();
        receiver.running->watchdog.reset();
    }
}

void Deliveries::wake(const std::string& id) {
    const auto place = receivers_.find(id);
    if (place != receivers_.end())
        place->second.isEmpty = false;
}

void Deliveries::hurry(const std::string& id) {
    const auto place = receivers_.find(id);
    if (place == receivers_.end())
        return;
    place->second.isEmpty = false;
    place->second.notBeforeMs = 0;
}

void Deliveries::pump() {
    const auto now = now_();
    for (auto& [id, receiver] : receivers_) {
        if (running_ >= DeliveryOptions::kParallel)
            return;
        const bool isIdle = receiver.running || receiver.isEmpty ||
                            !receiver.subscription.isEnabled || receiver.notBeforeMs > now;
        if (isIdle)
            continue;
        auto delivery = store_.next(id);
        if (!delivery) {
            receiver.isEmpty = true;
        } else if (delivery->nextMs > now) {
            receiver.notBeforeMs = delivery->nextMs;
        } else {
            start(receiver, std::move(*delivery));
        }
    }
}

void Deliveries::start(Receiver& receiver, Delivery delivery) {
    const auto attempt = std::make_shared<Attempt>();
    attempt->startedMs = now_();
    ++delivery.attempts;
    const auto secret = host_.secret(secretName(delivery.subscription)).value_or("");
    attempt->outgoing.url = receiver.subscription.url;
    attempt->outgoing.body = delivery.body;
    attempt->outgoing.headers = {
        {"Trellis-Event", delivery.event},
        {"Trellis-Delivery", delivery.id},
        {"Trellis-Attempt", std::to_string(delivery.attempts)},
        {"Trellis-Signature", signatureOf(secret, attempt->startedMs / 1000, delivery.body)}};
    attempt->delivery = std::move(delivery);
    receiver.running = attempt;
    ++running_;
    // Connecting, TLS, sending and the answer have a time-out each; together they have this one.
    attempt->watchdog = host_.after(2 * options_.send.timeout,
                                    [attempt = attempt.get()] { attempt->cutter.cut(); });
    try {
        host_.blocking([this, attempt] {
            const auto result = send_(options_.send, attempt->outgoing, attempt->cutter);
            try {
                host_.post([this, attempt, result] { finished(attempt, result); });
            } catch (const sdk::Error&) {
                // The plugin stops: the delivery stays in the queue and is made again.
            }
        });
    } catch (const sdk::Error& error) { // the workers are full
        finished(attempt, {0, error.what()});
    }
}

void Deliveries::finished(const std::shared_ptr<Attempt>& attempt, const SendResult& result) {
    attempt->watchdog.reset();
    --running_;
    const auto now = now_();
    auto& delivery = attempt->delivery;
    const auto place = receivers_.find(delivery.subscription);
    if (place != receivers_.end())
        place->second.running.reset();
    else
        return; // the subscription was removed meanwhile, with all that was owed to it
    delivery.problem = shortened(result.problem);
    store_.log({attempt->startedMs, delivery.subscription, delivery.id, delivery.event,
                delivery.attempts, result.status, now - attempt->startedMs, delivery.problem});
    settle(delivery, result, now);
    place->second.notBeforeMs = delivery.nextMs; // of a postponed one, else past
    pump();
}

void Deliveries::settle(Delivery& delivery, const SendResult& result, std::int64_t now) {
    if (result.problem.empty()) {
        store_.taken(delivery);
        delivered_.add();
        return;
    }
    failed_.add();
    if (delivery.attempts >= options_.attempts) {
        store_.giveUp(delivery);
        dead_.add();
        host_.log().warning("a delivery was given up", {{"subscription", delivery.subscription},
                                                        {"event", delivery.event},
                                                        {"why", delivery.problem}});
        return;
    }
    delivery.nextMs = now + backOffMs(delivery.attempts, chance());
    store_.postpone(delivery);
}

} // namespace webhooks
