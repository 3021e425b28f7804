// The commands of administrators.
#include <algorithm>

#include "signature.hpp"
#include "webhooks.hpp"

namespace webhooks {

using sdk::Error;
using sdk::ErrorCode;
using sdk::Schema;

namespace {

constexpr sdk::Requirement kAdmins{sdk::Scope::Site, sdk::site_right::kAdmin, 0, ""};

Schema idText() {
    return Schema::string().range(16, 16).format(sdk::Format::Hex);
}

Schema events() {
    return Schema::array(Schema::string().range(1, 100).format(sdk::Format::Line)).range(1, 100);
}

Schema limit() {
    return Schema::integer().range(1, 1000).byDefault(100);
}

Schema withId() {
    return Schema::object().prop("id", idText(), "The subscription.").required({"id"});
}

sdk::CommandSpec spec(const char* name, const char* summary, Schema args, bool isAudited) {
    sdk::CommandSpec made;
    made.name = name;
    made.summary = summary;
    made.args = std::move(args);
    made.result = Schema::object().allowUnknown();
    made.requires_ = kAdmins;
    made.audited = isAudited;
    return made;
}

std::string textOf(const json::object& args, const char* name) {
    const auto* value = args.if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t numberOf(const json::object& args, const char* name) {
    const auto* value = args.if_contains(name);
    return value ? value->to_number<std::int64_t>() : 0;
}

/// Throws for a '*' that is not at the end.
std::vector<std::string> eventsOf(const json::object& args) {
    std::vector<std::string> list;
    for (const auto& one : args.at("events").as_array()) {
        list.emplace_back(one.as_string());
        const auto star = list.back().find('*');
        if (star != std::string::npos && star + 1 != list.back().size())
            throw Error(ErrorCode::InvalidArgument, "* only at the end",
                        "/events/" + std::to_string(list.size() - 1));
    }
    return list;
}

json::object attemptOf(const LogLine& one) {
    return {{"time", one.timeMs},       {"delivery", one.delivery}, {"event", one.event},
            {"attempt", one.attempt},   {"status", one.status},     {"took_ms", one.tookMs},
            {"problem", one.problem}};
}

json::object documentOf(const Subscription& one) {
    return {{"id", one.id},
            {"name", one.name},
            {"url", one.url},
            {"events", json::array(one.events.begin(), one.events.end())},
            {"enabled", one.isEnabled},
            {"created", one.createdMs}};
}

} // namespace

void Webhooks::describeCommands(sdk::Registrar& reg) {
    const auto command = [&](const char* name, const char* summary, Schema args, bool isAudited,
                             auto handler) {
        reg.command(
            spec(name, summary, std::move(args), isAudited),
            sdk::SimpleCommandHandler(
                [handler](const sdk::Request&, const json::object& a) { return handler(a); }));
    };
    const auto url = Schema::string().range(8, 2000).format(sdk::Format::Url);
    const auto name = Schema::string().range(1, 100).format(sdk::Format::Line);
    auto added =
        Schema::object()
            .prop("name", name, "For people.")
            .prop("url", url, "Where events are posted.")
            .prop("events", events(),
                  "Names, or beginnings with * at the end: \"device.*\", \"event.createmesh\".")
            .prop("enabled", Schema::boolean().byDefault(true), "Whether it is served.")
            .prop("secret", Schema::string().range(16, 200).secret(),
                  "What signs the requests; absent: one is made and shown once.")
            .required({"name", "url", "events"});
    command("webhooks.add", "Makes a subscription.", added, true,
            [this](const json::object& a) { return add(a); });
    auto changed = withId()
                       .prop("name", name, "For people.")
                       .prop("url", url, "Where events are posted.")
                       .prop("events", events(), "Names, or beginnings with * at the end.")
                       .prop("enabled", Schema::boolean(), "Whether it is served.");
    command("webhooks.change", "Changes a subscription; what waits goes to the new URL.", changed,
            true, [this](const json::object& a) { return change(a); });
    command("webhooks.remove", "Removes a subscription with all that waits for it.", withId(), true,
            [this](const json::object& a) { return remove(a); });
    command("webhooks.secret.renew",
            "Makes a new secret, which is shown once and signs from now on.", withId(), true,
            [this](const json::object& a) { return renewSecret(a); });
    command("webhooks.list",
            "Subscriptions, with what waits for each, what was given up, and the latest attempt.",
            Schema::object(), false, [this](const json::object&) { return list(); });
    command("webhooks.test", "Queues a delivery of the event webhooks.test.", withId(), true,
            [this](const json::object& a) { return test(a); });
    command("webhooks.retry", "Tries at once what waits for its next attempt.", withId(), true,
            [this](const json::object& a) { return retry(a); });
    command("webhooks.log.list", "The latest attempts of a subscription, newest first.",
            withId().prop("limit", limit(), "At most so many."), false,
            [this](const json::object& a) { return logOf(a); });
    command("webhooks.dead.list", "Deliveries that were given up, newest first.",
            withId().prop("limit", limit(), "At most so many."), false,
            [this](const json::object& a) { return deadOf(a); });
    auto letters = withId()
                       .prop("number", Schema::integer().range(0, 1LL << 53).byDefault(0),
                             "One of them, 0: all.")
                       .prop("discard", Schema::boolean().byDefault(false), "Delete them instead.");
    command("webhooks.redeliver", "Queues dead letters again.", letters, true,
            [this](const json::object& a) { return redeliver(a); });
}

Subscription Webhooks::find(const json::object& args) const {
    const auto id = textOf(args, "id");
    for (const auto& one : subscriptions_.with([](const auto& all) { return all; }))
        if (one.id == id)
            return one;
    throw Error(ErrorCode::NotFound, "no such subscription", "/id");
}

void Webhooks::checkUrl(const std::string& url) const {
    const auto fault = faultOf(url, allowsHttp_);
    if (!fault.empty())
        throw Error(ErrorCode::InvalidArgument, fault, "/url");
}

void Webhooks::refresh(std::function<void()> change) {
    subscriptions_.with([&](auto& all) { all = store_->subscriptions(); });
    host_->post([this, change = std::move(change)] {
        change();
        deliveries_->pump();
    });
}

json::value Webhooks::add(const json::object& args) {
    Subscription one;
    one.url = textOf(args, "url");
    checkUrl(one.url);
    if (subscriptions_.with([](const auto& all) { return all.size(); }) >= kMost)
        throw Error(ErrorCode::Conflict, "there are as many subscriptions as there may be");
    one.id = newId();
    one.name = textOf(args, "name");
    one.events = eventsOf(args);
    one.isEnabled = args.at("enabled").as_bool();
    one.createdMs = now_();
    auto secret = textOf(args, "secret");
    auto answer = documentOf(one);
    if (secret.empty()) {
        secret = newSecret();
        answer["secret"] = secret;
    }
    host_->storeSecret(secretName(one.id), secret);
    store_->add(one);
    refresh([this, one] { deliveries_->subscribe(one); });
    return answer;
}

json::value Webhooks::change(const json::object& args) {
    auto one = find(args);
    if (args.contains("url")) {
        one.url = textOf(args, "url");
        checkUrl(one.url);
    }
    if (args.contains("name"))
        one.name = textOf(args, "name");
    if (args.contains("events"))
        one.events = eventsOf(args);
    if (const auto* enabled = args.if_contains("enabled"))
        one.isEnabled = enabled->as_bool();
    store_->change(one);
    refresh([this, one] { deliveries_->subscribe(one); });
    return documentOf(one);
}

json::value Webhooks::remove(const json::object& args) {
    const auto one = find(args);
    store_->remove(one.id);
    host_->storeSecret(secretName(one.id), "");
    refresh([this, id = one.id] { deliveries_->unsubscribe(id); });
    return json::object{{"id", one.id}};
}

json::value Webhooks::list() const {
    json::array all;
    for (const auto& one : subscriptions_.with([](const auto& some) { return some; })) {
        all.push_back(stateOf(one));
    }
    return json::object{{"subscriptions", std::move(all)}};
}

json::object Webhooks::stateOf(const Subscription& one) const {
    auto document = documentOf(one);
    document["waiting"] = store_->waiting(one.id);
    document["dead"] = store_->deadCount(one.id);
    if (const auto next = store_->next(one.id))
        document["next"] = {{"event", next->event},
                            {"attempts", next->attempts},
                            {"time", next->nextMs},
                            {"problem", next->problem}};
    const auto lines = store_->logLines(one.id, 1);
    if (!lines.empty())
        document["last"] = attemptOf(lines.front());
    return document;
}

json::value Webhooks::retry(const json::object& args) {
    const auto one = find(args);
    store_->hurry(one.id);
    host_->post([this, id = one.id] {
        deliveries_->hurry(id);
        deliveries_->pump();
    });
    return json::object{{"id", one.id}};
}

json::value Webhooks::renewSecret(const json::object& args) {
    const auto one = find(args);
    const auto secret = newSecret();
    host_->storeSecret(secretName(one.id), secret);
    return json::object{{"id", one.id}, {"secret", secret}};
}

json::value Webhooks::test(const json::object& args) {
    const auto one = find(args);
    host_->post([this, one] {
        queue(one, "webhooks.test", {{"text", "A test, asked for by an administrator."}});
        deliveries_->pump();
    });
    return json::object{{"id", one.id}};
}

json::value Webhooks::logOf(const json::object& args) const {
    json::array lines;
    const auto most = static_cast<std::size_t>(numberOf(args, "limit"));
    for (const auto& one : store_->logLines(find(args).id, most))
        lines.push_back(attemptOf(one));
    return json::object{{"attempts", std::move(lines)}};
}

json::value Webhooks::deadOf(const json::object& args) const {
    json::array letters;
    const auto most = static_cast<std::size_t>(numberOf(args, "limit"));
    for (const auto& one : store_->dead(find(args).id, most))
        letters.push_back(json::object{{"number", one.number},
                                       {"delivery", one.id},
                                       {"event", one.event},
                                       {"attempts", one.attempts},
                                       {"problem", one.problem},
                                       {"created", one.createdMs}});
    return json::object{{"deliveries", std::move(letters)}};
}

json::value Webhooks::redeliver(const json::object& args) {
    const auto one = find(args);
    const auto number = numberOf(args, "number");
    const bool isDiscard = args.at("discard").as_bool();
    const auto count =
        isDiscard ? store_->discard(one.id, number) : store_->redeliver(one.id, number);
    if (number != 0 && count == 0)
        throw Error(ErrorCode::NotFound, "no such dead letter", "/number");
    host_->post([this, id = one.id] {
        deliveries_->wake(id);
        deliveries_->pump();
    });
    return json::object{{"count", count}};
}

} // namespace webhooks
