/// WebSocket, server side (RFC 6455, strict; permessage-deflate of RFC 7692 when the route says
/// so).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/net/bytes.hpp"
#include "core/net/connection.hpp"
#include "core/net/http_message.hpp"
#include "core/net/loop.hpp"

namespace trellis::net {

class WebSocket;
struct WebSocketImpl;

enum class Opcode : std::uint8_t {
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10
};

/// RFC 6455 section 7.4.1, and 1012 and 1013 of its registry; 1005 and 1006 are only reported, never
/// sent.
namespace close_code {
inline constexpr std::uint16_t kNormal = 1000, kGoingAway = 1001, kProtocol = 1002,
                               kUnsupported = 1003, kNone = 1005, kAbnormal = 1006, kBadText = 1007,
                               kPolicy = 1008, kTooBig = 1009, kInternal = 1011, kRestart = 1012,
                               kTryLater = 1013;
}

/// A data frame as announced by its header.
struct FrameHeader {
    Opcode opcode = Opcode::Binary; ///< Text, Binary or Continuation
    bool fin = true;
    std::uint64_t length = 0; ///< bytes of payload in this frame
};

struct WebSocketClose {
    std::uint16_t code =
        close_code::kAbnormal; ///< what the peer sent, 1005 if none, 1006 if it vanished
    std::string reason;        ///< the peer's text, or ours when we ended it
    bool byPeer = true;        ///< false: we closed first
};

/// All calls come on the owning loop's thread, never overlap and never re-enter from a method of
/// WebSocket. A call that throws closes with 1011.
class WebSocketHandler {
public:
    virtual ~WebSocketHandler() = default;
    virtual void onOpen(WebSocket&) {}
    /// Message mode: a whole message. `payload` is valid until the call returns.
    virtual void onMessage(WebSocket&, Opcode, Bytes payload) { (void)payload; }
    /// Frame mode: a data frame begins ...
    virtual void onFrame(WebSocket&, const FrameHeader&) {}
    /// ... and its payload follows in pieces, unmasked in place, none for an empty frame. `last`
    /// marks the piece that completes it. May be changed in place; valid until the call returns.
    virtual void onFramePayload(WebSocket&, MutableBytes payload, bool last) {
        (void)payload, (void)last;
    }
    virtual void onPong(WebSocket&, Bytes payload) { (void)payload; }
    /// bufferedBytes() fell to the low mark after it had been above the high one.
    virtual void onDrained(WebSocket&) {}
    /// Exactly once if onOpen came; nothing comes after it.
    virtual void onClose(WebSocket&, const WebSocketClose&) noexcept {}
};

struct WebSocketOptions {
    /// Larger messages close with 1009 (message mode, and merged fragments in frame mode).
    std::size_t messageLimit = 1024 * 1024;
    /// A message is refused and the connection aborted when this many bytes are queued already; so
    /// the most memory used is this plus one message. Not applied to frames forwarded in pieces,
    /// whose source is to be paused at the high mark.
    std::size_t queueLimit = 1024 * 1024;
    std::size_t highWater = 64 * 1024;
    std::size_t lowWater = 16 * 1024;
    Millis pingEvery{0};           ///< ping after this long without sending; 0: never
    Millis idleTimeout{0};         ///< abort after this long without a byte received; 0: never
    bool deflate = false;          ///< accept permessage-deflate if offered (no context takeover)
    std::size_t deflateAbove = 64; ///< smaller messages go uncompressed
};

enum class SendResult : std::uint8_t { Queued = 1, Closed, Overflow };

/// Fragmented messages in frame mode.
enum class Fragments : std::uint8_t {
    Keep = 1, ///< each fragment is a frame of its own
    /// A fragmented message is collected (up to messageLimit) and appears as one frame, because
    /// MeshAgents break on fragments; unfragmented frames pass uncollected.
    Merge,
};

/// A reference that doesn't keep the socket alive. All methods: any thread; silently nothing once
/// it is closed. What is sent from one thread arrives in that order.
class WebSocketHandle {
public:
    WebSocketHandle() = default;
    explicit WebSocketHandle(std::weak_ptr<WebSocket> socket) : socket_(std::move(socket)) {}
    SendResult sendText(std::string message) const;
    SendResult sendBinary(std::string message) const;
    SendResult send(Opcode opcode, std::shared_ptr<const std::string> message) const;
    void close(std::uint16_t code = close_code::kNormal, std::string reason = {}) const;
    void abort(std::string reason) const;
    /// Runs on the owning loop if the socket is still open then.
    void post(std::function<void(WebSocket&)> task) const;
    bool isOpen() const noexcept;
    /// Queued bytes, those on their way to the loop included.
    std::size_t bufferedBytes() const noexcept;

private:
    std::weak_ptr<WebSocket> socket_;
};

/// Methods are for the loop's thread unless they say otherwise. Kept alive by its connection.
class WebSocket : public std::enable_shared_from_this<WebSocket> {
public:
    ~WebSocket();
    WebSocket(const WebSocket&) = delete;
    WebSocket& operator=(const WebSocket&) = delete;

    /// One unfragmented frame each.
    SendResult sendText(std::string_view message);
    SendResult sendBinary(Bytes message);
    SendResult send(Opcode opcode,
                    std::shared_ptr<const std::string> message); ///< shared, not copied
    void ping(std::string_view payload = {});                    ///< at most 125 bytes

    /// Sends a frame whose payload follows in pieces; exactly header.length bytes must follow.
    /// Messages and control frames sent meanwhile wait until the frame is complete.
    void beginFrame(const FrameHeader& header);
    void framePayload(Bytes payload);
    /// True between beginFrame() and its last byte.
    bool isInsideFrame() const noexcept;

    /// Close handshake; the peer has 5 s to answer. Inside an incomplete frame: abort.
    void close(std::uint16_t code = close_code::kNormal, std::string_view reason = {});
    void abort(std::string reason);
    bool isOpen() const noexcept; ///< false as soon as either side closes. Any thread.

    void pauseReading() noexcept;
    void resumeReading();
    bool isReadingPaused() const noexcept;
    std::size_t bufferedBytes() const noexcept;
    bool isAboveHighWater() const noexcept;
    void setWaterMarks(std::size_t high, std::size_t low) noexcept;
    void setPingEvery(Millis interval);
    void setIdleTimeout(Millis limit);
    void setMessageLimit(std::size_t bytes) noexcept;

    void setHandler(std::shared_ptr<WebSocketHandler> handler); ///< its onOpen is not called
    void receiveMessages(); ///< message mode, the default; takes effect with the next message
    /// Frame mode, takes effect with the next message. Compressed messages are inflated whole.
    void receiveFrames(Fragments fragments);

    /// As Connection::moveTo().
    void moveTo(Loop& target, std::function<void(WebSocket&)> then);

    Loop& loop() const noexcept;                 ///< any thread, may change under you
    const ConnectionInfo& info() const noexcept; ///< any thread
    const Address& peer() const noexcept;        ///< after trusted-proxy resolution. Any thread.
    WebSocketHandle handle() noexcept;           ///< any thread
    /// Runs `task` on the owning loop if the socket is still open then. Any thread.
    void post(std::function<void(WebSocket&)> task);

    /// For core/net: takes over a connection whose upgrade has been answered. Loop thread.
    static std::shared_ptr<WebSocket> attach(Connection& connection,
                                             const WebSocketOptions& options,
                                             bool deflateNegotiated, const Address& peer,
                                             std::shared_ptr<WebSocketHandler> handler);
    WebSocketImpl& impl() noexcept { return *impl_; }

private:
    WebSocket();
    std::unique_ptr<WebSocketImpl> impl_;
};

/// The decision about one upgrade request; the request itself has been checked for form (RFC 6455
/// section 4.2.1), the Origin has not. Copies share one decision, the first wins; when the last
/// copy goes without one, 500 is sent. Any thread.
class Upgrade {
public:
    class Core; // internal
    explicit Upgrade(std::shared_ptr<Core> core) : core_(std::move(core)) {}
    /// Answers 101. `handler`'s onOpen follows on the loop.
    void accept(std::shared_ptr<WebSocketHandler> handler, WebSocketOptions options = {}) const;
    void refuse(HttpResponse response) const;
    void fail(const std::exception& reason) const;

private:
    std::shared_ptr<Core> core_;
};

} // namespace trellis::net
