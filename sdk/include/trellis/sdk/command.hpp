/// JSON commands: one declaration serves the control channel, the REST call and the CLI.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include <trellis/sdk/error.hpp>
#include <trellis/sdk/json.hpp>
#include <trellis/sdk/request.hpp>
#include <trellis/sdk/rights.hpp>
#include <trellis/sdk/schema.hpp>

namespace trellis::sdk {

/// How the answer looks on the control channel.
enum class ReplyShape : std::uint8_t {
    /// `{action, responseid, result}` or `{action, responseid, error: {code, message, field}}`.
    Named = 1,
    /// The handler's object is the whole message (`action`, and `responseid` if asked for, are
    /// filled in when absent); null sends nothing. A `result` goes only to who sent a `responseid`.
    /// For actions whose shape the wire already has.
    Wire,
};

/// How a command of ReplyShape::Wire words its refusals (control-protocol 3.0). They go to who sent a
/// `responseid`, as `{action, responseid, result: <text>}`; others hear nothing.
struct WireTexts {
    /// For a refused argument, by the name of the top-level member; others get "Invalid arguments".
    std::map<std::string, std::string, std::less<>> arguments{};
    std::string denied = "Access denied";  ///< missing right, unknown or foreign id
    /// `action` of the answer by its text, where that is not the command's own.
    std::map<std::string, std::string, std::less<>> actions{};
    bool echoesId = true;  ///< answers carry the request's `responseid`; refusals always do
    bool echoesTag = false;  ///< answers carry the request's `tag`, which the handler does not see
};

struct CommandSpec {
    std::string name;     ///< "<plugin id>.<verb>"; the wire's `action` where it has one
    std::string summary;  ///< one line, shown in generated documentation
    Schema args;
    Schema result;
    Requirement requires_{};
    bool audited = false;  ///< write an audit record with the arguments, secrets removed
    Seconds timeout{30};
    ReplyShape shape = ReplyShape::Named;
    WireTexts wire{};  ///< for ReplyShape::Wire
};

/// Answers a command exactly once, from any thread. Copies share the one answer; the first counts,
/// later ones are ignored. If every copy is destroyed unanswered the caller gets Internal and the
/// plugin a fault.
class TRELLIS_API Reply {
public:
    struct Sink {
        virtual ~Sink();
        virtual void answered(json::value result) = 0;
        virtual void failed(const Error& error) = 0;
        /// Every copy was destroyed unanswered. Default: failed() with Internal.
        virtual void abandoned();
    };
    /// `sink` null: a Reply without a caller, to be assigned later; answering it does nothing.
    explicit Reply(std::shared_ptr<Sink> sink);
    void ok(json::value result) const;
    void fail(const Error& error) const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

/// Runs on the worker pool, in order for one caller, at the same time for different callers.
/// Throwing Error is the same as reply.fail().
using CommandHandler = std::function<void(const Request&, const json::object& args, Reply)>;
/// The common case: the returned value is the answer.
using SimpleCommandHandler = std::function<json::value(const Request&, const json::object& args)>;

}  // namespace trellis::sdk
