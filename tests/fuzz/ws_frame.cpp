// WebSocket frames, UTF-8, compression and its negotiation: no crash, and no difference between
// arriving at once and in pieces.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/net/utf8.hpp"
#include "core/net/ws_deflate.hpp"
#include "core/net/ws_frame.hpp"

using namespace trellis::net;

namespace {

void require(bool condition) {
    if (!condition)
        std::abort();
}

// What the parser makes of the bytes when they come `step` at a time.
std::string trace(std::string bytes, std::size_t step, bool rsv1) {
    FrameParser parser(rsv1);
    std::string log;
    for (std::size_t at = 0; at < bytes.size();) {
        MutableBytes piece(reinterpret_cast<std::byte*>(bytes.data()) + at,
                           std::min(step, bytes.size() - at));
        const auto result = parser.next(piece);
        require(result.used <= piece.size());
        switch (result.event) {
        case FrameParser::Event::Bad:
            return log + "!";
        case FrameParser::Event::Header: {
            const auto& frame = parser.frame();
            require(!frame.isControl() || (frame.fin && frame.length <= 125));
            require(rsv1 || !frame.rsv1);
            log += "[" + std::to_string(static_cast<int>(frame.opcode)) + (frame.fin ? "f" : "m") +
                   std::to_string(frame.length) + ":";
            break;
        }
        case FrameParser::Event::Payload:
            log += asText(result.payload);
            break;
        case FrameParser::Event::NeedMore:
            require(result.used == piece.size());
            break;
        }
        require(result.used > 0);
        at += result.used;
    }
    return log;
}

} // namespace

// First byte: bit 0 allows compression, the rest is the size of the pieces.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const bool rsv1 = (data[0] & 1) != 0;
    const std::size_t step = (data[0] >> 1) + 1u;
    const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    require(trace(bytes, step, rsv1) == trace(bytes, bytes.size() + 1, rsv1));

    Utf8Validator pieces;
    bool isValid = true;
    for (std::size_t at = 0; at < bytes.size() && isValid; at += step)
        isValid = pieces.feed(asBytes(std::string_view(bytes).substr(at, step)));
    require((isValid && pieces.isComplete()) == isUtf8(asBytes(bytes)));

    std::string plain;
    const auto result = inflateMessage(asBytes(bytes), 65536, plain);
    require(plain.size() <= 65536);
    if (result == InflateResult::Done) {
        const auto packed = deflateMessage(asBytes(plain));
        std::string again;
        if (!packed.empty())
            require(inflateMessage(asBytes(packed), 65536, again) == InflateResult::Done &&
                    again == plain);
    }
    negotiateDeflate(bytes);
    return 0;
}
