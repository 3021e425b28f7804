#include "core/relay/far_end.hpp"

namespace trellis::relay {

bool FarEnd::write(std::span<const std::byte> bytes) {
    viewer_.sendBinary(std::string(net::asText(bytes)));
    return viewer_.bufferedBytes() < highWater_;
}

void FarEnd::pauseReading() {
    viewer_.post([](net::WebSocket& socket) { socket.pauseReading(); });
}

void FarEnd::resumeReading() {
    viewer_.post([](net::WebSocket& socket) { socket.resumeReading(); });
}

void FarEnd::closeAfterFlush() { viewer_.close(net::close_code::kNormal); }

void FarEnd::abort(std::string_view reason) {
    viewer_.close(net::close_code::kGoingAway, std::string(reason.substr(0, 120)));
}

} // namespace trellis::relay
