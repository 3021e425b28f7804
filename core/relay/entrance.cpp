#include "core/relay/entrance.hpp"

#include "core/model/ids.hpp"
#include "core/relay/relay_url.hpp"
#include "core/store/random.hpp"

namespace trellis::relay {
namespace {

/// A client of this machine may reach us by either family from one connection to the next.
bool isSameClient(std::string_view one, std::string_view other) {
    const auto isLoopback = [](std::string_view address) {
        return address == "::1" || address.starts_with("127.");
    };
    return one == other || (isLoopback(one) && isLoopback(other));
}

/// The user that a viewer is, by a token in the address or by the session of a browser.
std::optional<sdk::Caller> viewerOf(RelayContext& context, const net::HttpRequest& request) {
    sdk::Caller out;
    out.address = request.peer.text();
    std::optional<std::int64_t> madeS;
    if (request.query.has("auth")) {
        const auto body = context.services.tokens.readAuth(request.query.get("auth"), request.tenant);
        if (!body || (!body->address.empty() && !isSameClient(body->address, out.address))) return std::nullopt;
        out.userId = body->userId;
        out.byLoginToken = !body->loginToken.empty();
        madeS = body->madeS;
    } else {
        const auto secret = auth::secretFromCookies(request.header("Cookie"), request.tenant);
        const auto session = secret ? context.services.sessions.find(*secret) : std::nullopt;
        if (!session) return std::nullopt;
        out.userId = session->userId;
        out.sessionId = session->publicId;
        out.byLoginToken = !session->loginToken.empty();
    }
    const auto user = context.services.directory.user(out.userId);
    if (!user || user->isLocked() || user->domain != request.tenant) return std::nullopt;
    // A cookie from before a change of the password is as good as the old password.
    if (madeS && *madeS < user->passwordChangedS) return std::nullopt;
    out.userName = user->realName.empty() ? user->name : user->realName;
    out.domain = user->domain;
    out.siteRights = user->siteRights;
    return out;
}

std::variant<Arrival, Turned> device(RelayContext& context, const net::HttpRequest& request,
                                     Arrival arrival) {
    arrival.side = sdk::Side::Device;
    const auto proof = request.query.get("rauth");
    if (auto announced = context.ledger.find(arrival.id)) {
        if (model::domainOf(announced->deviceId) != request.tenant) return Turned{401, "wrong token"};
        if (!store::equalInConstantTime(announced->secret, proof)) return Turned{401, "wrong token"};
        arrival.userId = announced->caller.userId;
        arrival.deviceId = announced->deviceId;
        arrival.protocol = announced->protocol;
        arrival.announced = std::move(announced);
        return arrival;
    }
    // No tunnel with this id was opened through us: then both ends are the same person's, who shows a
    // token of his own on this side (section 6.4), and the viewer's side names the device.
    const auto userId = context.services.tokens.readRelayAuth(proof);
    if (!userId || model::domainOf(*userId) != request.tenant)
        return Turned{401, "wrong token, or the session is no longer awaited"};
    arrival.userId = *userId;
    return arrival;
}

/// A guest has no account and no session: only the secret that goes with an announced tunnel, and only
/// until somebody has come in by it. Device and protocol are those that were announced.
std::variant<Arrival, Turned> guest(RelayContext& context, const net::HttpRequest& request,
                                    Arrival arrival) {
    auto announced = context.ledger.find(arrival.id);
    if (!announced || !announced->guest ||
        !store::equalInConstantTime(announced->guest->secret, request.query.get("guest"))) {
        return Turned{401, "not awaited"};
    }
    if ((!arrival.deviceId.empty() && arrival.deviceId != announced->deviceId) ||
        (arrival.protocol != 0 && arrival.protocol != announced->protocol)) {
        return Turned{403, "not what was shared"};
    }
    if (!context.rightsFor(*announced->kind, announced->caller.userId, announced->deviceId,
                           announced->guest.get())) {
        return Turned{403, "no right"};
    }
    arrival.userId = announced->caller.userId;
    arrival.caller = announced->caller;
    arrival.deviceId = announced->deviceId;
    arrival.protocol = announced->protocol;
    arrival.announced = std::move(announced);
    return arrival;
}

std::variant<Arrival, Turned> viewer(RelayContext& context, const net::HttpRequest& request,
                                     Arrival arrival) {
    auto caller = viewerOf(context, request);
    if (!caller) return Turned{401, "not signed in"};
    arrival.userId = caller->userId;
    arrival.caller = std::move(*caller);
    const auto announced = context.ledger.find(arrival.id);
    if (announced && (announced->guest || announced->isOwn || announced->caller.userId != arrival.userId)) {
        return Turned{403, "not yours"};
    }
    if (arrival.protocol == 0 && announced) arrival.protocol = announced->protocol;
    if (arrival.deviceId.empty() && announced) arrival.deviceId = announced->deviceId;
    if (arrival.deviceId.empty()) return Turned{400, "nodeid is missing"};
    if (arrival.protocol == 0) return Turned{400, "p is missing"};
    const auto kind = context.registry.find(arrival.protocol);
    if (!kind) return Turned{404, "no such protocol, or its plugin is disabled"};
    if (!context.rightsFor(*kind, arrival.userId, arrival.deviceId)) return Turned{403, "no right"};
    return arrival;
}

} // namespace

std::variant<Arrival, Turned> examine(RelayContext& context, const net::HttpRequest& request) {
    if (!request.isSameOrigin()) return Turned{403, "foreign origin"};
    Arrival arrival;
    arrival.id = request.query.get("id");
    if (!isRelayId(arrival.id)) return Turned{400, "id is missing or malformed"};
    if (request.query.has("nodeid")) {
        const auto id = model::completeId(model::IdKind::Device, request.tenant, request.query.get("nodeid"));
        if (!id) return Turned{400, "nodeid is malformed"};
        arrival.deviceId = *id;
    }
    if (request.query.has("p")) {
        const auto number = request.query.integer("p");
        if (!number || *number < 1 || *number > 0xFFFF) return Turned{400, "p is malformed"};
        arrival.protocol = static_cast<std::uint16_t>(*number);
    }
    arrival.wantsPings = request.query.get("noping") != "1";
    if (request.query.has("rauth")) return device(context, request, std::move(arrival));
    if (request.query.has("guest")) return guest(context, request, std::move(arrival));
    return viewer(context, request, std::move(arrival));
}

} // namespace trellis::relay
