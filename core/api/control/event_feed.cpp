#include "core/api/control/event_feed.hpp"

#include <boost/json/serialize.hpp>

#include "core/api/control/connection.hpp"
#include "core/api/control/visibility.hpp"
#include "core/bus/worker_pool.hpp"
#include "core/model/ids.hpp"
#include "core/model/wire_documents.hpp"
#include "core/telemetry/metrics.hpp"

namespace trellis::api {

namespace json = boost::json;

namespace {

bool isNodeAction(const std::string& action) {
    return action == "addnode" || action == "changenode" || action == "nodemeshchange" ||
           action == "removenode";
}

/// Times of use change with every click and are nothing to announce.
bool differsVisibly(const model::User& before, const model::User& after) {
    auto old = model::userDocument(before);
    auto now = model::userDocument(after);
    for (const auto* name : {"access", "login", "pastlogin"}) {
        old.erase(name);
        now.erase(name);
    }
    return old != now;
}

} // namespace

json::object wireEvent(const model::Event& event, const model::Directory& directory) {
    auto document = model::eventDocument(event);
    if (isNodeAction(event.action) && event.action != "removenode") {
        if (const auto device = directory.device(event.deviceId))
            document["node"] = model::deviceDocument(*device, directory);
    }
    if (event.action == "createusergroup" || event.action == "usergroupchange") {
        const auto id = document.if_contains("ugrpid");
        const auto group = id && id->is_string()
                               ? directory.userGroup(std::string_view(id->get_string()))
                               : nullptr;
        if (group)
            document["links"] = model::userGroupDocument(*group, directory).at("links");
    }
    if (event.action == "createmesh") {
        if (const auto group = directory.group(event.groupId))
            document["mesh"] = model::groupDocument(*group, directory);
    }
    return {{"action", "event"}, {"event", std::move(document)}};
}

EventFeed::EventFeed(model::Directory& directory, const auth::RightsDecider& rights,
                     ControlHub& hub, bus::WorkerPool& pool, bus::Timers& timers)
    : directory_(directory), rights_(rights), hub_(hub), pool_(pool), timers_(timers),
      strand_(std::make_shared<bus::Strand>(pool, kMaxWaiting)) {
    directory_.addObserver(this);
}

EventFeed::~EventFeed() {
    directory_.removeObserver(this);
    sdk::HandlePtr timer;
    {
        const std::scoped_lock lock(mutex_);
        timer = std::move(timer_);
    }
    timer.reset();
    strand_->close();
    strand_->drain(sdk::Clock::now() + sdk::Seconds(10));
}

void EventFeed::publish(model::Event event) {
    if (isNodeAction(event.action)) {
        const std::scoped_lock lock(mutex_);
        changes_.erase(event.deviceId);
    }
    if (isUnwatched())
        return;
    if (event.timeMs == 0) // what isn't stored has not been given its time by the log
        event.timeMs = directory_.nowMs();
    if (!strand_->post([this, event = std::move(event)] { deliver(event); }))
        ++dropped_;
}

bool EventFeed::isUnwatched() const {
    const auto* audience = audience_.load();
    return hub_.size() == 0 && (audience == nullptr || audience->isEmpty());
}

void EventFeed::drain() {
    strand_->drain(sdk::Clock::now() + sdk::Seconds(2));
}

void EventFeed::deliver(const model::Event& event) {
    if (auto* audience = audience_.load())
        audience->show(event);
    std::shared_ptr<const std::string> text;
    std::unordered_map<std::string, bool>
        answers; // one question per user, however many connections
    for (const auto& connection : hub_.all()) {
        auto [place, isNew] = answers.try_emplace(connection->userId(), false);
        if (isNew) {
            const auto user = directory_.user(connection->userId());
            place->second = user && maySeeEvent(*user, event, directory_, rights_);
        }
        if (!place->second)
            continue;
        if (event.etype == "ugrp") { // not the same for everybody
            if (const auto user = directory_.user(connection->userId()))
                connection->send(wireEventFor(*user, event));
            continue;
        }
        if (!text)
            text =
                std::make_shared<const std::string>(json::serialize(wireEvent(event, directory_)));
        connection->sendShared(text);
    }
}

json::object EventFeed::wireEventFor(const model::User& user, const model::Event& event) const {
    auto message = wireEvent(event, directory_);
    auto& document = message["event"];
    document = shownTo(user, std::move(document.as_object()), rights_);
    return message;
}

void EventFeed::sessionEnded(const auth::Session& session) {
    hub_.cutLogin(session.userId, session.publicId);
}

void EventFeed::onUser(const model::UserPtr& before, const model::UserPtr& after) {
    if (!before)
        return;
    if (!after || (after->isLocked() && !before->isLocked())) {
        hub_.cutUser(before->id, CloseCause::ForcedOff);
        return;
    }
    if (before->passwordHash != after->passwordHash &&
        before->passwordChangedS != after->passwordChangedS) {
        hub_.cutUser(after->id, CloseCause::ForcedOff,
                     [](const ControlConnection& one) { return one.diesWithPassword(); });
    }
    if (!differsVisibly(*before, *after))
        return;
    // The user's own page has to follow each change; others hear of it from the command.
    hub_.toUser(after->id, {{"action", "event"},
                            {"event",
                             {{"etype", "user"},
                              {"action", "accountchange"},
                              {"userid", after->id},
                              {"username", after->name},
                              {"account", model::userDocument(*after)},
                              {"domain", after->domain},
                              {"nolog", 1}}}});
}

void EventFeed::onDevice(const model::DevicePtr& before, const model::DevicePtr& after) {
    if (!after) {
        const std::scoped_lock lock(mutex_);
        changes_.erase(before->id);
        return;
    }
    note(after, before ? "changenode" : "addnode");
}

void EventFeed::note(const model::DevicePtr& device, const char* action) {
    if (isUnwatched())
        return;
    const std::scoped_lock lock(mutex_);
    const auto [place, isNew] = changes_.try_emplace(device->id, Change{action, device});
    if (!isNew)
        place->second.device = device; // an "addnode" that waits stays one
    if (timer_)
        return;
    timer_ = timers_.after(
        kCollect,
        [pool = &pool_](std::function<void()> task) { return pool->post(std::move(task)); },
        [this] { flush(); });
}

void EventFeed::flush() {
    std::unordered_map<std::string, Change> changes;
    sdk::HandlePtr finished; // goes outside the lock
    {
        const std::scoped_lock lock(mutex_);
        changes.swap(changes_);
        finished = std::move(timer_);
    }
    for (auto& [id, change] : changes) {
        model::Event event;
        event.domain = change.device->domain;
        event.etype = "node";
        event.action = change.action;
        event.deviceId = id;
        event.groupId = change.device->groupId;
        event.extra = {{"nolog", 1}};
        if (!strand_->post([this, event = std::move(event)] { deliver(event); }))
            ++dropped_;
    }
}

void EventFeed::onPresence(const model::DevicePtr& device, const model::Presence& before,
                           const model::Presence& after) {
    if (!device || isUnwatched())
        return;
    model::Event event;
    event.domain = device->domain;
    event.deviceId = device->id;
    event.groupId = device->groupId;
    if (before.connection != after.connection || before.power != after.power) {
        event.action = "nodeconnect";
        event.extra = {{"conn", after.connection}, {"pwr", after.power}, {"nolog", 1}};
        if (after.agentSinceMs != 0)
            event.extra["ct"] = after.agentSinceMs;
        publish(event);
    }
    if (before.sessions != after.sessions) {
        event.etype = "node";
        event.action = "devicesessions";
        event.extra = {{"sessions", after.sessions}, {"nolog", 1}};
        publish(event);
    }
}

} // namespace trellis::api
