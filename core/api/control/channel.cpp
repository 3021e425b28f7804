#include "core/api/control/channel.hpp"

#include "core/telemetry/log.hpp"

namespace trellis::api {

ControlChannel::ControlChannel(Context& context)
    : context_(context),
      hub_(context.directory, context.rights, context.config.limits.sessionsPerUser),
      feed_(context.directory, context.rights, hub_, context.pool, context.timers),
      admissions_(context.directory, context.logins, context.sessions, context.urlTokens,
                  context.config.login.links),
      services_{context.directory, admissions_, context.sessions, context.dispatcher, hub_, feed_,
                context.server,    context.pool, context.loops, context.config} {
    services_.messageBytes = context.config.limits.commandBytes;
    services_.commandsPerSecond = context.config.limits.commandsPerSecond;
}

ControlChannel::~ControlChannel() {
    routes_.clear();
    hub_.closeAll();
}

void ControlChannel::mount(net::Router& router) {
    net::UpgradeSpec upgrade;
    upgrade.path = "/control.ashx";
    upgrade.runOn = net::RunOn::Loop;
    routes_.push_back(
        router.addUpgrade(upgrade, [this](net::HttpRequest request, const net::Upgrade& answer) {
            onUpgrade(std::move(request), answer);
        }));
    // control-protocol 1.4: an ordinary request finds nothing here.
    net::RouteSpec plain;
    plain.path = "/control.ashx";
    plain.runOn = net::RunOn::Loop;
    routes_.push_back(router.addSimple(plain, [](const net::HttpRequest&) {
        return net::HttpResponse::text(404, "not found\n");
    }));
}

void ControlChannel::onUpgrade(net::HttpRequest request, const net::Upgrade& upgrade) {
    // Under every kind of certificate, before anything else is looked at: a page of another origin
    // brings the user's cookie along.
    if (!request.isSameOrigin()) {
        telemetry::log("control").warning(
            "foreign origin refused",
            {{"address", request.peer.text()}, {"origin", request.header("Origin")}});
        upgrade.refuse(net::HttpResponse::json(403, closeMessage(CloseCause::InvalidOrigin)));
        return;
    }
    net::WebSocketOptions options;
    options.messageLimit = services_.messageBytes;
    options.queueLimit = context_.config.limits.queueBytes;
    options.pingEvery = std::chrono::seconds(30);
    options.idleTimeout = std::chrono::seconds(150);
    // Lists shrink to a fifth. Small messages, which may carry a secret beside text that somebody
    // else chose, go as they are: the length of compressed text tells about it.
    options.deflate = true;
    options.deflateAbove = 8 * 1024;
    auto tenant = request.tenant;
    upgrade.accept(
        std::make_shared<ControlConnection>(services_, std::move(request), std::move(tenant)), options);
}

} // namespace trellis::api
