/// The far end of a tunnel that no agent serves: a plugin's stream handler.
#pragma once

#include <memory>
#include <string>

#include "core/net/websocket.hpp"
#include <trellis/sdk/stream.hpp>

namespace trellis::relay {

/// What the plugin writes goes to the viewer as binary frames.
class FarEnd final : public sdk::Stream {
public:
    FarEnd(net::WebSocketHandle viewer, std::string viewerAddress, std::size_t highWater)
        : viewer_(std::move(viewer)), address_(std::move(viewerAddress)), highWater_(highWater) {}

    bool write(std::span<const std::byte> bytes) override;
    void pauseReading() override;
    void resumeReading() override;
    void closeAfterFlush() override;
    void abort(std::string_view reason) override;
    std::string peerAddress() const override { return address_; }

private:
    net::WebSocketHandle viewer_;
    std::string address_;
    std::size_t highWater_;
};

} // namespace trellis::relay
