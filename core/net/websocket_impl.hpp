/// Inside of a WebSocket; for core/net only. Loop thread unless marked.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/net/connection.hpp"
#include "core/net/utf8.hpp"
#include "core/net/websocket.hpp"
#include "core/net/ws_frame.hpp"

namespace trellis::net {

enum class WsState : std::uint8_t {
    Open = 1,
    CloseSent, ///< we closed first and wait for the peer's close frame
    Done,      ///< onClose has been called, or the connection is being dropped
};

struct WebSocketImpl {
    explicit WebSocketImpl(WebSocket& socket) : self(socket) {}

    // websocket_receive.cpp
    std::size_t receive(MutableBytes bytes);
    bool mayReceive() const noexcept;
    bool beginFrame();
    void framePiece(MutableBytes payload, bool isLast);
    void dataPiece(MutableBytes payload, bool isLast);
    void endData();
    void deliverMessage(Bytes payload);
    void deliverFrame(MutableBytes payload);
    bool inflateCollected();
    void endControl();
    void peerClosed();

    // websocket.cpp
    SendResult mayQueue(std::size_t size);
    SendResult sendData(Opcode opcode, Bytes message);
    SendResult sendPacked(Opcode opcode, Bytes packed); ///< by deflateMessage
    void put(Opcode opcode, Bytes payload, bool rsv1 = false);
    void releaseWaiting();
    void sendClose(std::uint16_t code, std::string_view reason);
    void failWith(std::uint16_t code, std::string_view reason); ///< our close, reported at once
    void finish(std::uint16_t code, std::string reason, bool byPeer) noexcept;
    void armTimer();
    void onTimer();
    template <class F> void guarded(F&& callback) noexcept;

    WebSocket& self;
    std::shared_ptr<Connection> connection;
    std::shared_ptr<WebSocketHandler> handler;
    WebSocketOptions options;
    Address peer;
    bool hasDeflate = false;
    std::atomic<WsState> state{WsState::Open};
    std::atomic<std::size_t> posted{0}; ///< bytes on their way from other threads

    // receiving
    FrameParser parser;
    Utf8Validator text;
    Opcode messageOpcode = Opcode::Continuation; ///< Continuation: not inside a message
    bool isCompressed = false;
    bool isCollecting = false; ///< this message is gathered in `collected`
    bool inFrameMode = false;  ///< of this message
    bool wantsFrames = false;  ///< of the next
    Fragments fragments = Fragments::Keep;
    std::string collected;
    std::string control; ///< payload of the control frame being received

    // sending
    std::uint64_t frameLeft = 0; ///< payload still missing of the frame begun with beginFrame()
    std::string waiting;         ///< complete frames that wait for its end
    std::optional<std::string> waitingPong;
    std::uint16_t sentCode = 0;
    std::string sentReason;

    Timer timer; ///< keep-alive; after our close: the peer's time to answer
    Clock::time_point lastSent{};
};

void logWebSocketFault(const char* what) noexcept;

template <class F> void WebSocketImpl::guarded(F&& callback) noexcept {
    try {
        callback();
    } catch (const std::exception& e) {
        logWebSocketFault(e.what());
        failWith(close_code::kInternal, "");
    } catch (...) {
        logWebSocketFault("unknown");
        failWith(close_code::kInternal, "");
    }
}

} // namespace trellis::net
