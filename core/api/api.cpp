#include "core/api/api.hpp"

#include "core/api/commands/device_removal.hpp"
#include "core/api/http/user_image_route.hpp"
#include "core/api/login_steps.hpp"

namespace trellis::api {

namespace {

std::optional<std::string> databaseFault(const store::Database& database) {
    database.read(
        [](store::Session& session) { session.query("SELECT 1", {}, [](const store::Row&) {}); });
    return std::nullopt; // trouble is thrown
}

} // namespace

Api::Api(Context context)
    : context_(std::move(context)),
      callers_(context_.directory, context_.sessions, context_.logins,
               context_.apiTokens),
      control_(context_),
      commands_(addCoreCommands(context_, control_.hub(), control_.feed())),
      sessionRoutes_(context_, callers_),
      rest_(context_, callers_), streams_(context_, callers_, control_.feed()),
      openApi_(context_.dispatcher, context_.server.facts().version),
      serverFiles_(context_, callers_),
      health_(callers_, context_.config.telemetry.metrics), invites_(context_) {
    context_.logins.setSecondFactorCheck(loginSteps(context_.decisions));
    health_.add("database",
                [&database = context_.directory.database()] { return databaseFault(database); });
}

Api::~Api() = default;

void Api::removeStaleDevices() {
    api::removeStaleDevices(context_);
}

void Api::removeTemporaryDevices() {
    api::removeTemporaryDevices(context_);
}

void Api::mount(net::Router& router) {
    control_.mount(router);
    streams_.mount(router, routes_);
    sessionRoutes_.mount(router, routes_);
    openApi_.mount(router, routes_);
    rest_.mount(router, routes_);
    health_.mount(router, routes_);
    serverFiles_.mount(router, routes_);
    invites_.mount(router, routes_);
    routes_.push_back(mountUserImage(router, context_, callers_));
}

void Api::mountLocal(net::Router& router) {
    streams_.mount(router, routes_);
    openApi_.mount(router, routes_);
    rest_.mount(router, routes_);
    health_.mount(router, routes_);
}

} // namespace trellis::api
