// The agent's WebSocket reader: any bytes of a server, in pieces of any size.
#include "agent/link/ws_codec.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    constexpr std::size_t kLimit = 4096;
    trellis::device::WsReader reader(kLimit);
    const std::size_t step = 1U + data[0] % 64U;
    for (std::size_t at = 1; at < size; at += step) {
        const auto count = at + step < size ? step : size - at;
        reader.append({reinterpret_cast<const char*>(data + at), count});
        while (const auto event = reader.next()) {
            if (event->payload.size() > kLimit) std::abort();
        }
    }
    return 0;
}
