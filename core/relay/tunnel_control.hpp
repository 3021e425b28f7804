/// What a handler does to its tunnel.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "core/relay/tunnel.hpp"

namespace trellis::relay {

/// Any thread: everything is done on the tunnel's loop.
class Tunnel::Control final : public sdk::TunnelControl {
public:
    explicit Control(const std::shared_ptr<Tunnel>& tunnel);
    /// Whoever goes holds nothing any more.
    ~Control() override;

    void send(sdk::Side to, std::string bytes, bool isText) override;
    bool write(sdk::Side to, std::string bytes, bool isText) override;
    void pause(sdk::Side from) override { hold(from, true); }
    void resume(sdk::Side from) override { hold(from, false); }
    void close(std::string reason) override;

private:
    void hold(sdk::Side from, bool isHeld);
    template <class F> void onLoop(F work) {
        handle_.post([tunnel = tunnel_, work = std::move(work)](net::WebSocket&) {
            if (const auto alive = tunnel.lock()) work(*alive);
        });
    }

    const std::weak_ptr<Tunnel> tunnel_;
    net::WebSocketHandle handle_;
    const std::shared_ptr<std::atomic<std::size_t>> pending_ = // bytes on their way to the loop
        std::make_shared<std::atomic<std::size_t>>(0);
    const std::shared_ptr<std::array<bool, 2>> holds_ = // the loop's: viewer's end, device's end
        std::make_shared<std::array<bool, 2>>();
};

} // namespace trellis::relay
