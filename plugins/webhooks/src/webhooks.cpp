#include "webhooks.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>

#include <boost/json/serialize.hpp>

#include "signature.hpp"

namespace webhooks {

using sdk::Schema;

namespace {

std::int64_t clockMs() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

/// What is in the event log has the name of its action: "event.createmesh". It goes into a header, so it
/// keeps only what a name is made of.
std::string nameOf(std::string_view topic, const json::object& event) {
    std::string name(topic);
    const auto* action = event.if_contains("action");
    if (topic == "event.recorded" && action && action->is_string())
        name = "event." + std::string(action->get_string());
    std::replace_if(
        name.begin(), name.end(),
        [](unsigned char c) { return std::isalnum(c) == 0 && c != '.' && c != '_' && c != '-'; },
        '_');
    return name;
}

} // namespace

Webhooks::Webhooks(Deliveries::Send send, Deliveries::Now now)
    : send_(std::move(send)), now_(now ? std::move(now) : Deliveries::Now(clockMs)) {}

void Webhooks::describe(sdk::Registrar& reg) {
    reg.options(
        Schema::object()
            .prop("allow_http", Schema::boolean().byDefault(false),
                  "Take http URLs as well: what is sent can be read on the way.")
            .prop(
                "allow_networks",
                Schema::array(Schema::string().format(sdk::Format::Network))
                    .byDefault(json::array{}),
                "Networks that are not public and may be sent to all the same, such as "
                "10.1.0.0/16. Everything else that is loopback, private or link-local is refused.")
            .prop("ca_file", Schema::string().range(0, 4096).byDefault(""),
                  "Certificates that vouch for receivers, in place of the system's.")
            .prop("timeout_s", Schema::integer().range(1, 30).unit("s").byDefault(10),
                  "How long connecting, sending and the answer may take each.")
            .prop("attempts", Schema::integer().range(1, 20).byDefault(10),
                  "Attempts until a delivery is put to the dead letters.")
            .prop("queue_limit", Schema::integer().range(10, 100000).byDefault(1000),
                  "Deliveries that wait for one subscription; what comes beyond is dropped."));
    reg.migration(DeliveryStore::migration());
    reg.onAny("",
              [this](std::string_view topic, const json::object& event) { hear(topic, event); });
    describeCommands(reg);
    reg.ui({.id = "webhooks",
            .slot = sdk::UiSlot::SitePage,
            .title = "webhooks.title",
            .icon = "webhooks.svg",
            .module = "webhooks.js",
            .requires_ = {sdk::Scope::Site, sdk::site_right::kAdmin, 0, ""}});
}

void Webhooks::configure(const sdk::Options& options) {
    allowsHttp_ = options.flag("allow_http");
    options_ = {};
    options_.send.timeout = options.seconds("timeout_s");
    options_.send.caFile = options.text("ca_file");
    options_.attempts = options.integer("attempts");
    options_.queueLimit = static_cast<std::size_t>(options.integer("queue_limit"));
    for (const auto& text : options.texts("allow_networks")) {
        try {
            options_.send.allowed.push_back(Network::parse(text));
        } catch (const std::invalid_argument& e) {
            options.reject("allow_networks", e.what());
        }
    }
}

void Webhooks::start(sdk::Host& host) {
    host_ = &host;
    dropped_ = &host.counter("webhooks_dropped_total", "Events dropped because a queue was full");
    store_.emplace([&host](const auto& work) { host.database(work); });
    deliveries_ = std::make_unique<Deliveries>(host, *store_, options_, send_, now_);
    auto known = store_->subscriptions();
    for (const auto& one : known)
        deliveries_->subscribe(one);
    subscriptions_.with([&](auto& all) { all = std::move(known); });
    tick_ = host.every(sdk::Milliseconds(1000), [this] {
        flush(); // again, when the database refused
        deliveries_->pump();
    });
}

void Webhooks::stop(sdk::Deadline) {
    tick_.reset();
    if (!deliveries_)
        return;
    deliveries_->stop();
    try {
        if (!pending_.empty())
            store_->enqueue(pending_, options_.queueLimit);
    } catch (const std::exception& e) {
        host_->log().warning("events of the last moment were not queued", {{"why", e.what()}});
    }
    pending_.clear();
}

void Webhooks::hear(std::string_view topic, const json::object& event) {
    const auto name = nameOf(topic, event);
    const auto wanting = subscriptions_.with([&](const auto& all) {
        std::vector<Subscription> some;
        for (const auto& one : all)
            if (one.isEnabled && one.wants(name))
                some.push_back(one);
        return some;
    });
    for (const auto& one : wanting)
        queue(one, name, event);
}

void Webhooks::queue(const Subscription& subscription, const std::string& event,
                     const json::object& data) {
    Delivery delivery;
    delivery.subscription = subscription.id;
    delivery.id = newId();
    delivery.event = event;
    delivery.createdMs = now_();
    json::object body{{"id", delivery.id},
                      {"event", event},
                      {"time", delivery.createdMs},
                      {"subscription", subscription.id},
                      {"data", data}};
    delivery.body = json::serialize(body);
    if (delivery.body.size() > kMaxBody) {
        body["data"] = nullptr;
        body["tooLong"] = delivery.body.size();
        delivery.body = json::serialize(body);
    }
    if (pending_.size() >= kMaxPending) { // the database has been away for long
        dropped_->add();
        return;
    }
    pending_.push_back(std::move(delivery));
    // What is on the strand already comes before this, so that thousands of events at once are a
    // few transactions.
    if (pending_.size() == 1)
        host_->post([this] { flush(); });
}

void Webhooks::flush() {
    if (pending_.empty())
        return;
    const auto refused = store_->enqueue(pending_, options_.queueLimit);
    for (const auto& one : pending_)
        deliveries_->wake(one.subscription);
    pending_.clear();
    deliveries_->pump();
    if (refused.empty())
        return;
    dropped_->add(refused.size());
    host_->degraded("the queue of a webhook is full, events are dropped; see webhooks.list");
}

} // namespace webhooks
