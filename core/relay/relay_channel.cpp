#include "core/relay/relay_channel.hpp"

#include "core/model/ids.hpp"
#include "core/relay/entrance.hpp"
#include "core/relay/relay_context.hpp"
#include "core/relay/relay_end.hpp"
#include "core/relay/relay_url.hpp"
#include "core/relay/rights_watch.hpp"
#include "core/relay/tunnel.hpp"

#include <boost/json/serialize.hpp>
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
        {"value", deviceUrl(tunnel.id, tunnel.deviceId, tunnel.protocol, tunnel.secret,
                            context.prefixOf(tunnel.deviceId))},
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
    if (tunnel.guest) {
        out["guestname"] = tunnel.guest->wanted.guestName;
        out["guestuserid"] = user.id;
    }
    if (const auto* with = options.if_contains("accompanies")) out["accompanies"] = *with;
    if (const auto* usage = options.if_contains("usage"); usage != nullptr && usage->is_int64()) {
        out["usage"] = *usage;
    }
    return out;
}

/// The steps of opening a tunnel, for users and for guests alike.
struct Opening {
    RelayContext& context;
    sdk::Caller caller;
    GuestTermsPtr guest; ///< null: the viewer is the caller
    std::string id;
    std::shared_ptr<const TunnelKind> kind{};
    model::UserPtr user{};
    model::DevicePtr device{};
    agent::AgentHandle agent{};
    std::uint16_t protocol = 0;
    std::uint32_t rights = 0;

    /// Finds what is needed and checks who may; throws what RelayChannel::open says.
    void look(std::uint16_t number, const std::string& deviceId) {
        protocol = number;
        kind = context.registry.find(number);
        if (!kind) {
            throw Error(ErrorCode::NotFound,
                        "no enabled plugin provides protocol " + std::to_string(number), "/protocol");
        }
        user = context.services.directory.user(caller.userId);
        device = context.services.directory.device(deviceId);
        if (!user) throw Error(ErrorCode::Forbidden, "sessions are opened by users");
        if (!device || !context.services.rights.rightsOf(*user, *device).isVisible) {
            throw Error(ErrorCode::NotFound, "no device " + deviceId, "/nodeid");
        }
        const auto held = context.rightsFor(*kind, user->id, device->id, guest.get());
        if (!held) throw Error(ErrorCode::Forbidden, "no right to " + kind->spec.name);
        rights = *held;
        agent = context.services.agents.find(device->id);
        if (!kind->endpoint && !agent.isConnected()) {
            throw Error(ErrorCode::Unavailable, "the device is not connected");
        }
        if (!context.isAllowed(caller, device->id, number, rights, guest.get())) {
            throw Error(ErrorCode::Forbidden, "refused by a plugin");
        }
    }
    AnnouncedPtr announce(bool isOwn = false) const {
        Announced entry;
        entry.id = id;
        entry.isOwn = isOwn;
        entry.secret = TunnelLedger::newSecret();
        entry.guest = guest;
        entry.caller = caller;
        entry.deviceId = device->id;
        entry.deviceRights = rights;
        entry.protocol = protocol;
        entry.kind = kind;
        return context.ledger.announce(std::move(entry), context.services.settings.pairing);
    }
    /// Takes the announcement back if the agent can't be told.
    void tell(const Announced& tunnel, std::uint32_t consent, const boost::json::object& options) {
        if (kind->endpoint || agent.send(agentMessage(context, tunnel, *user, consent, options))) return;
        context.ledger.take(tunnel.id);
        throw Error(ErrorCode::Unavailable, "the device is not connected");
    }
};

bool endUnjoined(RelayContext& context, const std::string& id, std::string_view why) noexcept {
    const auto viewer = context.ownViewers.take(id);
    if (!viewer.handler) return false;
    try {
        viewer.handler->onClose(why);
    } catch (const std::exception& fault) {
        context.log.error("viewer of a plugin failed", {{"reason", fault.what()}});
    }
    return true;
}

/// Ends the tunnels of which `isDoomed(caller, deviceId, kind, loginId)` says so.
template <class Match>
std::size_t cutWhere(RelayContext& context, const std::string& reason, const Match& isDoomed,
                     std::uint16_t code = net::close_code::kPolicy) {
    std::size_t count = context.ledger.forget([&](const Announced& entry) {
        return isDoomed(entry.caller, entry.deviceId, *entry.kind, std::string());
    });
    for (const auto& tunnel : context.tunnels.all()) {
        const auto& info = tunnel->info();
        if (!isDoomed(info.caller, info.deviceId, *tunnel->kind(), tunnel->loginId())) continue;
        tunnel->cut(reason, code);
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
    cutAll();
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
    Opening opening{context, request.caller, nullptr, url.id};
    opening.look(url.protocol, request.deviceId);
    const auto tunnel = opening.announce();
    const auto consent = context.services.rights.consentOf(*opening.user, *opening.device);
    opening.tell(*tunnel, consent, request.options);
    return {tunnel->id,
            viewerPath(tunnel->id, tunnel->deviceId, url.protocol,
                       context.prefixOf(tunnel->deviceId)),
            url.protocol, context.services.settings.pairing};
}

OpenedTunnel RelayChannel::openForGuest(const std::string& owner, sdk::GuestTunnel wanted) {
    auto& context = *state_->context;
    wanted.ticket = owner + "/" + wanted.ticket;
    sdk::Caller caller;
    caller.userId = wanted.userId;
    caller.address = wanted.address;
    caller.sessionId = "guest/" + TunnelLedger::newId().substr(0, 32);
    if (const auto user = context.services.directory.user(wanted.userId)) {
        caller.domain = user->domain;
        caller.userName = user->realName.empty() ? user->name : user->realName;
    }
    auto terms = std::make_shared<const GuestTerms>(
        GuestTerms{std::move(wanted), TunnelLedger::newSecret()});
    Opening opening{context, std::move(caller), terms, TunnelLedger::newId()};
    opening.look(terms->wanted.protocol, terms->wanted.deviceId);
    const auto tunnel = opening.announce();
    const auto consent = context.services.rights.consentOf(*opening.user, *opening.device);
    opening.tell(*tunnel, consent | terms->wanted.consent, {});
    return {tunnel->id,
            guestPath(tunnel->id, tunnel->deviceId, tunnel->protocol, terms->secret,
                      context.prefixOf(tunnel->deviceId)),
            tunnel->protocol, context.services.settings.pairing};
}

OpenedTunnel RelayChannel::openOwn(const sdk::OwnTunnel& wanted,
                                   std::unique_ptr<sdk::TunnelHandler> viewer) {
    auto& context = *state_->context;
    const auto id = TunnelLedger::newId();
    std::string options;
    if (!wanted.options.empty()) {
        auto message = wanted.options;
        message["type"] = "options";
        options = boost::json::serialize(message);
    }
    context.ownViewers.add(id, {std::move(viewer), std::move(options)});
    try {
        Opening opening{context, wanted.caller, nullptr, id};
        opening.look(wanted.protocol, wanted.deviceId);
        if (opening.kind->endpoint) {
            throw Error(ErrorCode::InvalidArgument, "no device is the other end of this protocol");
        }
        if (context.tunnels.size() >= context.services.settings.maxSessions) {
            throw Error(ErrorCode::Unavailable, "too many sessions");
        }
        const auto tunnel = opening.announce(true);
        const auto consent = context.services.rights.consentOf(*opening.user, *opening.device);
        opening.tell(*tunnel, consent, {{"accompanies", wanted.accompanies}});
        return {id, {}, opening.protocol, context.services.settings.pairing};
    } catch (const std::exception& why) {
        endUnjoined(context, id, why.what());
        throw;
    }
}

void RelayChannel::expireOwn(const std::string& id) {
    state_->context->ledger.take(id);
    if (endUnjoined(*state_->context, id, "the device did not connect"))
        state_->context->metrics.unpaired.add();
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

bool RelayChannel::cutTunnel(std::string_view id, const std::string& reason) {
    for (const auto& tunnel : state_->context->tunnels.all()) {
        if (tunnel->info().id != id) continue;
        tunnel->cut(reason);
        return true;
    }
    return false;
}

std::size_t RelayChannel::cutOwner(std::string_view pluginId, const std::string& reason) {
    return cutWhere(*state_->context, reason,
                    [&](const auto&, const auto&, const TunnelKind& kind, const auto&) {
                        return kind.owner == pluginId;
                    });
}

std::size_t RelayChannel::cutGuests(const std::string& owner, const std::string& ticket,
                                    const std::string& reason) {
    auto& context = *state_->context;
    const auto whole = owner + "/" + ticket;
    const auto isOf = [&](const GuestTermsPtr& guest) {
        return guest && (ticket.empty() ? guest->wanted.ticket.starts_with(whole)
                                        : guest->wanted.ticket == whole);
    };
    auto count = context.ledger.forget([&](const Announced& entry) { return isOf(entry.guest); });
    for (const auto& tunnel : context.tunnels.all()) {
        if (!isOf(tunnel->guest())) continue;
        tunnel->cut(reason);
        ++count;
    }
    return count;
}

void RelayChannel::cutAll() {
    cutWhere(
        *state_->context, "the server was stopped or restarted",
        [](const auto&, const auto&, const auto&, const auto&) { return true; },
        net::close_code::kRestart);
}

} // namespace trellis::relay
