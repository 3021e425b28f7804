/// Agents and tunnels of the bench, on its loop.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/loop.hpp"
#include "tests/support/agent_end.hpp"

namespace trellis::bench {

/// An agent that connects, authenticates and then stays idle.
class BenchAgent {
public:
    BenchAgent(Loop& loop, const test::AgentMint::Identity& identity,
               const test::AgentSettings& settings, bool isPinned);
    bool isReady() const { return handshake_ && handshake_->isDone() && peer_.isOpen(); }
    bool isClosed() const { return peer_.stage() == Peer::Stage::Closed; }
    std::function<void(std::string_view json)> onJson;

private:
    void sendAll(const std::vector<wire::Bytes>& messages);
    Peer peer_;
    std::unique_ptr<test::AgentHandshake> handshake_;
};

/// Both ends of a tunnel of the plugin in tests/support/passage, ready for data.
struct BenchTunnel {
    /// `auth`: "name: value" line of an administrator. Throws std::runtime_error if it fails.
    BenchTunnel(Loop& loop, BenchAgent& agent, const std::string& deviceId, const std::string& auth);
    std::unique_ptr<Peer> viewer;
    std::unique_ptr<Peer> device;

private:
    std::unique_ptr<Peer> control_;
};

} // namespace trellis::bench
