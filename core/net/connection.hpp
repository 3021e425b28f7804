/// One TCP, TLS or AF_UNIX stream, owned by one loop.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/net/address.hpp"
#include "core/net/bytes.hpp"
#include "core/net/loop.hpp"
#include "core/net/tls.hpp"

namespace trellis::net {

class Connection;
struct ConnectionImpl;

/// Why a connection ended; `text` is for logs.
struct CloseReason {
    enum class Kind : std::uint8_t {
        PeerClosed = 1, ///< orderly end of stream
        PeerReset,      ///< connection reset or another socket error
        TlsFailed,      ///< handshake or record error
        Timeout,        ///< a deadline passed; `text` says which
        Local,          ///< closeAfterFlush() or abort() of ours
        Overflow,       ///< the write queue exceeded its limit
        Shutdown,       ///< the loops stop
    };
    Kind kind = Kind::PeerClosed;
    std::string text;
};

/// What a user of a raw stream implements; also the form in which plugins own ports.
/// All calls come on the owning loop's thread, never overlap, never re-enter from inside a method
/// of Connection, and must not block. A call that throws ends the connection.
class StreamHandler {
public:
    virtual ~StreamHandler() = default;
    /// The stream is usable (TLS handshake done). Comes once, before everything else.
    virtual void onOpen(Connection&) {}
    /// `bytes` may be changed in place and is valid until the call returns. Returns how many were
    /// used; the rest (at most kMaxRetained) is given again in front of what arrives next, or, if
    /// reading was paused, the handler replaced or the connection moved, as soon as reading goes
    /// on.
    virtual std::size_t onData(Connection&, MutableBytes bytes) = 0;
    /// The write queue fell to the low mark after it had been above the high one.
    virtual void onWritable(Connection&) {}
    /// The peer will send nothing more; everything it sent has been delivered. The connection stays
    /// writable. Default: closeAfterFlush().
    virtual void onPeerEnd(Connection& connection);
    /// The connection is about to move to another loop: cancel timers armed on this one.
    virtual void onLeaveLoop(Connection&) {}
    /// Comes exactly once if onOpen came; nothing comes after it.
    virtual void onClose(Connection&, const CloseReason&) noexcept {}
};

/// Facts about a connection that never change; cheap to copy, any thread.
struct ConnectionInfo {
    std::uint64_t id = 0; ///< unique in this process
    Address peer;         ///< of the socket, or from the PROXY header of a trusted proxy
    std::uint16_t localPort = 0;
    bool isTls = false;
    bool isLocal = false;                  ///< AF_UNIX
    std::optional<std::uint32_t> localUid; ///< SO_PEERCRED of an AF_UNIX peer
    std::shared_ptr<const TlsState> tls;   ///< null without TLS
};

/// Methods are for the loop's thread unless they say otherwise.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    static constexpr std::size_t kMaxRetained = 64 * 1024;
    static constexpr std::size_t kDefaultHighWater = 64 * 1024;
    static constexpr std::size_t kDefaultLowWater = 16 * 1024;

    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Queues a copy; written at the end of the current event. Returns false if closed or closing.
    bool write(Bytes bytes);
    bool write(std::string_view text) { return write(asBytes(text)); }
    /// Queues without a copy; for large texts sent to many.
    bool writeShared(std::shared_ptr<const std::string> text);
    /// Queued and not yet given to the kernel. Any thread.
    std::size_t bufferedBytes() const noexcept;
    std::uint64_t bytesWritten() const noexcept; ///< given to the kernel so far, before encryption
    void setWaterMarks(std::size_t high, std::size_t low) noexcept;
    bool isAboveHighWater() const noexcept;
    /// More than this queued ends the connection with Overflow; 0 (default) means no limit.
    void setQueueLimit(std::size_t bytes) noexcept;

    /// Nothing more is read until resumeReading(); the peer is slowed down by TCP.
    void pauseReading() noexcept;
    void resumeReading();
    bool isReadingPaused() const noexcept;

    /// Closes when the queue has been written (given up after 10 s without progress), then TLS and
    /// TCP are shut down in order. Input that arrives from now on is thrown away.
    void closeAfterFlush(std::string reason = {});
    /// Closes at once, the queue is dropped.
    void abort(std::string reason, CloseReason::Kind kind = CloseReason::Kind::Local);
    bool isOpen() const noexcept; ///< neither closed nor closing

    /// Closes with Timeout when no byte was received for `limit`; zero switches it off. While
    /// reading is paused the time doesn't run.
    void setIdleTimeout(Millis limit);

    /// Replaces the handler; bytes the old one didn't use go to the new one. Its onOpen is called.
    void setHandler(std::shared_ptr<StreamHandler> handler);

    /// Moves to another loop of the same group; `then` runs there first. From inside a callback the
    /// move happens when that callback returns. Timers armed by the user on the old loop stay
    /// there. If the connection closes before it arrives, onClose comes (on either loop) and `then`
    /// doesn't.
    void moveTo(Loop& target, std::function<void(Connection&)> then);

    Loop& loop() const noexcept; ///< the owning loop. Any thread, but it may change under you.
    const ConnectionInfo& info() const noexcept; ///< any thread
    /// Runs `task` on the owning loop if the connection is still open then. Any thread.
    void post(std::function<void(Connection&)> task);

    ConnectionImpl& impl() noexcept { return *impl_; } ///< for core/net itself

    /// Takes over an accepted or connected, non-blocking descriptor; closed on every path.
    /// `tls` null: plain. The handler's onOpen follows on `loop`. Any thread.
    struct Options {
        ConnectionInfo info;
        Millis handshakeTimeout{10000};
        bool expectProxyHeader = false; ///< a PROXY protocol header must come first
        std::function<void()> onGone;   ///< runs once when the connection is over, on its loop
    };
    static std::shared_ptr<Connection> adopt(Loop& loop, std::shared_ptr<void> keepAlive, int fd,
                                             std::shared_ptr<StreamHandler> handler,
                                             Options options);

private:
    Connection();
    std::unique_ptr<ConnectionImpl> impl_;
};

} // namespace trellis::net
