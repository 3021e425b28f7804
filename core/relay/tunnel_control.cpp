#include "core/relay/tunnel_control.hpp"

#include <exception>

namespace trellis::relay {

Tunnel::Control::Control(const std::shared_ptr<Tunnel>& tunnel)
    : tunnel_(tunnel), handle_(tunnel->handle_) {}

Tunnel::Control::~Control() {
    try {
        hold(sdk::Side::Viewer, false);
        hold(sdk::Side::Device, false);
    } catch (const std::exception& fault) {
        const auto tunnel = tunnel_.lock();
        if (tunnel) tunnel->context_->log.error("hold not released", {{"reason", fault.what()}});
    }
}

void Tunnel::Control::send(sdk::Side to, std::string bytes, bool isText) {
    onLoop([to, bytes = std::move(bytes), isText](Tunnel& tunnel) {
        auto* socket = tunnel.socketOf(to);
        if (socket == nullptr) return;
        if (socket->isAboveHighWater()) {
            tunnel.context_->metrics.leftOut.add();
        } else {
            tunnel.forward(other(to), isText, net::asBytes(bytes));
        }
    });
}

bool Tunnel::Control::write(sdk::Side to, std::string bytes, bool isText) {
    const auto tunnel = tunnel_.lock();
    if (!tunnel) return true;
    const auto size = bytes.size();
    const auto waiting = pending_->fetch_add(size) + size + tunnel->queuedTowards(to);
    const bool hasRoom = waiting <= tunnel->context_->highWater() && !tunnel->isWriterHeld(to);
    if (!hasRoom) tunnel->wantsRoom_[indexOf(to)] = true;
    onLoop([to, bytes = std::move(bytes), isText, pending = pending_](Tunnel& on) {
        *pending -= bytes.size();
        on.write(to, isText, net::asBytes(bytes));
        // Room may have come between the question and the note that it is wanted.
        const auto* socket = on.socketOf(to);
        if (socket != nullptr && !socket->isAboveHighWater()) on.tellWritable(to);
    });
    return hasRoom;
}

void Tunnel::Control::close(std::string reason) {
    onLoop([reason = std::move(reason)](Tunnel& tunnel) {
        tunnel.context_->metrics.cut.add();
        tunnel.end(reason, net::close_code::kPolicy);
    });
}

void Tunnel::Control::hold(sdk::Side from, bool isHeld) {
    onLoop([from, isHeld, holds = holds_](Tunnel& tunnel) {
        if (std::exchange((*holds)[indexOf(from)], isHeld) != isHeld) tunnel.hold(from, isHeld);
    });
}

} // namespace trellis::relay
