/// One end of a tunnel until it is paired: it waits in silence, its socket is not read.
#pragma once

#include <memory>

#include "core/net/websocket.hpp"
#include "core/relay/entrance.hpp"

namespace trellis::relay {

class RelayEnd final : public net::WebSocketHandler, public std::enable_shared_from_this<RelayEnd> {
public:
    RelayEnd(std::shared_ptr<RelayContext> context, Arrival arrival);

    void onOpen(net::WebSocket& socket) override;
    void onMessage(net::WebSocket& socket, net::Opcode opcode, net::Bytes payload) override;
    void onClose(net::WebSocket& socket, const net::WebSocketClose& close) noexcept override;

    const Arrival& arrival() const noexcept { return arrival_; }
    const net::WebSocketHandle& socket() const noexcept { return handle_; }
    std::string address() const;

private:
    void openEndpoint(net::WebSocket& socket, const std::shared_ptr<const TunnelKind>& kind);
    void joinOwn(net::WebSocket& socket);
    void pairWith(net::WebSocket& socket, std::shared_ptr<RelayEnd> first);

    std::shared_ptr<RelayContext> context_;
    Arrival arrival_;
    net::WebSocketHandle handle_;
    std::weak_ptr<net::WebSocket> raw_;
    net::Timer deadline_; // while waiting; on the loop where it was opened
    bool isWaiting_ = false;
    friend class Tunnel;
};

} // namespace trellis::relay
