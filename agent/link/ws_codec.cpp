#include "agent/link/ws_codec.hpp"

#include <trellis/wire/mask.hpp>
#include <trellis/wire/text.hpp>

#include <array>

namespace trellis::device {
namespace {
constexpr std::size_t kMaxControl = 125;
/// A buffer that once held a core is not kept.
constexpr std::size_t kKeepBuffer = 64 * 1024;

std::uint64_t readBigEndian(std::string_view bytes) {
    std::uint64_t value = 0;
    for (const char c : bytes) value = (value << 8U) | static_cast<unsigned char>(c);
    return value;
}

void appendSize(std::string& to, std::uint64_t size, int bytes) {
    for (int i = bytes - 1; i >= 0; --i) to += static_cast<char>(size >> (8 * i));
}

bool isControl(Opcode opcode) { return (static_cast<unsigned>(opcode) & 8U) != 0; }
}  // namespace

void appendFrame(std::string& to, Opcode opcode, std::string_view payload, std::uint32_t mask) {
    constexpr char kMasked = static_cast<char>(0x80);
    to += static_cast<char>(0x80U | static_cast<unsigned>(opcode));
    if (payload.size() < 126) {
        to += static_cast<char>(0x80U | payload.size());
    } else if (payload.size() < 65536) {
        to += static_cast<char>(kMasked | 126);
        appendSize(to, payload.size(), 2);
    } else {
        to += static_cast<char>(kMasked | 127);
        appendSize(to, payload.size(), 8);
    }
    std::array<std::uint8_t, 4> key{};
    for (unsigned i = 0; i < 4; ++i) key[i] = static_cast<std::uint8_t>(mask >> (8 * i));
    to.append(key.begin(), key.end());
    const auto start = to.size();
    to.append(payload);
    wire::applyMask(to.data() + start, payload.size(), key);
}

std::nullopt_t WsReader::fail(std::uint16_t code) {
    error_ = code;
    buffer_ = {};
    message_ = {};
    at_ = 0;
    return std::nullopt;
}

void WsReader::compact() {
    if (at_ == buffer_.size()) {
        at_ = 0;
        buffer_.capacity() > kKeepBuffer ? buffer_ = {} : (buffer_.clear(), buffer_);
    } else if (at_ >= kKeepBuffer) {
        buffer_.erase(0, at_);
        at_ = 0;
    }
}

bool WsReader::checkHead(const Head& head, unsigned first, unsigned second) {
    // No extension is ever negotiated, so reserved bits mean nothing here; servers don't mask
    // (section 5.1).
    if ((first & 0x70U) != 0 || (second & 0x80U) != 0) return fail(close_code::kProtocolError), false;
    bool isLegal = false;
    switch (head.opcode) {
    case Opcode::Continuation: isLegal = fragmented_.has_value(); break;
    case Opcode::Text:
    case Opcode::Binary: isLegal = !fragmented_.has_value(); break;
    case Opcode::Close:
    case Opcode::Ping:
    case Opcode::Pong: isLegal = head.isFinal && head.payloadSize <= kMaxControl; break;
    default: break;
    }
    if (!isLegal) return fail(close_code::kProtocolError), false;
    const auto before = isControl(head.opcode) ? 0 : message_.size();
    if (head.payloadSize > maxMessage_ || before + head.payloadSize > maxMessage_) {
        return fail(close_code::kTooBig), false;
    }
    return true;
}

std::optional<WsReader::Head> WsReader::readHead() {
    const auto bytes = std::string_view(buffer_).substr(at_);
    if (bytes.size() < 2) return {};
    const auto first = static_cast<unsigned char>(bytes[0]);
    const auto second = static_cast<unsigned char>(bytes[1]);
    const unsigned shortSize = second & 0x7FU;
    const std::size_t extra = shortSize == 127 ? 8 : shortSize == 126 ? 2 : 0;
    if (bytes.size() < 2 + extra) return {};
    Head head{(first & 0x80U) != 0, static_cast<Opcode>(first & 0x0FU), 2 + extra, shortSize};
    if (extra > 0) head.payloadSize = readBigEndian(bytes.substr(2, extra));
    if (!checkHead(head, first, second)) return {};
    return head;
}

std::optional<WsEvent> WsReader::takeData(const Head& head, std::string_view payload) {
    const auto opcode = fragmented_.value_or(head.opcode);
    if (head.isFinal && !fragmented_) {
        if (opcode == Opcode::Text && !wire::isUtf8(payload)) return fail(close_code::kBadText);
        return WsEvent{opcode, payload};
    }
    message_.append(payload);
    if (!head.isFinal) {
        fragmented_ = opcode;
        return {};
    }
    fragmented_.reset();
    isMessageDone_ = true;
    if (opcode == Opcode::Text && !wire::isUtf8(message_)) return fail(close_code::kBadText);
    return WsEvent{opcode, message_};
}

std::optional<WsEvent> WsReader::next() {
    if (isMessageDone_) {
        isMessageDone_ = false;
        message_.capacity() > kKeepBuffer ? message_ = {} : (message_.clear(), message_);
    }
    compact();
    while (error_ == 0) {
        const auto head = readHead();
        if (!head || buffer_.size() - at_ - head->headSize < head->payloadSize) return {};
        const auto payload = std::string_view(buffer_).substr(
            at_ + head->headSize, static_cast<std::size_t>(head->payloadSize));
        at_ += head->headSize + payload.size();
        if (isControl(head->opcode)) return WsEvent{head->opcode, payload};
        if (auto event = takeData(*head, payload)) return event;
    }
    return {};
}

}  // namespace trellis::device
