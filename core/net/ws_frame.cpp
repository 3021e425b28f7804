#include "core/net/ws_frame.hpp"

#include <algorithm>

#include <trellis/wire/mask.hpp>

namespace trellis::net {

namespace {

constexpr std::size_t kMaxControlPayload = 125; // RFC 6455 section 5.5

} // namespace

void unmask(MutableBytes bytes, const std::array<std::uint8_t, 4>& key, unsigned offset) noexcept {
    wire::applyMask(bytes.data(), bytes.size(), key, offset);
}

std::size_t FrameParser::headerSize() const noexcept {
    const auto length = header_[1] & 0x7f;
    return 2 + (length == 126 ? 2u : length == 127 ? 8u : 0u) + 4;
}

bool FrameParser::checkFirstBytes() {
    const auto code = static_cast<std::uint8_t>(header_[0] & 0x0f);
    const bool isControl = code >= 8;
    frame_.fin = (header_[0] & 0x80) != 0;
    frame_.rsv1 = (header_[0] & 0x40) != 0;
    frame_.opcode = static_cast<Opcode>(code);
    if ((code > 2 && code < 8) || code > 10)
        error_ = "reserved opcode";
    else if ((header_[0] & 0x30) != 0 || (frame_.rsv1 && !allowRsv1_))
        error_ = "reserved bit set";
    else if (frame_.rsv1 && (isControl || code == 0))
        error_ = "compression bit on a control or continuation frame";
    else if ((header_[1] & 0x80) == 0)
        error_ = "frame without mask";
    else if (isControl && !frame_.fin)
        error_ = "fragmented control frame";
    else if (isControl && (header_[1] & 0x7f) > kMaxControlPayload)
        error_ = "control frame too long";
    return error_.empty();
}

bool FrameParser::finishHeader() {
    const unsigned code = header_[1] & 0x7f;
    std::size_t at = 2;
    std::uint64_t length = code;
    if (code >= 126) {
        const std::size_t width = code == 126 ? 2 : 8;
        length = 0;
        for (std::size_t i = 0; i < width; ++i)
            length = length << 8 | header_[at++];
        if (length >> 63)
            error_ = "length with its top bit set";
        else if (length < (width == 2 ? 126u : 65536u))
            error_ = "length not in its shortest form";
    }
    std::copy_n(header_.begin() + static_cast<std::ptrdiff_t>(at), 4, mask_.begin());
    frame_.length = left_ = length;
    maskAt_ = 0;
    have_ = 0;
    return error_.empty();
}

FrameParser::Step FrameParser::next(MutableBytes bytes) {
    if (!error_.empty())
        return {Event::Bad, 0, {}, false};
    if (left_ > 0) {
        const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
        if (count == 0)
            return {};
        const auto payload = bytes.first(count);
        unmask(payload, mask_, maskAt_);
        maskAt_ = static_cast<std::uint8_t>((maskAt_ + count) % 4);
        left_ -= count;
        return {Event::Payload, count, payload, left_ == 0};
    }
    std::size_t used = 0;
    while (used < bytes.size()) {
        header_[have_++] = static_cast<std::uint8_t>(bytes[used++]);
        if (have_ < 2)
            continue;
        if (have_ == 2 && !checkFirstBytes())
            return {Event::Bad, used, {}, false};
        if (have_ == headerSize())
            return {finishHeader() ? Event::Header : Event::Bad, used, {}, false};
    }
    return {Event::NeedMore, used, {}, false};
}

ServerHeader serverHeader(Opcode opcode, bool fin, std::uint64_t length, bool rsv1) noexcept {
    ServerHeader header;
    const auto put = [&](std::uint64_t value) {
        header.bytes[header.size++] = static_cast<std::byte>(value & 0xff);
    };
    put(static_cast<unsigned>(opcode) | (fin ? 0x80u : 0u) | (rsv1 ? 0x40u : 0u));
    if (length < 126) {
        put(length);
        return header;
    }
    const int width = length < 65536 ? 2 : 8;
    put(width == 2 ? 126 : 127);
    for (int i = width - 1; i >= 0; --i)
        put(length >> (8 * i));
    return header;
}

bool isValidCloseCode(std::uint16_t code) noexcept {
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

} // namespace trellis::net
