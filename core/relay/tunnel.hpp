/// A running tunnel: two sockets on one loop, and the frames between them.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "core/net/websocket.hpp"
#include "core/relay/relay_context.hpp"
#include "core/relay/relay_end.hpp"

namespace trellis::relay {

class FarEnd;

/// Frames go through as they arrive (cut-through), or as whole messages where a handler watches them.
/// Everything runs on the loop that owns both sockets, unless a method says otherwise.
class Tunnel final : public std::enable_shared_from_this<Tunnel> {
public:
    /// Whole messages that a watched tunnel carries (sdk/tunnel.hpp), and merged ones towards a device.
    static constexpr std::size_t kWatchedMessage = 1024 * 1024;
    static constexpr std::size_t kMergedMessage = 96 * 1024;
    /// What a viewer may send in one message before it has named the protocol.
    static constexpr std::size_t kStartMessage = 16 * 1024;
    static constexpr std::size_t kStartMessages = 16;
    static constexpr net::Millis kStartTime{std::chrono::seconds(60)};

    /// `loginId`: the browser login by which the viewer came in, "" if it showed a token.
    Tunnel(std::shared_ptr<RelayContext> context, sdk::TunnelInfo info,
           std::shared_ptr<const TunnelKind> kind, std::string loginId);
    ~Tunnel();

    /// Both sockets live on this loop and are not read. `second` is told first (section 6.4).
    void start(const std::shared_ptr<net::WebSocket>& viewer,
               const std::shared_ptr<net::WebSocket>& device, sdk::Side second, bool wantsPings);
    /// No agent: the plugin is the far end.
    void startEndpoint(const std::shared_ptr<net::WebSocket>& viewer);

    // --- any thread ---
    void cut(const std::string& reason);
    TunnelFacts facts() const;
    /// As announced; see facts() for the number that the viewer chose.
    const sdk::TunnelInfo& info() const noexcept { return info_; }
    const std::shared_ptr<const TunnelKind>& kind() const noexcept { return kind_; }
    const std::string& loginId() const noexcept { return loginId_; }

private:
    /// The handler of one socket.
    class Pump;
    friend class Pump;

    net::WebSocket* socketOf(sdk::Side side) const noexcept;
    static sdk::Side other(sdk::Side side) noexcept;
    void count(sdk::Side from, std::size_t bytes) noexcept;
    void begin(const std::shared_ptr<net::WebSocket>& viewer);
    void makeHandlers(std::uint16_t protocol);
    void onStartMessage(net::WebSocket& viewer, net::Opcode opcode, net::Bytes payload);
    void onProtocolChosen(net::WebSocket& viewer, std::uint16_t protocol);
    void onEndpointMessage(net::Opcode opcode, net::Bytes payload);
    void onWatchedMessage(sdk::Side from, net::WebSocket& socket, net::Opcode opcode,
                          net::Bytes payload);
    sdk::Verdict ask(sdk::Side from, sdk::Frame& frame);
    void forward(sdk::Side from, bool isText, net::Bytes payload);
    /// Stops reading `source` while the other end's queue is long.
    void holdBack(sdk::Side from, net::WebSocket& source);
    void onDrained(sdk::Side side);
    void end(const std::string& reason, std::uint16_t code);
    void tick();
    void record(const std::string& reason) noexcept;

    std::shared_ptr<RelayContext> context_;
    const sdk::TunnelInfo info_;
    std::atomic<std::uint16_t> protocol_; ///< the announced number, then the one the viewer chose
    const std::shared_ptr<const TunnelKind> kind_;
    const std::string loginId_;
    std::shared_ptr<net::WebSocket> viewer_;
    std::shared_ptr<net::WebSocket> device_; // null for endpoints
    std::shared_ptr<FarEnd> farEnd_;         // null for devices
    std::unique_ptr<sdk::StreamHandler> endpoint_;
    std::vector<std::unique_ptr<sdk::TunnelHandler>> handlers_;
    net::Timer startTimer_;
    net::Timer tickTimer_;
    std::size_t startMessages_ = 0;
    net::Clock::time_point lastPing_{};
    net::Clock::time_point lastTraffic_{};
    bool isChosen_ = false; ///< the viewer has named the protocol
    bool isOver_ = false;
    bool wantsPings_ = false;
    net::WebSocketHandle handle_; // the viewer's; set before it is in the set of tunnels
    std::string viewerAddress_;   // set before it is in the set of tunnels
    std::int64_t openedMs_ = 0;
    std::atomic<std::uint64_t> toDevice_{0};
    std::atomic<std::uint64_t> toViewer_{0};
};

} // namespace trellis::relay
