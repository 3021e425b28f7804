/// One command being served: answers once, in time, and leaves its audit record.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <trellis/sdk/host.hpp>

#include "core/api/audit.hpp"
#include "core/api/registry.hpp"

namespace trellis::bus {
class Timers;
class WorkerPool;
} // namespace trellis::bus

namespace trellis::api {

/// Any thread. The first of result(), fail() and finish() ends it; what comes later is dropped. The
/// answer of an audited call that succeeded goes out when its record is on disk: what somebody was
/// told has happened can be shown to have happened. Its messages wait until then, too.
class ActiveCall : public std::enable_shared_from_this<ActiveCall> {
public:
    /// `pool`: where an audited call that was answered on an I/O loop waits for its record.
    ActiveCall(CommandEntryPtr entry, Call call, std::shared_ptr<CallSink> sink, AuditTrail& audit,
               bus::WorkerPool& pool);
    ~ActiveCall(); ///< fail(Internal) if nothing ended it

    CommandEntry& entry() const noexcept { return *entry_; }
    sdk::Request& request() noexcept {
        return request_;
    } ///< for the dispatcher, before the handler
    const sdk::Request& request() const noexcept { return request_; }
    json::object& args() noexcept { return args_; } ///< for the dispatcher, before the handler
    const json::object& args() const noexcept { return args_; }
    const json::value* responseId() const noexcept { return responseId_ ? &*responseId_ : nullptr; }
    const json::value* tag() const noexcept { return tag_ ? &*tag_ : nullptr; }
    void setTarget(std::string id) { target_ = std::move(id); }

    /// Fails the call with DeadlineExceeded when it is still open at its deadline.
    void watch(bus::Timers& timers, bus::WorkerPool& pool);
    void result(json::value value);     ///< ends a Named call
    void message(json::object message); ///< of a Wire call; dropped once it ended
    void fail(const sdk::Error& error);
    void finish(); ///< ends a Wire call
    /// Whether answers still count.
    bool isOpen() const;

private:
    using Answer = std::function<void(CallSink&)>;
    bool end(); ///< false if it had ended
    void succeed(Answer answer);
    void tell(const Answer& answer);
    bool isAudited() const noexcept { return entry_->spec->command.audited; }
    std::optional<WireError> wireError(const sdk::Error& error) const;
    void record(const std::string& result) noexcept;

    const CommandEntryPtr entry_;
    const std::shared_ptr<CallSink> sink_;
    AuditTrail& audit_;
    bus::WorkerPool& pool_;
    sdk::Request request_;
    json::object args_;
    std::optional<json::value> responseId_, tag_;
    std::string target_;
    mutable std::mutex mutex_; ///< also keeps the calls of sink_ apart
    bool isEnded_ = false;
    std::vector<json::object> held_; ///< messages of an audited call
    sdk::HandlePtr timer_;
};

/// A short random id that joins an answer with the log lines about it.
std::string newTraceId();

} // namespace trellis::api
