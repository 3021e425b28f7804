/// JSON messages of agents, by `action`: who handles which.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include <trellis/sdk/log.hpp>
#include <trellis/sdk/registrar.hpp>

#include "core/agent/agent_hub.hpp"

namespace trellis::agent {

/// Who sent a message. The device is the one that authenticated, whatever the message says.
struct MessageSender {
    std::string deviceId;
    std::string address;
    AgentHandle agent;
};
/// Runs on the device's strand (worker pool). A throw is logged; the connection goes on.
using MessageHandler = std::function<void(const MessageSender&, const json::object& message)>;

/// Any thread.
class AgentMessages {
public:
    /// JSON deeper than this, or with more members in one object, is refused (demands: deep JSON).
    static constexpr std::size_t kMaxDepth = 32;

    /// Withdraws the handler when destroyed and waits for a running call (10 s at most).
    class Registration {
    public:
        struct Entry;
        Registration() = default;
        explicit Registration(std::shared_ptr<Entry> entry);
        Registration(Registration&&) noexcept = default;
        Registration& operator=(Registration&&) noexcept;
        ~Registration();
        /// False if a call still runs at the deadline. Not from the handler itself.
        bool withdraw(sdk::Deadline deadline) noexcept;

    private:
        std::shared_ptr<Entry> entry_;
    };

    explicit AgentMessages(sdk::Log& log);
    ~AgentMessages();
    AgentMessages(const AgentMessages&) = delete;
    AgentMessages& operator=(const AgentMessages&) = delete;

    /// `owner`: "core" or a plugin's id. Throws sdk::Error{Conflict} naming both owners when the action
    /// is taken, {InvalidArgument} when it isn't 1 to 64 printable ASCII characters.
    [[nodiscard]] Registration add(sdk::AgentMessageSpec spec, MessageHandler handler,
                                   std::string owner);

    /// The owner of an action, "" if it is free.
    std::string ownerOf(std::string_view action) const;

    enum class Outcome : std::uint8_t { Handled = 1, Unknown, NotJson, TooLong, BadShape, Failed };
    /// Parses `text`, checks it against the schema of its action and calls the handler. Unknown actions
    /// are ignored, as the protocol wants. Blocks as long as the handler does; never throws.
    Outcome deliver(const MessageSender& sender, std::string_view text) noexcept;

private:
    struct State;
    std::shared_ptr<State> state_;
};

} // namespace trellis::agent
