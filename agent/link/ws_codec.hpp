/// WebSocket frames as a client reads and writes them (RFC 6455 section 5), free of any I/O.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trellis::device {

enum class Opcode : std::uint8_t {
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
};

/// RFC 6455 section 7.4.1.
namespace close_code {
inline constexpr std::uint16_t kNormal = 1000;
inline constexpr std::uint16_t kProtocolError = 1002;
inline constexpr std::uint16_t kBadText = 1007;
inline constexpr std::uint16_t kTooBig = 1009;
}  // namespace close_code

/// Appends one final frame, masked with `mask` (section 5.3: a fresh random value for each frame).
/// Control frames carry at most 125 bytes; the caller sees to it.
void appendFrame(std::string& to, Opcode opcode, std::string_view payload, std::uint32_t mask);

struct WsEvent {
    /// Text and Binary are whole messages; Continuation does not occur.
    Opcode opcode = Opcode::Text;
    /// Valid until the next call of the reader.
    std::string_view payload;
};

class WsReader {
public:
    /// `maxMessage`: a longer message, fragments together, is an error before it is collected.
    explicit WsReader(std::size_t maxMessage) : maxMessage_(maxMessage) {}

    void append(std::string_view bytes) { buffer_.append(bytes); }
    /// The next complete message or control frame; nullopt if more bytes are needed or after an error.
    std::optional<WsEvent> next();
    /// 0, or the close code that the peer's bytes deserve. Final.
    std::uint16_t error() const noexcept { return error_; }
    void setMaxMessage(std::size_t bytes) noexcept { maxMessage_ = bytes; }

private:
    struct Head {
        bool isFinal;
        Opcode opcode;
        std::size_t headSize;
        std::uint64_t payloadSize;
    };
    std::optional<Head> readHead();
    bool checkHead(const Head& head, unsigned first, unsigned second);
    std::optional<WsEvent> takeData(const Head& head, std::string_view payload);
    std::nullopt_t fail(std::uint16_t code);
    void compact();

    std::size_t maxMessage_;
    std::string buffer_;
    std::size_t at_ = 0;  // what lies in front has been handed out
    std::string message_; // fragments so far
    std::optional<Opcode> fragmented_;
    bool isMessageDone_ = false;
    std::uint16_t error_ = 0;
};

}  // namespace trellis::device
