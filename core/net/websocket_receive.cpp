// What comes from the peer: frames, messages, control frames.
#include "core/net/connection_impl.hpp"
#include "core/net/websocket_impl.hpp"
#include "core/net/ws_deflate.hpp"

namespace trellis::net {

bool WebSocketImpl::mayReceive() const noexcept {
    const auto& impl = connection->impl();
    return impl.phase == Phase::Open && !impl.isPaused && !impl.moveTarget;
}

std::size_t WebSocketImpl::receive(MutableBytes bytes) {
    std::size_t at = 0;
    while (at < bytes.size() && mayReceive()) {
        if (state == WsState::Done)
            return bytes.size();
        const auto step = parser.next(bytes.subspan(at));
        at += step.used;
        if (step.event == FrameParser::Event::Bad)
            failWith(close_code::kProtocol, parser.error());
        else if (step.event == FrameParser::Event::Payload)
            framePiece(step.payload, step.isLast);
        else if (step.event == FrameParser::Event::Header && beginFrame() &&
                 parser.remaining() == 0)
            framePiece({}, true);
    }
    return at;
}

// Checks what a header means after the frames before it. False if the connection has been failed.
bool WebSocketImpl::beginFrame() {
    const auto& frame = parser.frame();
    if (frame.isControl())
        return true;
    if ((frame.opcode == Opcode::Continuation) == (messageOpcode == Opcode::Continuation)) {
        failWith(close_code::kProtocol, frame.opcode == Opcode::Continuation
                                            ? "continuation of nothing"
                                            : "message inside a fragmented message");
        return false;
    }
    if (frame.opcode != Opcode::Continuation) {
        messageOpcode = frame.opcode;
        isCompressed = frame.rsv1;
        inFrameMode = wantsFrames;
        isCollecting =
            !inFrameMode || isCompressed || (!frame.fin && fragments == Fragments::Merge);
        text.reset();
    }
    if (isCollecting && frame.length > options.messageLimit - collected.size()) {
        failWith(close_code::kTooBig, "message too big");
        return false;
    }
    if (!isCollecting && state == WsState::Open)
        guarded([&] { handler->onFrame(self, {frame.opcode, frame.fin, frame.length}); });
    return state != WsState::Done;
}

void WebSocketImpl::framePiece(MutableBytes payload, bool isLast) {
    if (!parser.frame().isControl())
        return dataPiece(payload, isLast);
    control.append(asText(payload));
    if (isLast)
        endControl();
}

void WebSocketImpl::dataPiece(MutableBytes payload, bool isLast) {
    const auto& frame = parser.frame();
    const bool isEnd = isLast && frame.fin;
    if (messageOpcode == Opcode::Text && !isCompressed &&
        (!text.feed(payload) || (isEnd && !text.isComplete())))
        return failWith(close_code::kBadText, "text is not UTF-8");
    if (!isCollecting) {
        if (!payload.empty() && state == WsState::Open)
            guarded([&] { handler->onFramePayload(self, payload, isLast); });
        if (isEnd)
            messageOpcode = Opcode::Continuation;
        return;
    }
    // A message that is all there is handed on where it lies.
    if (isEnd && collected.empty() && !isCompressed)
        return inFrameMode ? deliverFrame(payload) : deliverMessage(payload);
    collected.append(asText(payload));
    if (isEnd)
        endData();
}

void WebSocketImpl::endData() {
    if (isCompressed && !inflateCollected())
        return;
    std::string message;
    message.swap(collected);
    if (inFrameMode)
        deliverFrame({reinterpret_cast<std::byte*>(message.data()), message.size()});
    else
        deliverMessage(asBytes(message));
}

bool WebSocketImpl::inflateCollected() {
    std::string plain;
    switch (inflateMessage(asBytes(collected), options.messageLimit, plain)) {
    case InflateResult::TooBig:
        failWith(close_code::kTooBig, "message too big");
        return false;
    case InflateResult::Bad:
        failWith(close_code::kBadText, "compressed data is malformed");
        return false;
    case InflateResult::Done:
        break;
    }
    if (messageOpcode == Opcode::Text && !isUtf8(asBytes(plain))) {
        failWith(close_code::kBadText, "text is not UTF-8");
        return false;
    }
    collected = std::move(plain);
    return true;
}

void WebSocketImpl::deliverMessage(Bytes payload) {
    const auto opcode = messageOpcode;
    messageOpcode = Opcode::Continuation;
    const auto receiver = handler;
    if (state == WsState::Open)
        guarded([&] { receiver->onMessage(self, opcode, payload); });
}

void WebSocketImpl::deliverFrame(MutableBytes payload) {
    const auto opcode = messageOpcode;
    messageOpcode = Opcode::Continuation;
    if (state != WsState::Open)
        return;
    guarded([&] {
        handler->onFrame(self, {opcode, true, payload.size()});
        if (!payload.empty() && state == WsState::Open)
            handler->onFramePayload(self, payload, true);
    });
}

void WebSocketImpl::endControl() {
    const auto payload = std::move(control);
    control.clear();
    switch (parser.frame().opcode) {
    case Opcode::Ping:
        // Who doesn't read gets no more of them (RFC 6455 section 5.5.3: the latest is enough).
        if (state == WsState::Open && !connection->isAboveHighWater()) {
            if (frameLeft > 0)
                waitingPong = payload;
            else
                put(Opcode::Pong, asBytes(payload));
        }
        break;
    case Opcode::Pong:
        if (state == WsState::Open)
            guarded([&] { handler->onPong(self, asBytes(payload)); });
        break;
    default:
        control = payload;
        peerClosed();
        control.clear();
    }
}

void WebSocketImpl::peerClosed() {
    std::uint16_t code = close_code::kNone;
    std::string reason;
    if (control.size() == 1)
        return failWith(close_code::kProtocol, "close frame of one byte");
    if (control.size() >= 2) {
        code = static_cast<std::uint16_t>(static_cast<std::uint8_t>(control[0]) << 8 |
                                          static_cast<std::uint8_t>(control[1]));
        reason = control.substr(2);
        if (!isValidCloseCode(code))
            return failWith(close_code::kProtocol, "invalid close code");
        if (!isUtf8(asBytes(reason)))
            return failWith(close_code::kBadText, "close reason is not UTF-8");
    }
    if (state == WsState::CloseSent) {
        connection->closeAfterFlush("closed by us");
        return finish(sentCode, sentReason, false);
    }
    if (frameLeft == 0)
        put(Opcode::Close, asBytes(control.substr(0, 2)));
    connection->closeAfterFlush("closed by the peer");
    finish(code, std::move(reason), true);
}

} // namespace trellis::net
