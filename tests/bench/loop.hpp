/// Thousands of TLS clients on one thread: epoll, OpenSSL on non-blocking sockets, WebSocket frames.
/// Checks no certificate; made for measuring, not for the world.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

namespace trellis::bench {

class Peer;

/// One thread runs everything; callbacks come from turn().
class Loop {
public:
    explicit Loop(std::uint16_t port);
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    void turn(std::chrono::milliseconds longest); ///< one wait and its callbacks
    /// Turns until `isDone`; throws std::runtime_error with `what` at the deadline.
    void until(const std::function<bool()>& isDone, const char* what,
               std::chrono::seconds limit = std::chrono::seconds(120));

private:
    friend class Peer;
    int epoll_ = -1;
    std::uint16_t port_;
    SSL_CTX* context_;
};

/// A connection to the server. Errors close it: isOpen() is false and onClose was called.
class Peer {
public:
    enum class Stage : std::uint8_t { Connecting = 1, Tls, Upgrading, WebSocket, Plain, Closed };

    /// `target`: path of a WebSocket; "" leaves it a TCP connection that says nothing.
    Peer(Loop& loop, const std::string& target, const std::string& header = {});
    ~Peer();
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    std::function<void()> onOpen;
    std::function<void(int opcode, std::string_view payload)> onMessage; ///< fragments singly
    std::function<void()> onWritable; ///< nothing is unsent
    std::function<void()> onClose;

    void send(int opcode, std::string_view payload); ///< 1 text, 2 binary
    /// Sends bytes that are framed already; what does not go out at once is kept.
    void sendRaw(std::string_view bytes);
    void setReading(bool isOn);
    std::size_t unsent() const { return out_.size() - outAt_; }
    bool isOpen() const { return stage_ == Stage::WebSocket || stage_ == Stage::Plain; }
    Stage stage() const { return stage_; }
    std::string certificateDer() const;

private:
    friend class Loop;
    void onEvents(unsigned events);
    void step(); ///< as far as it gets without waiting
    void readMore();
    void takeFrames();
    bool takeUpgrade();
    bool flush();
    void wait();
    void close();

    Loop& loop_;
    int fd_ = -1;
    SSL* ssl_ = nullptr;
    Stage stage_ = Stage::Connecting;
    std::string request_;
    std::string in_;
    std::string out_;
    std::size_t outAt_ = 0;
    bool isReading_ = true;
    unsigned waitingFor_ = 0;
};

/// A masked client frame with the key zero, whose payload therefore is as it was.
std::string frame(int opcode, std::string_view payload);

} // namespace trellis::bench
