/// A TLS and WebSocket server for one agent at a time, driven by a test's thread step by step. Independent of
/// the product's own server and of the agent's WebSocket code.
#pragma once

#include "test_keys.hpp"

#include <trellis/wire/channel.hpp>

#include <memory>
#include <optional>
#include <string>
#include <thread>

struct ssl_st;
struct ssl_ctx_st;

namespace agentd_test {
namespace wire = trellis::wire;

struct Frame {
    int opcode = 0;
    std::string payload;
};

class FakeServer {
public:
    /// Listens on a free loopback port. The TLS certificate is the same for the life of the object.
    FakeServer();
    ~FakeServer();
    FakeServer(const FakeServer&) = delete;
    FakeServer& operator=(const FakeServer&) = delete;
    int port() const noexcept { return port_; }
    const wire::Hash& certificateHash() const noexcept { return hash_; }

    /// Each throws std::runtime_error after 40 s, when the peer is gone or breaks the protocol.
    /// Accepts TLS and the upgrade; returns the request head.
    std::string accept();
    /// Accepts TLS and reads the request without answering it.
    std::string acceptRequest();
    void answer(const std::string& bytes);
    void send(int opcode, const std::string& payload);
    void send(const wire::Bytes& command) { send(2, std::string(wire::textOf(command))); }
    Frame receive();
    /// The next frame that is a binary command, as its bytes.
    wire::Bytes receiveCommand();
    /// Reads commands until `command` comes; what came before is skipped.
    wire::Bytes receiveUntil(wire::Command command);
    /// True if the agent sends nothing that is `command` until it closes or 300 ms pass in silence.
    bool neverReceives(wire::Command command);
    void close();

    /// The whole server half of the handshake as `who`; returns the AuthInfo.
    wire::AuthInfo authenticate(const trellis::device::Identity& who);

private:
    void readExactly(char* into, std::size_t size);
    std::string readHead();

    ssl_ctx_st* context_ = nullptr;
    ssl_st* ssl_ = nullptr;
    int listener_ = -1;
    int socket_ = -1;
    int port_ = 0;
    wire::Hash hash_{};
};

}  // namespace agentd_test
