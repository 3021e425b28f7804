/// All of core/api, put together.
#pragma once

#include <memory>
#include <vector>

#include "core/api/commands/core_commands.hpp"
#include "core/api/context.hpp"
#include "core/api/control/channel.hpp"
#include "core/api/http/caller.hpp"
#include "core/api/http/event_streams.hpp"
#include "core/api/http/health.hpp"
#include "core/api/http/invite_page.hpp"
#include "core/api/http/openapi.hpp"
#include "core/api/http/rest.hpp"
#include "core/api/http/server_file_routes.hpp"
#include "core/api/http/session_routes.hpp"

namespace trellis::api {

/// Build it after everything that `context` names and before the plugins; join it up with
///   - events.onRecorded  -> control().feed().publish()
///   - sessions.onRevoked -> control().feed().sessionEnded() and streams().sessionEnded()
///   - apiTokens.onEnded -> streams().tokenEnded()
///   - the agent channel's SessionRouter -> control().hub()
/// and destroy it before what `context` names.
class Api {
public:
    explicit Api(Context context);
    ~Api();
    Api(const Api&) = delete;
    Api& operator=(const Api&) = delete;

    /// Adds /control.ashx, /api/..., /healthz, /metrics, /agentinvite and /invite to the router of the TLS
    /// port, or the REST door alone to that of the local socket.
    void mount(net::Router& router);
    void mountLocal(net::Router& router);

    /// Removes devices that were away for longer than their group allows (`expireDevs`). Blocks:
    /// worker thread.
    void removeStaleDevices();
    ControlChannel& control() noexcept { return control_; }
    /// Removes temporary devices that left a while ago. Blocks: worker thread.
    void removeTemporaryDevices();
    HealthDoor& health() noexcept { return health_; }
    EventStreams& streams() noexcept { return streams_; }
    InviteDoor& invites() noexcept { return invites_; }
    const HttpCallers& callers() const noexcept { return callers_; }

private:
    Context context_;
    HttpCallers callers_;
    ControlChannel control_;
    std::unique_ptr<CommandSet> commands_;
    SessionRoutes sessionRoutes_;
    RestDoor rest_;
    EventStreams streams_;
    OpenApiPage openApi_;
    ServerFileRoutes serverFiles_;
    HealthDoor health_;
    InviteDoor invites_;
    std::vector<net::Registration> routes_;
};

} // namespace trellis::api
