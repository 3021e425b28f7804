/// What follows authentication (agent-protocol.md sections 3.5, 4.1 to 4.3): the agent's executable,
/// then its script. Without sockets and files; one object per connection, one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <trellis/wire/channel.hpp>

#include "core/agent/agent_binaries.hpp"
#include "core/agent/script_assembler.hpp"

namespace trellis::agent {

/// How often the device was lost lately (section 3.5, step 7).
enum class Throttle : std::uint8_t {
    None = 1,
    ClearScript, ///< confirmed, but gets no script: a script that kills the agent has to go
    Silence,     ///< not even confirmed
};

class Negotiation {
public:
    static constexpr int kMaxPushes = 5; ///< section 4.6, loop guard

    struct Settings {
        std::uint32_t capabilities = 0;
        std::uint32_t archId = 0;
        Throttle throttle = Throttle::None;
        /// The executable that this agent should have; nullopt: not managed.
        std::optional<AgentBinary> binary;
        /// Another executable that needs no update either (section 4.2: macOS universal).
        std::optional<wire::Hash> alsoCurrent;
        std::function<std::shared_ptr<const AgentScript>()> script;
        /// May an update begin now? Called once, when it is due.
        std::function<bool()> mayUpdate;
    };
    explicit Negotiation(Settings settings);

    struct Step {
        std::vector<wire::Bytes> send;
        /// Sent behind `send`.
        std::shared_ptr<const AgentScript> push;
        /// Read this many bytes of the executable from this offset, then call blockRead().
        struct Read {
            std::uint64_t offset;
            std::size_t size;
        };
        std::optional<Read> read;
        bool isStable = false;  ///< the wanted script runs (again)
        bool hasNoScript = false; ///< the agent says that it runs none
        bool isMalformed = false; ///< close the connection
        bool hasUpdated = false;  ///< the whole executable was sent
    };
    /// Authenticated: the confirmation and the first question.
    Step begin();
    /// A binary command of the agent.
    Step onMessage(wire::ByteView message);
    /// nullopt if the file could not be read: the update is abandoned.
    Step blockRead(std::optional<wire::Bytes> data);
    /// The wanted script changed: asks what the agent has.
    Step renew();

    /// While true the agent's JSON is ignored (section 4.3).
    bool isUpdating() const noexcept { return update_.has_value(); }
    bool isStable() const noexcept { return state_ == State::Stable; }
    /// What is being sent, or would be.
    const std::optional<AgentBinary>& binary() const noexcept { return settings_.binary; }
    /// Whether the agent takes a script at all.
    bool wantsScript() const noexcept;

private:
    enum class State : std::uint8_t { New = 1, AskedBinary, Updating, AskedScript, Pushed, Stable, GaveUp, Ended };
    struct Update {
        AgentBinary binary;
        std::uint64_t sent = 0;
        bool isReading = false; ///< a Read is out; acknowledgements meanwhile are early
        bool isEnding = false;
    };
    Step askScript();
    Step onScriptHash(wire::ByteView message);
    Step onBinaryHash(wire::ByteView message);
    Step onBlockTaken(wire::ByteView message);
    bool isUpdateWanted(const std::optional<wire::Hash>& reported);
    Step beginUpdate();
    Step nextBlock();
    Step pushScript();
    Step stable();

    Settings settings_;
    State state_ = State::New;
    std::optional<Update> update_;
    /// Questions, pushes and clears that the agent has not answered yet; it answers each, in order
    /// (section 4.1). Only the last answer tells what it runs.
    int unanswered_ = 0;
    wire::Hash pushedHash_{};
    int pushes_ = 0;
};

} // namespace trellis::agent
