/// Turns changes and recorded events into messages for those who may see them
/// (control-protocol 2.4, 2.5). Each is serialised once.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include <boost/json/object.hpp>
#include <trellis/sdk/host.hpp>

#include "core/auth/sessions.hpp"
#include "core/bus/strand.hpp"
#include "core/bus/timers.hpp"
#include "core/model/directory.hpp"
#include "core/model/event_log.hpp"
#include "core/model/observer.hpp"

#include "core/api/control/hub.hpp"

namespace trellis::api {

/// Others than control connections who are shown events. Asked on the feed's strand, in order.
class EventAudience {
public:
    virtual ~EventAudience() = default;
    virtual bool isEmpty() const noexcept = 0; ///< any thread
    virtual void show(const model::Event& event) = 0;
};

/// Any thread may publish; delivery is on a strand of its own, in order. At most kMaxWaiting wait;
/// what comes beyond is dropped and counted (clients fetch lists anew when they reconnect).
///
/// What people change is announced by the command that did it, with a text. What agents change
/// comes from the directory: it is collected for kCollect and left out if such an announcement of
/// the same device came meanwhile.
class EventFeed final : public model::Observer {
public:
    static constexpr std::size_t kMaxWaiting = 10'000;
    static constexpr std::chrono::milliseconds kCollect{100};

    EventFeed(model::Directory& directory, const auth::RightsDecider& rights, ControlHub& hub,
              bus::WorkerPool& pool, bus::Timers& timers);
    ~EventFeed() override;
    EventFeed(const EventFeed&) = delete;
    EventFeed& operator=(const EventFeed&) = delete;

    /// Before the first event, null to take it away; it must outlive the feed or be taken away and
    /// waited for: drain().
    void setAudience(EventAudience* audience) noexcept { audience_ = audience; }
    void drain();
    /// An event to be shown; it is not stored by this.
    void publish(model::Event event);
    /// A browser session ended: its connections are cut.
    void sessionEnded(const auth::Session& session);

    void onUser(const model::UserPtr& before, const model::UserPtr& after) override;
    void onDevice(const model::DevicePtr& before, const model::DevicePtr& after) override;
    void onPresence(const model::DevicePtr& device, const model::Presence& before,
                    const model::Presence& after) override;
    std::uint64_t droppedCount() const noexcept { return dropped_; }

private:
    bool isUnwatched() const;
    struct Change {
        std::string action; ///< "addnode" or "changenode"
        model::DevicePtr device;
    };
    void note(const model::DevicePtr& device, const char* action);
    void flush();
    void deliver(const model::Event& event);
    boost::json::object wireEventFor(const model::User& user, const model::Event& event) const;

    model::Directory& directory_;
    const auth::RightsDecider& rights_;
    ControlHub& hub_;
    bus::WorkerPool& pool_;
    bus::Timers& timers_;
    std::atomic<EventAudience*> audience_{nullptr};
    std::atomic<std::uint64_t> dropped_{0};
    std::mutex mutex_; ///< guards changes_ and timer_
    std::unordered_map<std::string, Change> changes_;
    sdk::HandlePtr timer_;
    std::shared_ptr<bus::Strand> strand_;
};

/// {"action":"event","event":{...}} with the present state of what it is about (`node`, `mesh`,
/// `links` of a user group), which is never stored.
boost::json::object wireEvent(const model::Event& event, const model::Directory& directory);

} // namespace trellis::api
