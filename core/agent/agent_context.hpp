/// What the connections of agents share. Internal to core/agent.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "core/agent/agent_channel.hpp"
#include "core/agent/flap_guard.hpp"
#include "core/bus/lane.hpp"
#include "core/telemetry/metrics.hpp"

namespace trellis::agent {

/// Counts that operators see.
struct AgentMetrics {
    explicit AgentMetrics(telemetry::Metrics& metrics);
    sdk::Counter& connects;
    sdk::Counter& signatures;
    sdk::Counter& failures;
    sdk::Counter& messages;
    sdk::Counter& refusedMessages;
    sdk::Counter& scriptPushes;
    sdk::Counter& updates;
};

/// A limited number of something; take() counts it in, the destructor of Slot out. Any thread.
class SlotPool {
public:
    class Slot {
    public:
        Slot() = default;
        explicit Slot(std::shared_ptr<std::atomic<int>> used) : used_(std::move(used)) {}
        Slot(Slot&&) noexcept = default;
        Slot& operator=(Slot&& other) noexcept {
            release();
            used_ = std::move(other.used_);
            return *this;
        }
        ~Slot() { release(); }
        explicit operator bool() const noexcept { return used_ != nullptr; }
        void release() noexcept {
            if (used_) used_->fetch_sub(1);
            used_.reset();
        }

    private:
        std::shared_ptr<std::atomic<int>> used_;
    };
    explicit SlotPool(int limit) : limit_(limit) {}
    /// An empty slot when all are taken.
    Slot take() {
        if (used_->fetch_add(1) < limit_) return Slot(used_);
        used_->fetch_sub(1);
        return {};
    }
    int used() const noexcept { return used_->load(); }

private:
    std::shared_ptr<std::atomic<int>> used_ = std::make_shared<std::atomic<int>>(0);
    int limit_;
};

/// Which update was tried how often for which device, so that one that never succeeds ends.
class UpdateTries {
public:
    static constexpr int kMaxTries = 3;
    static constexpr std::size_t kMaxDevices = 20000; ///< when full it starts anew
    /// True, and counted, if this executable may be sent to the device once more.
    bool mayTry(const std::string& deviceId, const wire::Hash& hash);

private:
    struct Entry {
        wire::Hash hash{};
        int tries = 0;
    };
    std::mutex mutex_; // guards entries_
    std::map<std::string, Entry> entries_;
};

struct AgentContext {
    explicit AgentContext(AgentServices from);

    AgentServices services;
    sdk::Log& log;
    AgentMetrics metrics;
    AgentHub hub;
    AgentMessages messages;
    ScriptAssembler script;
    AgentBinaries binaries;
    FlapGuard flaps;
    UpdateTries updateTries;
    /// Signing, verifying and admitting: when all agents come back at once, users still log in.
    bus::Lane handshakes;
    /// Rejected connections that stay open in silence; one more is closed.
    SlotPool held{2000};
    /// Updates under way; an agent that finds none free is updated at its next connect.
    SlotPool updates{16};
    SessionRouter* router = nullptr; ///< set before the first connection
};

} // namespace trellis::agent
