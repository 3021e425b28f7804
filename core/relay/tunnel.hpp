/// A running tunnel: two sockets on one loop, and the frames between them.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "core/net/websocket.hpp"
#include "core/relay/relay_context.hpp"
#include "core/relay/relay_end.hpp"
#include "core/relay/watched_messages.hpp"

namespace trellis::relay {

class FarEnd;

/// Frames go through as they arrive (cut-through), or as whole messages where a handler watches them. Of
/// a longer binary message of a watched device the handlers are shown one part after the other, and each
/// goes through before the next has come; everything else that is too long ends the tunnel.
/// Everything runs on the loop that owns both sockets, unless a method says otherwise.
class Tunnel final : public std::enable_shared_from_this<Tunnel> {
public:
    /// Whole messages that a watched tunnel shows (sdk/tunnel.hpp), and merged ones towards a device.
    static constexpr std::size_t kWatchedMessage = 1024 * 1024;
    static constexpr std::size_t kMergedMessage = 96 * 1024;
    /// What a viewer may send in one message before it has named the protocol.
    static constexpr std::size_t kStartMessage = 16 * 1024;
    static constexpr std::size_t kStartMessages = 16;
    static constexpr net::Millis kStartTime{std::chrono::seconds(60)};

    /// `loginId`: the browser login by which the viewer came in, "" if it showed a token.
    /// `guest`: null unless a guest is the viewer.
    Tunnel(std::shared_ptr<RelayContext> context, sdk::TunnelInfo info,
           std::shared_ptr<const TunnelKind> kind, std::string loginId,
           GuestTermsPtr guest = nullptr);
    ~Tunnel();

    /// Both sockets live on this loop and are not read. `second` is told first (section 6.4).
    void start(const std::shared_ptr<net::WebSocket>& viewer,
               const std::shared_ptr<net::WebSocket>& device, sdk::Side second, bool wantsPings);
    /// No agent: the plugin is the far end.
    void startEndpoint(const std::shared_ptr<net::WebSocket>& viewer);
    /// No viewer's socket: a plugin is the viewer.
    void startOwn(const std::shared_ptr<net::WebSocket>& device, OwnViewer viewer);

    // --- any thread ---
    /// `code`: what the viewer's and the device's socket are closed with.
    void cut(const std::string& reason, std::uint16_t code = net::close_code::kPolicy);
    TunnelFacts facts() const;
    /// As announced; see facts() for the number that the viewer chose.
    const sdk::TunnelInfo& info() const noexcept { return info_; }
    const std::shared_ptr<const TunnelKind>& kind() const noexcept { return kind_; }
    const std::string& loginId() const noexcept { return loginId_; }
    const GuestTermsPtr& guest() const noexcept { return guest_; }

private:
    /// The handler of one socket.
    class Pump;
    friend class Pump;
    /// What its handlers may do.
    class Control;
    friend class Control;

    net::WebSocket* socketOf(sdk::Side side) const noexcept;
    static sdk::Side other(sdk::Side side) noexcept;
    static constexpr std::size_t indexOf(sdk::Side side) noexcept {
        return side == sdk::Side::Viewer ? 0 : 1;
    }
    void count(sdk::Side from, std::size_t bytes) noexcept;
    /// `owner`: the socket whose loop everything runs on.
    void beginViewer(const std::shared_ptr<net::WebSocket>& viewer);
    void beginDevice(const std::shared_ptr<net::WebSocket>& device);
    void begin(const std::shared_ptr<net::WebSocket>& owner);
    net::WebSocket* anySocket() const noexcept;
    void makeHandlers(std::uint16_t protocol);
    bool decideRecording();
    /// One holder more or less of this end.
    void hold(sdk::Side from, bool isHeld);
    bool isHeld(sdk::Side from) const noexcept { return holders_[indexOf(from)] > 0; } ///< any thread
    /// What the plugin that is the viewer sends counts as coming from the viewer's end. Any thread.
    bool isWriterHeld(sdk::Side to) const noexcept { return own_ && isHeld(other(to)); }
    void onStartMessage(net::WebSocket& viewer, net::Opcode opcode, net::Bytes payload);
    void onProtocolChosen(net::WebSocket& viewer, std::uint16_t protocol);
    void onEndpointMessage(net::Opcode opcode, net::Bytes payload);
    void onWatchedMessage(sdk::Side from, net::WebSocket& socket, net::Opcode opcode,
                          net::Bytes payload);
    void onWatchedPart(net::WebSocket& device, const WatchedMessages::Part& part);
    bool isPassed(sdk::Side from, sdk::Frame& frame);
    sdk::Verdict ask(sdk::Side from, sdk::Frame& frame);
    void forward(sdk::Side from, bool isText, net::Bytes payload);
    /// Stops reading `source` while the other end's queue is long.
    void holdBack(sdk::Side from, net::WebSocket& source);
    void onDrained(sdk::Side side);
    void write(sdk::Side to, bool isText, net::Bytes payload);
    void tellWritable(sdk::Side to);
    template <class Call> void tellHandlers(const Call& call) noexcept;
    std::size_t queuedTowards(sdk::Side to) const noexcept; ///< any thread
    void end(const std::string& reason, std::uint16_t code);
    void tick();
    void record(const std::string& reason) noexcept;

    std::shared_ptr<RelayContext> context_;
    sdk::TunnelInfo info_; // not changed once it is in the set of tunnels
    std::atomic<std::uint16_t> protocol_; ///< the announced number, then the one the viewer chose
    const std::shared_ptr<const TunnelKind> kind_;
    const std::string loginId_;
    const GuestTermsPtr guest_;
    std::shared_ptr<net::WebSocket> viewer_;
    std::shared_ptr<net::WebSocket> device_; // null for endpoints
    std::shared_ptr<FarEnd> farEnd_;         // null for devices
    std::unique_ptr<sdk::StreamHandler> endpoint_;
    std::unique_ptr<sdk::TunnelHandler> own_;                   // null unless a plugin is the viewer
    std::vector<std::unique_ptr<sdk::TunnelHandler>> handlers_; // watchers and the protocol's own
    net::Timer startTimer_;
    net::Timer tickTimer_;
    std::vector<std::string> startTexts_; // until the protocol is chosen
    std::array<std::atomic<int>, 2> holders_{}; // handlers that hold the viewer's end, the device's
    std::array<std::atomic<bool>, 2> wantsRoom_{}; // a writer was told to stop: viewer's end, device's
    net::Clock::time_point lastPing_{};
    net::Clock::time_point lastTraffic_{};
    bool isChosen_ = false; ///< the viewer has named the protocol
    bool isOver_ = false;
    bool wantsPings_ = false;
    net::WebSocketHandle handle_; // the viewer's, or of an own tunnel the device's; set before it is in
                                  // the set of tunnels
    net::WebSocketHandle deviceHandle_; // set before handlers are made
    std::string viewerAddress_;   // set before it is in the set of tunnels
    std::int64_t openedMs_ = 0;
    std::atomic<std::uint64_t> toDevice_{0};
    std::atomic<std::uint64_t> toViewer_{0};
};

} // namespace trellis::relay
