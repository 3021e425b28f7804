/// WebSocket frames on the wire (RFC 6455 section 5.2): parsing what clients send, writing headers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/net/bytes.hpp"
#include "core/net/websocket.hpp"

namespace trellis::net {

struct RawFrame {
    Opcode opcode = Opcode::Binary;
    bool fin = true;
    bool rsv1 = false;
    std::uint64_t length = 0;

    bool isControl() const noexcept { return static_cast<std::uint8_t>(opcode) >= 8; }
};

/// Reads masked client frames in any pieces and unmasks their payload in place. Checks everything
/// that a single frame can violate; the order of frames is for the caller.
class FrameParser {
public:
    enum class Event : std::uint8_t {
        NeedMore = 1,
        Header,  ///< frame() is set; its payload follows unless its length is 0
        Payload, ///< a piece of it
        Bad,     ///< protocol error (1002), see error(); nothing more can be parsed
    };
    struct Step {
        Event event = Event::NeedMore;
        std::size_t used = 0; ///< bytes of the input that are dealt with
        MutableBytes payload; ///< within the input, unmasked
        bool isLast = false;  ///< this piece completes the frame
    };

    /// `allowRsv1`: permessage-deflate was negotiated (RFC 7692 section 6).
    explicit FrameParser(bool allowRsv1 = false) : allowRsv1_(allowRsv1) {}
    Step next(MutableBytes bytes);
    const RawFrame& frame() const noexcept { return frame_; }
    std::string_view error() const noexcept { return error_; } ///< static text
    /// Payload bytes of the current frame that have not come yet.
    std::uint64_t remaining() const noexcept { return left_; }

private:
    std::size_t headerSize() const noexcept;
    bool checkFirstBytes();
    bool finishHeader();

    std::array<std::uint8_t, 14> header_{};
    std::uint8_t have_ = 0; // bytes of it
    bool allowRsv1_;
    std::uint8_t maskAt_ = 0;
    std::array<std::uint8_t, 4> mask_{};
    RawFrame frame_;
    std::uint64_t left_ = 0;
    std::string_view error_;
};

/// XORs with the repeated 4-byte key; `offset` is the position of the first byte in the frame,
/// mod 4.
void unmask(MutableBytes bytes, const std::array<std::uint8_t, 4>& key, unsigned offset) noexcept;

/// The unmasked header of a server frame, 2 to 10 bytes.
struct ServerHeader {
    std::array<std::byte, 10> bytes{};
    std::size_t size = 0;
    operator Bytes() const noexcept { return Bytes(bytes.data(), size); }
};
ServerHeader serverHeader(Opcode opcode, bool fin, std::uint64_t length,
                          bool rsv1 = false) noexcept;

/// May a peer send this close code (RFC 6455 section 7.4)?
bool isValidCloseCode(std::uint16_t code) noexcept;

} // namespace trellis::net
