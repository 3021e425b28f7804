/// Inside of a Connection; for core/net only. Everything is for the loop's thread unless marked.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/net/connection.hpp"
#include "core/net/out_queue.hpp"

struct ssl_st;

namespace trellis::net {

/// Life of a connection; it only ever goes forward.
enum class Phase : std::uint8_t {
    New = 1,   ///< not on its loop yet
    Proxy,     ///< waits for the PROXY protocol header
    Handshake, ///< TLS
    Open,
    Flushing,  ///< closeAfterFlush(): writes what is queued, throws input away
    Lingering, ///< all written and shut down, waits for the peer to close
    Closed,
};

struct ConnectionImpl final : IoHandler {
    explicit ConnectionImpl(Connection& connection) : self(connection) {}
    ~ConnectionImpl() override;

    // The ways in, all from the loop.
    void attach();                                ///< first thing on the loop
    void onEvents(std::uint32_t events) override; ///< epoll
    void onReady();                               ///< input without a new edge, or a new handler
    void onHandshakeTurn();
    void onFlushTurn();
    void onCloseTurn();
    void onTimer();

    // connection_read.cpp
    void readProxyHeader();
    void startTls();
    void handshake();
    void opened();
    void readInput();
    std::size_t fill(MutableBytes into);
    std::size_t fillPlain(MutableBytes into);
    std::size_t fillTls(MutableBytes into);
    void handleInput();
    void deliver(MutableBytes bytes);
    void retain(Bytes rest);
    void inputEnded();
    void discardInput();
    void noteHandlerChange();

    // connection_write.cpp
    void queueFlush();
    void flush();
    std::size_t sendPlain();
    std::size_t sendTls();
    void reportDrained();
    void shutdownStream();

    // connection_close.cpp
    void fail(CloseReason::Kind kind, std::string text);
    void queueClose();
    void bury();
    void move();
    void arrive();
    void armTimer();

    void queueReady();
    template <class F> void guarded(F&& callback) noexcept;
    bool isHere() const noexcept; ///< on the calling thread's loop
    void link();
    void unlink() noexcept;

    Connection& self;
    std::shared_ptr<void> keepAlive; ///< memory of the loops
    std::atomic<Loop*> loop{nullptr};
    std::shared_ptr<StreamHandler> handler;
    std::shared_ptr<StreamHandler> newcomer; ///< set by setHandler(), takes over between callbacks
    ConnectionInfo info;
    std::function<void()> onGone;

    int fd = -1;
    ssl_st* ssl = nullptr;
    Phase phase = Phase::New;
    bool isAttached = false; ///< watched by the loop
    bool isReadable = false; ///< an edge was seen and EAGAIN not yet
    bool isWritable = true;
    bool moreFollows = false; // after the TLS record that is being written
    bool isPaused = false;
    bool sawHangup = false; ///< EPOLLRDHUP: an end of stream is behind the input
    bool sawEof = false;       ///< the socket said so, perhaps without a close_notify
    bool hasEnded = false;  ///< the peer sends nothing more
    bool endReported = false;
    bool isAboveHigh = false;
    bool isInReady = false;
    bool isInFlush = false;
    bool isInClose = false;
    bool isInHandshakes = false;
    bool deliverRetained = false; ///< give `retained` without waiting for more
    bool expectProxy = false;
    bool wasOpened = false; ///< onOpen was called, so onClose has to be

    OutQueue out;
    std::vector<std::byte> retained; ///< not yet used by the handler
    std::size_t high = Connection::kDefaultHighWater;
    std::size_t low = Connection::kDefaultLowWater;
    std::size_t queueLimit = 0;
    std::uint64_t written = 0;
    std::uint64_t writtenAtTimer = 0;

    CloseReason reason; ///< valid when closing
    Timer timer;        ///< handshake, idle, flush or linger, depending on the phase
    Millis handshakeTimeout{10000};
    Millis idleTimeout{0};
    Clock::time_point lastReceived{};

    Loop* moveTarget = nullptr;
    std::function<void(Connection&)> afterMove;

    Connection* previous = nullptr; // the loop's list of connections
    Connection* next = nullptr;
    std::shared_ptr<Connection> keepSelf; ///< while on a loop or in transit
};

void logHandlerFault(const char* what) noexcept;

template <class F> void ConnectionImpl::guarded(F&& callback) noexcept {
    try {
        callback();
    } catch (const std::exception& e) {
        logHandlerFault(e.what());
        fail(CloseReason::Kind::Local, "the handler failed");
    } catch (...) {
        logHandlerFault("unknown");
        fail(CloseReason::Kind::Local, "the handler failed");
    }
}

} // namespace trellis::net
