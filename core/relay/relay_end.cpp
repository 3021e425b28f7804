#include "core/relay/relay_end.hpp"

#include "core/relay/tunnel.hpp"

namespace trellis::relay {
namespace {

using Outcome = WaitingRoom<RelayEnd>::Outcome;

struct Pair {
    std::shared_ptr<RelayEnd> viewer;
    std::shared_ptr<RelayEnd> device;
    sdk::Side second;
    AnnouncedPtr announced; ///< null: both ends are the same person's
    std::shared_ptr<const TunnelKind> kind;
    std::uint32_t rights = 0;
};

/// Do the two ends mean each other? Says why not.
std::string match(RelayContext& context, Pair& pair) {
    const auto& viewer = pair.viewer->arrival();
    const auto& device = pair.device->arrival();
    if (viewer.side != sdk::Side::Viewer || device.side != sdk::Side::Device) {
        return "a viewer and a device are needed";
    }
    if (viewer.userId != device.userId) return "the ends belong to different users";
    pair.announced = context.ledger.take(viewer.id);
    if (pair.announced != device.announced) {
        return "the device's end is not the one that was asked for";
    }
    pair.kind = context.registry.find(viewer.protocol);
    if (!pair.kind) return "the protocol's plugin is disabled";
    if (pair.announced &&
        (pair.announced->deviceId != viewer.deviceId || pair.announced->kind != pair.kind)) {
        return "the ends mean different devices or protocols";
    }
    // Of a guest's tunnel the viewer has to be that guest, and of any other nobody's guest.
    const auto* guest = pair.announced ? pair.announced->guest.get() : nullptr;
    if (guest != (viewer.announced ? viewer.announced->guest.get() : nullptr)) {
        return "the viewer is not the one who was let in";
    }
    const auto rights = context.rightsFor(*pair.kind, viewer.userId, viewer.deviceId, guest);
    if (!rights) return "the right was withdrawn";
    pair.rights = *rights;
    if (context.tunnels.size() >= context.services.settings.maxSessions) return "too many sessions";
    return {};
}

void nameGuest(sdk::TunnelInfo& info, const Announced* announced) {
    if (announced == nullptr || !announced->guest) return;
    info.guestName = announced->guest->wanted.guestName;
    info.ticket = announced->guest->wanted.ticket;
}

sdk::TunnelInfo infoOf(const Pair& pair) {
    const auto& viewer = pair.viewer->arrival();
    sdk::TunnelInfo out;
    out.id = viewer.id;
    out.protocol = pair.announced ? pair.announced->protocol : viewer.protocol;
    out.deviceId = viewer.deviceId;
    out.caller = pair.announced ? pair.announced->caller : viewer.caller;
    out.deviceRights = pair.rights;
    nameGuest(out, pair.announced.get());
    return out;
}

/// Two ends on their way to each other. Whatever happens to them before the tunnel runs (one closes, a
/// task is dropped because a loop stops), the last reference closes both and frees the id.
class Pairing {
public:
    Pairing(std::shared_ptr<RelayContext> context, Pair pair)
        : context_(std::move(context)), pair_(std::move(pair)) {}
    Pairing(const Pairing&) = delete;
    Pairing& operator=(const Pairing&) = delete;
    ~Pairing() {
        if (!isOver_) refuse(net::close_code::kGoingAway, "the other end has gone");
    }
    void refuse(std::uint16_t code, const std::string& why) {
        isOver_ = true;
        const auto& viewer = *pair_.viewer;
        context_->metrics.refused.add();
        context_->log.warning("ends of a tunnel refused", {{"viewer", viewer.address()},
                                                           {"device", pair_.device->address()},
                                                           {"user", viewer.arrival().userId},
                                                           {"reason", why}});
        viewer.socket().close(code, why);
        pair_.device->socket().close(code, why);
        context_->room.release(viewer.arrival().id);
    }
    /// On the loop that owns both sockets.
    void start(const std::shared_ptr<net::WebSocket>& viewer,
               const std::shared_ptr<net::WebSocket>& device) {
        if (!viewer->isOpen() || !device->isOpen()) return;
        isOver_ = true;
        std::make_shared<Tunnel>(context_, infoOf(pair_), pair_.kind,
                                 pair_.viewer->arrival().caller.sessionId,
                                 pair_.announced ? pair_.announced->guest : nullptr)
            ->start(viewer, device, pair_.second,
                    pair_.viewer->arrival().wantsPings && pair_.device->arrival().wantsPings);
    }
    const Pair& pair() const noexcept { return pair_; }
    RelayContext& context() const noexcept { return *context_; }

private:
    std::shared_ptr<RelayContext> context_;
    Pair pair_;
    bool isOver_ = false;
};

} // namespace

RelayEnd::RelayEnd(std::shared_ptr<RelayContext> context, Arrival arrival)
    : context_(std::move(context)), arrival_(std::move(arrival)) {}

std::string RelayEnd::address() const {
    const auto socket = raw_.lock();
    return socket ? socket->peer().textWithPort() : std::string();
}

void RelayEnd::onOpen(net::WebSocket& socket) {
    handle_ = socket.handle();
    raw_ = socket.weak_from_this();
    socket.pauseReading();
    const auto kind = context_->registry.find(arrival_.protocol);
    if (arrival_.side == sdk::Side::Viewer && kind && kind->endpoint) {
        openEndpoint(socket, kind);
        return;
    }
    if (arrival_.announced && arrival_.announced->isOwn) {
        joinOwn(socket);
        return;
    }
    auto entered = context_->room.enter(arrival_.id, shared_from_this());
    switch (entered.outcome) {
    case Outcome::Waits:
        isWaiting_ = true;
        deadline_.arm(socket.loop(), context_->services.settings.pairing, [this, &socket] {
            context_->metrics.unpaired.add();
            socket.close(net::close_code::kPolicy, "the other end did not connect");
        });
        return;
    case Outcome::Paired: pairWith(socket, std::move(entered.partner)); return;
    case Outcome::Taken:
        context_->metrics.refused.add();
        context_->log.warning("third end of a tunnel refused",
                              {{"address", address()}, {"user", arrival_.userId}});
        socket.close(net::close_code::kPolicy, "this session has both its ends");
        return;
    case Outcome::Full: socket.close(net::close_code::kTryLater, "too many sessions"); return;
    }
}

void RelayEnd::openEndpoint(net::WebSocket& socket, const std::shared_ptr<const TunnelKind>& kind) {
    const auto announced = context_->ledger.take(arrival_.id);
    const auto guest = announced ? announced->guest : nullptr;
    const auto rights = context_->rightsFor(*kind, arrival_.userId, arrival_.deviceId, guest.get());
    if (!announced || announced->kind != kind || announced->deviceId != arrival_.deviceId ||
        guest != (arrival_.announced ? arrival_.announced->guest : nullptr) || !rights) {
        context_->metrics.refused.add();
        socket.close(net::close_code::kPolicy, "this session is not awaited");
        return;
    }
    sdk::TunnelInfo info{arrival_.id, announced->protocol, arrival_.deviceId, announced->caller,
                         *rights};
    nameGuest(info, announced.get());
    std::make_shared<Tunnel>(context_, info, kind, arrival_.caller.sessionId, guest)
        ->startEndpoint(socket.shared_from_this());
}

void RelayEnd::joinOwn(net::WebSocket& socket) {
    const auto announced = context_->ledger.take(arrival_.id);
    auto viewer = context_->ownViewers.take(arrival_.id);
    const auto& awaited = *arrival_.announced;
    const auto kind = context_->registry.find(awaited.protocol);
    const auto rights = context_->rightsFor(*awaited.kind, arrival_.userId, arrival_.deviceId);
    if (!announced || !viewer.handler || kind != awaited.kind || !rights) {
        context_->metrics.refused.add();
        socket.close(net::close_code::kPolicy, "this session is not awaited");
        if (viewer.handler) viewer.handler->onClose("the right was withdrawn");
        return;
    }
    const sdk::TunnelInfo info{arrival_.id, announced->protocol, arrival_.deviceId, announced->caller,
                               *rights};
    std::make_shared<Tunnel>(context_, info, kind, announced->caller.sessionId)
        ->startOwn(socket.shared_from_this(), std::move(viewer));
}

void RelayEnd::pairWith(net::WebSocket& socket, std::shared_ptr<RelayEnd> first) {
    Pair pair;
    const bool isViewer = arrival_.side == sdk::Side::Viewer;
    pair.second = arrival_.side;
    pair.viewer = isViewer ? shared_from_this() : first;
    pair.device = isViewer ? first : shared_from_this();
    const auto why = match(*context_, pair);
    const auto pairing = std::make_shared<Pairing>(context_, std::move(pair));
    if (!why.empty()) {
        pairing->refuse(net::close_code::kPolicy, why);
        return;
    }
    const auto join = [pairing, first](net::WebSocket& second) {
        const auto waiting = first->raw_.lock();
        if (!waiting) return;
        // Both on one loop, so that pumping needs no lock.
        second.moveTo(waiting->loop(), [pairing, first, waiting](net::WebSocket& moved) {
            first->deadline_.cancel();
            const auto here = moved.shared_from_this();
            const bool viewerMoved = pairing->pair().second == sdk::Side::Viewer;
            pairing->start(viewerMoved ? here : waiting, viewerMoved ? waiting : here);
        });
    };
    if (pairing->pair().announced) { // was decided when it was announced
        join(socket);
        return;
    }
    const bool taken = context_->services.workers.post([pairing, join, self = shared_from_this()] {
        const auto& viewer = pairing->pair().viewer->arrival_;
        if (pairing->context().isAllowed(viewer.caller, viewer.deviceId, viewer.protocol,
                                         pairing->pair().rights)) {
            self->handle_.post(join);
        } else {
            pairing->refuse(net::close_code::kPolicy, "refused by a plugin");
        }
    });
    if (!taken) pairing->refuse(net::close_code::kTryLater, "the server is busy");
}

void RelayEnd::onMessage(net::WebSocket&, net::Opcode, net::Bytes) {
    // The socket is not read until it is paired; a message that came along with the request is early.
}

void RelayEnd::onClose(net::WebSocket&, const net::WebSocketClose&) noexcept {
    deadline_.cancel();
    if (isWaiting_) context_->room.leave(arrival_.id, this);
}

} // namespace trellis::relay
