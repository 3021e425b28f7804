/// What a watched end sends, put together from the pieces in which its frames arrive.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/net/websocket.hpp"

namespace trellis::relay {

/// Messages below the limit are handed on whole; longer ones in parts of the limit's size, of which
/// the last is shorter, perhaps empty. Holds no more than one part.
class WatchedMessages {
public:
    struct Part {
        net::Opcode opcode = net::Opcode::Binary;
        net::Bytes bytes;         ///< valid until the callback returns
        std::uint64_t length = 0; ///< of the whole message
        bool isFirst = true;
        bool isLast = true;
    };
    using Take = std::function<void(const Part&)>;

    WatchedMessages(std::size_t limit, Take take) : limit_(limit), take_(std::move(take)) {}

    /// As WebSocketHandler::onFrame() and onFramePayload(); each frame is a message of its own.
    void begin(const net::FrameHeader& header);
    void add(net::Bytes payload);

private:
    void hand(net::Bytes bytes, bool isLast);

    const std::size_t limit_;
    const Take take_;
    net::Opcode opcode_ = net::Opcode::Binary;
    std::uint64_t length_ = 0;
    std::uint64_t left_ = 0; ///< payload that has not come yet
    bool isFirst_ = true;
    std::string collected_;
};

} // namespace trellis::relay
