/// A command as the dispatcher knows it: the SDK's declaration plus what the wire needs.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <trellis/sdk/command.hpp>

namespace trellis::api {

namespace json = boost::json;

/// Whether a Wire reply carries the request's `responseid` (control-protocol section 3, "rid").
enum class ResponseId : std::uint8_t { Echoed = 1, Left };

/// A command of the core in the wire's own shape. Errors are answered as `{action, responseid,
/// result: <text>}` when the request had a `responseid`, and are silent otherwise.
struct WireSpec {
    sdk::CommandSpec command;
    /// The wire's text for a refused argument, by the name of the top-level member ("nodeid" ->
    /// "Invalid nodeid"). A member that is not listed gets "Invalid arguments".
    std::map<std::string, std::string, std::less<>> fieldTexts;
    std::string deniedText = "Access denied"; ///< missing right, unknown or foreign id
    /// `action` of an error's answer by its text, where that is not the command's own.
    std::map<std::string, std::string, std::less<>> errorActions;
    /// `msgid` that goes with an error text, where the wire has one. Such errors are shown as a
    /// pop-up to clients that asked for no answer.
    std::map<std::string, int, std::less<>> messageIds;
    ResponseId responseId = ResponseId::Echoed;
    /// The `action` of a refusal where the wire has another one than the command's; "": the same.
    std::string errorAction;
    /// What the command itself asks on each device or group that it is given, where the dispatcher
    /// can't: the wire answers for each of several, or takes a group's name. Checked with meets()
    /// (commands/support.hpp), shown by the reference and by rights.explain.
    std::optional<sdk::Requirement> each = std::nullopt;
};

/// One running Wire command. Keeps the call open: it ends when the last copy is gone. Any thread.
class WireCall {
public:
    struct State;
    explicit WireCall(std::shared_ptr<State> state) : state_(std::move(state)) {}

    const sdk::Request& request() const;
    const WireSpec& spec() const;
    /// The message without `action` and `responseid`; it passed the schema.
    const json::object& args() const;
    /// True when the request had a `responseid`: many errors are answered only then.
    bool wantsReply() const;

    /// Sends a message; `action` is filled in when absent, and `responseid` and (if `WithTag`)
    /// `tag` as the spec says. Any number of times until the deadline.
    void send(json::object message) const;
    /// send({result: text}) when the request had a `responseid`; nothing otherwise.
    void result(std::string_view text) const;
    /// send() with the request's `tag`, if it had one.
    void sendTagged(json::object message) const;

private:
    std::shared_ptr<State> state_;
};

/// Runs on the caller's strand. Throwing Error is answered with its text as `result`.
using WireHandler = std::function<void(const WireCall&)>;

/// What the wire says of a failed Wire command.
struct WireError {
    std::string text;     ///< `result`
    int messageId = 0;    ///< `msgid`, 0: none
    std::string action{}; ///< "": the command's own
};

/// Where the answers of one call go. Any thread; calls for one command never overlap.
class CallSink {
public:
    virtual ~CallSink() = default;
    /// The answer of a Named command.
    virtual void onResult(json::value result) = 0;
    /// A message of a Wire command, complete as it goes on the wire.
    virtual void onMessage(json::object message) = 0;
    /// The call failed. `wire`: set for Wire commands.
    virtual void onError(const sdk::Error& error, const std::string& traceId,
                         const std::optional<WireError>& wire) = 0;
    /// Nothing more follows. Always the last call, exactly once.
    virtual void onDone() {}
};

/// One request to run a command.
struct Call {
    std::string command;
    json::object message; ///< arguments; on the control channel the whole message
    sdk::Caller caller;
    std::optional<sdk::Deadline> deadline; ///< earlier of this and the command's own limit counts
};

} // namespace trellis::api
