#include "webhook.hpp"

#include <algorithm>

#include <boost/json/serialize.hpp>

namespace webhook {

void Webhook::describe(Registrar& reg) {
    reg.options(
        Schema::object()
            .prop("url", Schema::string().format(Format::Url), "Where events are sent, http or https.")
            .prop("token", Schema::string().range(0, 500).byDefault("").secret(),
                  "Sent as Authorization: Bearer.")
            .prop("topics", Schema::array(Schema::string().range(1, 100)).byDefault({"device."}),
                  "Beginnings of the names of the events to send.")
            .prop("timeout_s", Schema::integer().range(1, 8).unit("s").byDefault(5),
                  "How long one attempt may take.")
            .required({"url"}));
    // Which topics are wanted is known only when configured, so all are heard and most left.
    reg.onAny("", [this](std::string_view name, const json::object& event) { take(name, event); });
    reg.command({.name = "webhook.status",
                 .summary = "How delivery stands.",
                 .args = Schema::object(),
                 .result = Schema::object()
                               .prop("waiting", Schema::integer(), "Events in the queue.")
                               .prop("delivered", Schema::integer(), "Since the start.")
                               .prop("dropped", Schema::integer(), "Because the queue was full.")
                               .prop("problem", Schema::string(), "Of the last attempt, may be empty."),
                 .requires_ = {Scope::Site, site_right::kAdmin, 0, ""}},
                [this](const Request&, const json::object&) { return status(); });
}

void Webhook::configure(const Options& options) {
    target_ = {options.text("url"), options.text("token"), options.seconds("timeout_s")};
    topics_ = options.texts("topics");
    if (!target_.url.starts_with("http://") && !target_.url.starts_with("https://")) {
        options.reject("url", "expected an http or https URL");
    }
    if (!target_.token.empty() && target_.url.starts_with("http://")) {
        options.reject("token", "would be sent in clear text: use an https URL");
    }
}

void Webhook::start(Host& host) {
    host_ = &host;
    deliveredTotal_ = &host.counter("webhook_delivered_total", "Events that the other side took");
    droppedTotal_ = &host.counter("webhook_dropped_total", "Events dropped because the queue was full");
}

void Webhook::take(std::string_view name, const json::object& event) {
    const bool isWanted = std::any_of(topics_.begin(), topics_.end(),
                                      [&](const auto& topic) { return name.starts_with(topic); });
    if (!isWanted) return;
    auto body = json::serialize(json::object{{"event", name}, {"data", event}});
    const bool isFull = state_.with([&](State& state) {
        state.waiting.push_back(std::move(body));
        if (state.waiting.size() <= kQueueLimit) return false;
        state.waiting.pop_front();
        ++state.dropped;
        return true;
    });
    if (isFull) droppedTotal_->add();
    sendNext();
}

/// Posts the oldest event unless that happens already.
void Webhook::sendNext() {
    const auto body = state_.with([](State& state) -> std::string {
        if (state.isSending || state.waiting.empty()) return {};
        state.isSending = true;
        return state.waiting.front();
    });
    if (body.empty()) return;
    host_->blocking([this, body] {
        const auto problem = post_(target_, body);
        host_->post([this, problem] { sent(problem); });
    });
}

void Webhook::sent(const std::string& problem) {
    if (problem.empty()) {
        const bool wasBad = state_.with([](State& state) {
            state.isSending = false;
            if (!state.waiting.empty()) state.waiting.pop_front();
            ++state.delivered;
            state.pause = kFirstPause;
            return !std::exchange(state.lastProblem, {}).empty();
        });
        deliveredTotal_->add();
        if (wasBad) host_->log().info("delivery works again");
        if (wasBad) host_->healthy();
        return sendNext();
    }
    bool isNew = false;
    const auto pause = state_.with([&](State& state) {
        isNew = state.lastProblem.empty();  // once per change of state, not per attempt
        state.lastProblem = problem;
        return std::exchange(state.pause, std::min(state.pause * 2, kLongestPause));
    });
    if (isNew) {
        host_->log().warning("delivery fails", {{"url", target_.url}, {"why", problem}});
        host_->degraded("events cannot be delivered: " + problem);
    }
    retry_ = host_->after(pause, [this] {
        state_.with([](State& state) { state.isSending = false; });
        sendNext();
    });
}

json::value Webhook::status() {
    return state_.with([](State& state) {
        return json::value{{"waiting", state.waiting.size()},
                           {"delivered", state.delivered},
                           {"dropped", state.dropped},
                           {"problem", state.lastProblem}};
    });
}

}  // namespace webhook
