/// `GET /api/v1/events`: events as they happen, as server-sent events (HTML standard, section 9.2).
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/api/context.hpp"
#include "core/api/control/event_feed.hpp"
#include "core/api/http/caller.hpp"
#include "core/api/http/event_stream.hpp"
#include "core/net/router.hpp"

namespace trellis::api {

/// Shows what a control connection of the same user would be shown, in the same JSON. Of stored events
/// each has an id; a client that comes back with `Last-Event-ID` gets what it missed, at most kReplay.
/// A stream costs a queue and no thread. It ends within a second when its session, token or user does,
/// and when the client reads too slowly. Destroy it before the feed.
class EventStreams final : public EventAudience, public model::Observer {
public:
    static constexpr std::size_t kPerUser = 10;
    static constexpr std::size_t kMost = 1000;
    static constexpr std::size_t kReplay = 1000;
    static constexpr std::chrono::seconds kBeatEvery{15};

    EventStreams(Context& context, const HttpCallers& callers, EventFeed& feed);
    ~EventStreams() override;
    EventStreams(const EventStreams&) = delete;
    EventStreams& operator=(const EventStreams&) = delete;
    void mount(net::Router& router, std::vector<net::Registration>& routes);

    // Any thread.
    void tokenEnded(const std::string& tokenId);
    void sessionEnded(const std::string& publicId);
    void endAll(); ///< the server stops
    std::size_t size() const;

    bool isEmpty() const noexcept override { return count_ == 0; }
    void show(const model::Event& event) override;
    void onUser(const model::UserPtr& before, const model::UserPtr& after) override;

private:
    using StreamPtr = std::shared_ptr<EventStream>;
    void serve(const net::HttpRequest& request, const net::Responder& responder);
    StreamPtr open(const net::HttpRequest& request, sdk::Caller caller);
    StreamFilter filterFrom(const net::HttpRequest& request, const sdk::Caller& caller) const;
    void enter(const StreamPtr& stream);
    std::vector<StreamPtr> all() const; ///< those whose connection is open
    std::vector<model::Event> missedBy(const EventStream& stream, const std::string& lastId) const;
    void replay(EventStream& stream, const std::string& lastId) const;
    bool maySee(const EventStream& stream, const model::Event& event) const;
    bool isStillGood(const EventStream& stream) const;
    EventStream::Text textFor(const EventStream& stream, const model::Event& event,
                              const std::string& id) const;
    void tick();

    Context& context_;
    const HttpCallers& callers_;
    EventFeed& feed_;
    std::atomic<std::size_t> count_{0};
    mutable std::mutex mutex_; ///< guards streams_
    std::vector<std::weak_ptr<EventStream>> streams_;
    std::chrono::steady_clock::time_point beaten_{}; ///< tick() alone
    sdk::HandlePtr timer_;
};

} // namespace trellis::api
