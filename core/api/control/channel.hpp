/// `/control.ashx`, put together.
#pragma once

#include <memory>
#include <vector>

#include "core/api/context.hpp"
#include "core/api/control/admission.hpp"
#include "core/api/control/connection.hpp"
#include "core/api/control/event_feed.hpp"
#include "core/api/control/hub.hpp"
#include "core/net/router.hpp"

namespace trellis::api {

/// Outlives its routes; destroying it closes all control connections. Join it up as follows:
/// `events.onRecorded` -> feed().publish(), `sessions.onRevoked` -> feed().sessionEnded(), and the
/// agent channel's SessionRouter -> hub().
class ControlChannel {
public:
    explicit ControlChannel(Context& context);
    ~ControlChannel();
    ControlChannel(const ControlChannel&) = delete;
    ControlChannel& operator=(const ControlChannel&) = delete;

    void mount(net::Router& router);
    ControlHub& hub() noexcept { return hub_; }
    EventFeed& feed() noexcept { return feed_; }

private:
    void onUpgrade(net::HttpRequest request, const net::Upgrade& upgrade);

    Context& context_;
    ControlHub hub_;
    EventFeed feed_;
    Admissions admissions_;
    ControlServices services_;
    std::vector<net::Registration> routes_;
};

} // namespace trellis::api
