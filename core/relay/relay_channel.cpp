#include "core/relay/relay_channel.hpp"

#include "core/model/ids.hpp"
#include "core/relay/entrance.hpp"
#include "core/relay/relay_context.hpp"
#include "core/relay/relay_end.hpp"
#include "core/relay/relay_url.hpp"
#include "core/relay/rights_watch.hpp"
#include "core/relay/tunnel.hpp"

#include <trellis/sdk/error.hpp>

namespace trellis::relay {
namespace {

using sdk::Error;
using sdk::ErrorCode;

/// Dead peers are noticed by the socket itself; a session may be silent for as long as it likes.
constexpr net::Millis kPingEvery{std::chrono::seconds(60)};
constexpr net::Millis kDeadAfter{std::chrono::seconds(200)};

net::WebSocketOptions socketOptions(const RelayContext& context) {
    net::WebSocketOptions out;
    out.messageLimit = Tunnel::kStartMessage;
    // Whole messages of a watched tunnel come on top of the high mark.
    out.queueLimit = context.highWater() + Tunnel::kWatchedMessage;
    out.highWater = context.highWater();
    out.lowWater = context.highWater() / 4;
    out.pingEvery = kPingEvery;
    out.idleTimeout = kDeadAfter;
    return out;
}

void onUpgrade(const std::shared_ptr<RelayContext>& context, const net::HttpRequest& request,
               const net::Upgrade& upgrade) {
    auto examined = examine(*context, request);
    if (const auto* turned = std::get_if<Turned>(&examined)) {
        context->metrics.refused.add();
        context->log.warning("relay refused", {{"address", request.peer.textWithPort()},
                                               {"status", turned->status},
                                               {"reason", turned->reason}});
        upgrade.refuse(net::HttpResponse::text(turned->status, turned->reason + "\n"));
        return;
    }
    upgrade.accept(std::make_shared<RelayEnd>(context, std::move(std::get<Arrival>(examined))),
                   socketOptions(*context));
}

/// Id, device and protocol of a request, from the client's own address where it has one.
RelayUrl wanted(const TunnelRequest& request) {
    RelayUrl out;
    if (request.value.empty()) {
        out.id = TunnelLedger::newId();
    } else {
        const auto parsed = parseRelayUrl(request.value);
        if (!parsed) throw Error(ErrorCode::InvalidArgument, "not the address of a relay", "/value");
        out = *parsed;
        const auto named = model::completeId(model::IdKind::Device, request.caller.domain,
                                             out.deviceId.empty() ? request.deviceId : out.deviceId);
        if (named != request.deviceId) {
            throw Error(ErrorCode::InvalidArgument, "names another device", "/value");
        }
    }
    if (request.protocol != 0) {
        if (out.protocol != 0 && out.protocol != request.protocol) {
            throw Error(ErrorCode::InvalidArgument, "names another protocol", "/value");
        }
        out.protocol = request.protocol;
    }
    if (out.protocol == 0) {
        throw Error(ErrorCode::InvalidArgument, "a protocol number is needed", "/protocol");
    }
    out.deviceId = request.deviceId;
    return out;
}

/// What the agent is told (agent-protocol.md section 6.2).
boost::json::object agentMessage(const RelayContext& context, const Announced& tunnel,
                                 const model::User& user, std::uint32_t consent,
                                 const boost::json::object& options) {
    boost::json::array usages;
    for (const auto number : tunnel.kind->spec.protocols) usages.push_back(number);
    boost::json::object out{
        {"action", "msg"},
        {"type", "tunnel"},
        {"value", deviceUrl(tunnel.id, tunnel.deviceId, tunnel.protocol, tunnel.secret)},
        {"usage", tunnel.protocol},
        {"sessionid", tunnel.caller.sessionId},
        {"rights", tunnel.deviceRights},
        {"consent", consent},
        {"username", user.name},
        {"realname", user.realName.empty() ? user.name : user.realName},
        {"userid", user.id},
        {"remoteaddr", tunnel.caller.address},
        {"soptions", boost::json::object{{"usages", std::move(usages)}}},
        {"servertlshash", context.services.certificates.webHashHex()},
    };
    if (const auto* usage = options.if_contains("usage"); usage != nullptr && usage->is_int64()) {
        out["usage"] = *usage;
    }
    return out;
}

/// Ends the tunnels of which `isDoomed(caller, deviceId, kind, loginId)` says so.
template <class Match>
std::size_t cutWhere(RelayContext& context, const std::string& reason, const Match& isDoomed) {
    std::size_t count = context.ledger.forget([&](const Announced& entry) {
        return isDoomed(entry.caller, entry.deviceId, *entry.kind, std::string());
    });
    for (const auto& tunnel : context.tunnels.all()) {
        const auto& info = tunnel->info();
        if (!isDoomed(info.caller, info.deviceId, *tunnel->kind(), tunnel->loginId())) continue;
        tunnel->cut(reason);
        ++count;
    }
    return count;
}

} // namespace

struct RelayChannel::State {
    explicit State(RelayServices services)
        : context(std::make_shared<RelayContext>(std::move(services))), watch(context) {}
    std::shared_ptr<RelayContext> context;
    RightsWatch watch;
    net::Registration route; // first to go
};

RelayChannel::RelayChannel(RelayServices services)
    : state_(std::make_shared<State>(std::move(services))) {
    state_->context->registry.onRemoved(
        [weak = std::weak_ptr(state_->context)](const TunnelKind& kind) {
            const auto context = weak.lock();
            if (!context) return;
            cutWhere(*context, "the plugin was disabled",
                     [&](const auto&, const auto&, const TunnelKind& other, const auto&) {
                         return &other == &kind;
                     });
        });
    telemetry::Metrics::instance().gauge("trellis_relay_tunnels", "Tunnels running now.",
                                         [weak = std::weak_ptr(state_->context)] {
                                             const auto context = weak.lock();
                                             return context ? static_cast<double>(
                                                                  context->tunnels.size())
                                                            : 0.0;
                                         });
}

RelayChannel::~RelayChannel() {
    state_->route.withdrawAndWait(std::chrono::steady_clock::now() + std::chrono::seconds(10));
    cutAll("the server stops");
}

void RelayChannel::mount(net::Router& router) {
    state_->route = router.addUpgrade(
        {"/meshrelay.ashx", net::RunOn::Loop},
        [context = state_->context](const net::HttpRequest& request, const net::Upgrade& upgrade) {
            onUpgrade(context, request, upgrade);
        });
}

TunnelRegistry& RelayChannel::registry() noexcept { return state_->context->registry; }

OpenedTunnel RelayChannel::open(const TunnelRequest& request) {
    auto& context = *state_->context;
    const auto url = wanted(request);
    const auto kind = context.registry.find(url.protocol);
    if (!kind) {
        throw Error(ErrorCode::NotFound,
                    "no enabled plugin provides protocol " + std::to_string(url.protocol),
                    "/protocol");
    }
    const auto user = context.services.directory.user(request.caller.userId);
    const auto device = context.services.directory.device(request.deviceId);
    if (!user) throw Error(ErrorCode::Forbidden, "sessions are opened by users");
    if (!device || !context.services.rights.rightsOf(*user, *device).isVisible) {
        throw Error(ErrorCode::NotFound, "no device " + request.deviceId, "/nodeid");
    }
    const auto rights = context.rightsFor(*kind, user->id, device->id);
    if (!rights) throw Error(ErrorCode::Forbidden, "no right to " + kind->spec.name);
    const auto agent = context.services.agents.find(device->id);
    if (!kind->endpoint && !agent.isConnected()) {
        throw Error(ErrorCode::Unavailable, "the device is not connected");
    }
    if (!context.isAllowed(request.caller, device->id, url.protocol, *rights)) {
        throw Error(ErrorCode::Forbidden, "refused by a plugin");
    }

    Announced entry;
    entry.id = url.id;
    entry.secret = TunnelLedger::newSecret();
    entry.caller = request.caller;
    entry.deviceId = device->id;
    entry.deviceRights = *rights;
    entry.protocol = url.protocol;
    entry.kind = kind;
    const auto validFor = context.services.settings.pairing;
    const auto tunnel = context.ledger.announce(std::move(entry), validFor);
    const auto consent = context.services.rights.consentOf(*user, *device);
    if (!kind->endpoint &&
        !agent.send(agentMessage(context, *tunnel, *user, consent, request.options))) {
        context.ledger.take(tunnel->id);
        throw Error(ErrorCode::Unavailable, "the device is not connected");
    }
    return {tunnel->id, viewerPath(tunnel->id, device->id, url.protocol), url.protocol, validFor};
}

std::vector<TunnelFacts> RelayChannel::tunnels() const {
    std::vector<TunnelFacts> out;
    for (const auto& tunnel : state_->context->tunnels.all()) out.push_back(tunnel->facts());
    return out;
}

std::size_t RelayChannel::size() const { return state_->context->tunnels.size(); }

std::size_t RelayChannel::cutDevice(std::string_view deviceId, const std::string& reason) {
    return cutWhere(*state_->context, reason,
                    [&](const auto&, const std::string& id, const auto&, const auto&) {
                        return id == deviceId;
                    });
}

std::size_t RelayChannel::cutUser(std::string_view userId, const std::string& reason) {
    return cutWhere(*state_->context, reason,
                    [&](const sdk::Caller& caller, const auto&, const auto&, const auto&) {
                        return caller.userId == userId;
                    });
}

std::size_t RelayChannel::cutSession(std::string_view sessionId, const std::string& reason) {
    return cutWhere(*state_->context, reason,
                    [&](const sdk::Caller& caller, const auto&, const auto&,
                        const std::string& loginId) {
                        return !sessionId.empty() &&
                               (caller.sessionId == sessionId || loginId == sessionId);
                    });
}

std::size_t RelayChannel::cutOwner(std::string_view pluginId, const std::string& reason) {
    return cutWhere(*state_->context, reason,
                    [&](const auto&, const auto&, const TunnelKind& kind, const auto&) {
                        return kind.owner == pluginId;
                    });
}

void RelayChannel::cutAll(const std::string& reason) {
    cutWhere(*state_->context, reason,
             [](const auto&, const auto&, const auto&, const auto&) { return true; });
}

} // namespace trellis::relay
