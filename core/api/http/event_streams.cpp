#include "core/api/http/event_streams.hpp"

#include <algorithm>

#include <boost/json/serialize.hpp>

#include "core/api/control/visibility.hpp"
#include "core/model/ids.hpp"

namespace trellis::api {

using sdk::Error;
using sdk::ErrorCode;

namespace {

constexpr std::size_t kMaxActions = 50;

EventStream::Text frame(const json::value& event, const std::string& id) {
    auto text = id.empty() ? std::string() : "id: " + id + "\n";
    return std::make_shared<const std::string>(text + "data: " + json::serialize(event) + "\n\n");
}

/// Only what the log keeps can be asked for again.
std::string idOf(const model::Event& event) {
    return event.extra.contains("nolog") ? std::string() : streamId(event);
}

std::string groupOf(const model::Event& event, const model::Directory& directory) {
    if (const auto device = event.deviceId.empty() ? nullptr : directory.device(event.deviceId))
        return device->groupId;
    return event.groupId;
}

std::vector<std::string> actionsFrom(std::string_view text) {
    std::vector<std::string> actions;
    while (!text.empty()) {
        const auto end = std::min(text.find(','), text.size());
        const auto one = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (one.empty() || one.size() > 64 || actions.size() >= kMaxActions)
            throw Error(ErrorCode::InvalidArgument, "expected names of events, parted by commas",
                        "/action");
        actions.emplace_back(one);
    }
    return actions;
}

} // namespace

EventStreams::EventStreams(Context& context, const HttpCallers& callers, EventFeed& feed)
    : context_(context), callers_(callers), feed_(feed) {
    context_.directory.addObserver(this);
    feed_.setAudience(this);
    timer_ = context_.timers.every(
        std::chrono::seconds(1),
        [&pool = context_.pool](std::function<void()> task) { return pool.post(std::move(task)); },
        [this] { tick(); });
}

EventStreams::~EventStreams() {
    timer_.reset();
    feed_.setAudience(nullptr);
    feed_.drain();
    context_.directory.removeObserver(this);
    endAll();
}

void EventStreams::mount(net::Router& router, std::vector<net::Registration>& routes) {
    net::RouteSpec spec;
    spec.path = "/api/v1/events";
    routes.push_back(
        router.add(spec, [this](const net::HttpRequest& request, const net::Responder& responder) {
            serve(request, responder);
        }));
}

void EventStreams::serve(const net::HttpRequest& request, const net::Responder& responder) {
    try {
        const auto stream = open(request, callers_.resolveApi(request, HttpCallers::Change::No));
        const auto asked = request.query.get("since");
        const std::string lastId(asked.empty() ? request.header("Last-Event-ID") : asked);
        net::HttpResponse response;
        response.with("Content-Type", "text/event-stream");
        response.with("Cache-Control", "no-store");
        response.with("X-Accel-Buffering", "no"); // nginx would collect what it passes on
        response.body = net::ProducedBody{stream, std::nullopt};
        responder.send(std::move(response));
        try {
            replay(*stream, lastId);
        } catch (const std::exception&) {
            stream->end("unavailable", "the event log could not be read");
        }
    } catch (const Error& error) {
        responder.send(errorResponse(error));
    }
}

EventStreams::StreamPtr EventStreams::open(const net::HttpRequest& request, sdk::Caller caller) {
    const auto token = context_.apiTokens.ofSession(caller.sessionId);
    if (token && !token->scope.covers("events"))
        throw Error(ErrorCode::Forbidden, "the API token's scope doesn't cover events");
    if (!token && caller.byLoginToken)
        throw Error(ErrorCode::Forbidden, "login tokens have no event stream; use an API token");
    auto filter = filterFrom(request, caller);
    const auto signedIn =
        token || caller.isLocalAdmin ? std::nullopt : callers_.session(request);
    auto stream = std::make_shared<EventStream>(std::move(caller), std::move(filter),
                                                signedIn ? signedIn->session.expiresMs : 0);
    if (signedIn)
        stream->loginSession = signedIn->session.publicId;
    enter(stream);
    return stream;
}

StreamFilter EventStreams::filterFrom(const net::HttpRequest& request,
                                      const sdk::Caller& caller) const {
    for (const auto& [name, value] : request.query)
        if (name != "action" && name != "device" && name != "group" && name != "since")
            throw Error(ErrorCode::InvalidArgument, "unknown filter; there are action, device, group",
                        "/" + name.substr(0, 64));
    StreamFilter filter;
    filter.actions = actionsFrom(request.query.get("action"));
    if (const auto given = request.query.find("device")) {
        const auto id = model::completeId(model::IdKind::Device, caller.domain, *given);
        if (!id || !context_.access.device(caller, *id).isVisible)
            throw Error(ErrorCode::NotFound, "no such device", "/device");
        filter.deviceId = *id;
    }
    if (const auto given = request.query.find("group")) {
        const auto id = model::completeId(model::IdKind::Group, caller.domain, *given);
        if (!id || !context_.access.group(caller, *id).isVisible)
            throw Error(ErrorCode::NotFound, "no such group", "/group");
        filter.groupId = *id;
    }
    return filter;
}

void EventStreams::enter(const StreamPtr& stream) {
    const std::scoped_lock lock(mutex_);
    std::erase_if(streams_, [](const auto& one) { return one.expired(); });
    const auto own = std::count_if(streams_.begin(), streams_.end(), [&](const auto& weak) {
        const auto one = weak.lock();
        return one && one->caller.userId == stream->caller.userId && !one->isEnded();
    });
    if (static_cast<std::size_t>(own) >= kPerUser || streams_.size() >= kMost)
        throw TooMany("too many event streams are open", std::chrono::seconds(5));
    streams_.push_back(stream);
    count_ = streams_.size();
}

std::vector<EventStreams::StreamPtr> EventStreams::all() const {
    std::vector<StreamPtr> open;
    const std::scoped_lock lock(mutex_);
    for (const auto& weak : streams_)
        if (auto one = weak.lock())
            open.push_back(std::move(one));
    return open;
}

std::size_t EventStreams::size() const {
    return all().size();
}

// ---- events -------------------------------------------------------------------------------------

bool EventStreams::maySee(const EventStream& stream, const model::Event& event) const {
    const auto& caller = stream.caller;
    if (caller.isLocalAdmin)
        return event.domain == caller.domain;
    const auto user = context_.directory.user(caller.userId);
    return user && maySeeEvent(*user, event, context_.directory, context_.rights);
}

EventStream::Text EventStreams::textFor(const EventStream& stream, const model::Event& event,
                                        const std::string& id) const {
    auto document = wireEvent(event, context_.directory).at("event").as_object();
    if (const auto user = context_.directory.user(stream.caller.userId))
        document = shownTo(*user, std::move(document), context_.rights);
    return frame(document, id);
}

namespace {

/// The client's own wishes, and the groups that its token is limited to.
bool isWanted(const EventStream& stream, const model::Event& event, const std::string& groupId,
              const auth::ApiTokens& tokens) {
    const auto& filter = stream.filter;
    if (!filter.takesAction(event.action))
        return false;
    if (!filter.deviceId.empty() && filter.deviceId != event.deviceId)
        return false;
    if (!filter.groupId.empty() && filter.groupId != groupId)
        return false;
    if (!auth::ApiTokens::isTokenSession(stream.caller.sessionId))
        return true;
    const auto token = tokens.ofSession(stream.caller.sessionId);
    return token && (token->scope.groups.empty() || token->scope.hasGroup(groupId));
}

} // namespace

void EventStreams::show(const model::Event& event) {
    const auto id = idOf(event);
    const auto groupId = groupOf(event, context_.directory);
    EventStream::Text shared; // one for all, unless it is not the same for everybody
    for (const auto& stream : all()) {
        if (!isWanted(*stream, event, groupId, context_.apiTokens) || !maySee(*stream, event))
            continue;
        if (event.etype == "ugrp") {
            stream->offer(id, textFor(*stream, event, id));
            continue;
        }
        if (!shared)
            shared = textFor(*stream, event, id);
        stream->offer(id, shared);
    }
}

namespace {

/// Of the same millisecond only those behind it; all of them if it is not there any more.
void dropUpTo(std::vector<model::Event>& events, const std::string& lastId) {
    const auto last = std::find_if(events.begin(), events.end(),
                                   [&](const auto& one) { return streamId(one) == lastId; });
    if (last != events.end())
        events.erase(events.begin(), last + 1);
}

EventStream::Text fixedText(const char* text) {
    return std::make_shared<const std::string>(text);
}

} // namespace

/// What was stored since the event of `lastId`, oldest first; one more than kReplay if there was more.
std::vector<model::Event> EventStreams::missedBy(const EventStream& stream,
                                                 const std::string& lastId) const {
    const auto since = timeOfStreamId(lastId);
    const auto user = context_.directory.user(stream.caller.userId);
    if (!since || (!user && !stream.caller.isLocalAdmin))
        return {};
    model::EventFilter filter;
    filter.domain = stream.caller.domain;
    filter.targets = user ? eventTargetsOf(*user, context_.directory, context_.rights)
                          : std::vector<std::string>{"*"};
    filter.deviceId = stream.filter.deviceId;
    filter.sinceMs = *since;
    filter.limit = kReplay + 1;
    auto events = context_.events.query(filter);
    std::reverse(events.begin(), events.end());
    return events;
}

void EventStreams::replay(EventStream& stream, const std::string& lastId) const {
    std::vector<std::pair<std::string, EventStream::Text>> texts;
    texts.emplace_back("", fixedText("retry: 3000\n\n"));
    auto events = missedBy(stream, lastId);
    if (events.size() > kReplay) {
        events.erase(events.begin());
        texts.emplace_back("", fixedText("event: gap\ndata: {\"reason\":\"older events are left out; "
                                         "read them with the command events\"}\n\n"));
    }
    dropUpTo(events, lastId);
    for (const auto& event : events) {
        const auto groupId = groupOf(event, context_.directory);
        if (!isWanted(stream, event, groupId, context_.apiTokens))
            continue;
        const auto id = streamId(event);
        texts.emplace_back(id, textFor(stream, event, id));
    }
    stream.release(texts);
}

// ---- ends ---------------------------------------------------------------------------------------

bool EventStreams::isStillGood(const EventStream& stream) const {
    const auto& caller = stream.caller;
    if (auth::ApiTokens::isTokenSession(caller.sessionId) &&
        !context_.apiTokens.ofSession(caller.sessionId))
        return false;
    if (stream.expiresMs != 0 && context_.directory.nowMs() >= stream.expiresMs)
        return false;
    const auto& filter = stream.filter;
    if (!filter.deviceId.empty() && !context_.access.device(caller, filter.deviceId).isVisible)
        return false;
    return filter.groupId.empty() || context_.access.group(caller, filter.groupId).isVisible;
}

void EventStreams::tick() {
    const auto now = std::chrono::steady_clock::now();
    const bool isTime = now - beaten_ >= kBeatEvery;
    if (isTime)
        beaten_ = now;
    for (const auto& stream : all()) {
        if (!isStillGood(*stream))
            stream->end("access", "the token, the session or the right to what is asked for ended");
        else if (isTime)
            stream->beat();
    }
    const std::scoped_lock lock(mutex_);
    std::erase_if(streams_, [](const auto& one) { return one.expired(); });
    count_ = streams_.size();
}

void EventStreams::tokenEnded(const std::string& tokenId) {
    for (const auto& stream : all()) {
        const auto& session = stream->caller.sessionId;
        if (auth::ApiTokens::isTokenSession(session) &&
            session.find("/token." + tokenId) != std::string::npos)
            stream->end("access", "the API token was removed");
    }
}

void EventStreams::sessionEnded(const std::string& publicId) {
    for (const auto& stream : all())
        if (stream->loginSession == publicId)
            stream->end("access", "the session ended");
}

void EventStreams::onUser(const model::UserPtr& before, const model::UserPtr& after) {
    if (!before || (after && !after->isLocked()))
        return;
    for (const auto& stream : all())
        if (stream->caller.userId == before->id)
            stream->end("access", "the account was removed or locked");
}

void EventStreams::endAll() {
    for (const auto& stream : all())
        stream->end("stop", "the server stops");
}

} // namespace trellis::api
