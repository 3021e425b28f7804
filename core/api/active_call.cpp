#include "core/api/active_call.hpp"

#include "core/auth/api_tokens.hpp"
#include "core/bus/timers.hpp"
#include "core/bus/worker_pool.hpp"
#include "core/net/loop.hpp"
#include "core/store/random.hpp"
#include "core/telemetry/log.hpp"

namespace trellis::api {

namespace {

std::optional<json::value> take(json::object& message, std::string_view name) {
    const auto place = message.find(json::string_view(name.data(), name.size()));
    if (place == message.end())
        return std::nullopt;
    auto value = std::move(place->value());
    message.erase(place);
    return value;
}

} // namespace

std::string newTraceId() {
    return store::hex(store::randomBytes(8));
}

ActiveCall::ActiveCall(CommandEntryPtr entry, Call call, std::shared_ptr<CallSink> sink,
                       AuditTrail& audit, bus::WorkerPool& pool)
    : entry_(std::move(entry)), sink_(std::move(sink)), audit_(audit), pool_(pool),
      args_(std::move(call.message)) {
    responseId_ = take(args_, "responseid");
    take(args_, "action");
    if (entry_->isWire()) {
        tag_ = take(args_, "tag");
    }
    request_.caller = std::move(call.caller);
    request_.traceId = newTraceId();
    request_.deadline = sdk::Clock::now() + entry_->spec->command.timeout;
    if (call.deadline && *call.deadline < request_.deadline)
        request_.deadline = *call.deadline;
}

ActiveCall::~ActiveCall() {
    if (isOpen())
        fail(sdk::Error(sdk::ErrorCode::Internal, "the command was not answered"));
}

void ActiveCall::watch(bus::Timers& timers, bus::WorkerPool& pool) {
    if (!isOpen())
        return;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(request_.deadline - sdk::Clock::now());
    auto timer = timers.after(
        std::max(left, std::chrono::milliseconds(0)),
        [&pool](std::function<void()> task) { return pool.post(std::move(task)); },
        [weak = weak_from_this()] {
            if (const auto call = weak.lock())
                call->fail(sdk::Error(sdk::ErrorCode::DeadlineExceeded, "no answer in time"));
        });
    const std::scoped_lock lock(mutex_);
    if (!isEnded_)
        timer_ = std::move(timer);
}

bool ActiveCall::isOpen() const {
    const std::scoped_lock lock(mutex_);
    return !isEnded_;
}

bool ActiveCall::end() {
    sdk::HandlePtr timer; // goes after the lock: it may wait for a callback that wants the lock
    const std::scoped_lock lock(mutex_);
    if (isEnded_)
        return false;
    isEnded_ = true;
    timer = std::move(timer_);
    return true;
}

void ActiveCall::tell(const Answer& answer) {
    const std::scoped_lock lock(mutex_);
    for (auto& message : held_)
        sink_->onMessage(std::move(message));
    held_.clear();
    if (answer)
        answer(*sink_);
    sink_->onDone();
}

void ActiveCall::succeed(Answer answer) {
    const auto recordAndTell = [self = shared_from_this(), answer = std::move(answer)] {
        self->record("ok"); // waits for the disk
        self->tell(answer);
    };
    const bool mustNotWait = isAudited() && net::Loop::current() != nullptr;
    if (!mustNotWait || !pool_.post(recordAndTell))
        recordAndTell(); // on a loop the record is only queued; the pool was too busy
}

void ActiveCall::result(json::value value) {
    if (!end())
        return;
    auto shared = std::make_shared<json::value>(std::move(value));
    succeed([shared](CallSink& sink) { sink.onResult(std::move(*shared)); });
}

void ActiveCall::message(json::object message) {
    const std::scoped_lock lock(mutex_);
    if (isEnded_)
        return;
    if (isAudited())
        held_.push_back(std::move(message));
    else
        sink_->onMessage(std::move(message));
}

void ActiveCall::fail(const sdk::Error& error) {
    if (!end())
        return;
    record(std::string(sdk::codeName(error.code())));
    tell([&](CallSink& sink) { sink.onError(error, request_.traceId, wireError(error)); });
}

void ActiveCall::finish() {
    if (end())
        succeed({});
}

std::optional<WireError> ActiveCall::wireError(const sdk::Error& error) const {
    if (!entry_->isWire())
        return std::nullopt;
    if (error.code() == sdk::ErrorCode::Internal)
        return WireError{"Internal error " + request_.traceId, 0, ""};
    const std::string_view text = error.what();
    const auto& ids = entry_->spec->messageIds;
    const auto id = ids.find(text);
    const auto& actions = entry_->spec->errorActions;
    const auto action = actions.find(text);
    return WireError{error.what(), id == ids.end() ? 0 : id->second,
                     action == actions.end() ? entry_->spec->errorAction : action->second};
}

void ActiveCall::record(const std::string& result) noexcept {
    const auto& spec = entry_->spec->command;
    if (!isAudited())
        return;
    try {
        json::value masked = args_;
        spec.args.maskSecrets(masked);
        AuditRecord line;
        line.time = std::chrono::system_clock::now();
        line.userId = request_.caller.userId;
        line.address = request_.caller.address;
        line.domain = request_.caller.domain;
        line.command = spec.name;
        line.target = target_;
        line.token = auth::ApiTokens::nameIn(request_.caller.sessionId);
        line.arguments = std::move(masked.get_object());
        line.result = result;
        line.traceId = request_.traceId;
        audit_.append(line);
    } catch (const std::exception& reason) {
        telemetry::log("audit").error("record lost",
                                      {{"command", spec.name}, {"why", reason.what()}});
    }
}

} // namespace trellis::api
