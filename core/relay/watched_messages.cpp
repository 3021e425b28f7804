#include "core/relay/watched_messages.hpp"

#include <algorithm>
#include <utility>

namespace trellis::relay {

void WatchedMessages::begin(const net::FrameHeader& header) {
    opcode_ = header.opcode;
    length_ = left_ = header.length;
    isFirst_ = true;
    if (left_ == 0)
        hand({}, true);
}

void WatchedMessages::add(net::Bytes payload) {
    // A message that is all there is handed on where it lies.
    if (payload.size() == length_ && length_ < limit_)
        return hand(payload, true);
    while (!payload.empty()) {
        const auto piece = payload.first(std::min(payload.size(), limit_ - collected_.size()));
        payload = payload.subspan(piece.size());
        collected_.append(net::asText(piece));
        left_ -= piece.size();
        if (collected_.size() < limit_ && left_ > 0)
            return;
        const auto part = std::exchange(collected_, {});
        hand(net::asBytes(part), part.size() < limit_);
        if (part.size() == limit_ && left_ == 0)
            hand({}, true);
    }
}

void WatchedMessages::hand(net::Bytes bytes, bool isLast) {
    take_({opcode_, bytes, length_, std::exchange(isFirst_, false), isLast});
}

} // namespace trellis::relay
