#include "core/api/dispatcher.hpp"

#include <condition_variable>
#include <mutex>

#include "core/api/active_call.hpp"
#include "core/bus/decisions.hpp"
#include "core/model/ids.hpp"

namespace trellis::api {

using sdk::Error;
using sdk::ErrorCode;

struct Dispatcher::Impl {
    explicit Impl(Services given) : services(given) {}

    void serve(const std::shared_ptr<ActiveCall>& call);
    void checkSite(const ActiveCall& call) const;
    void checkArguments(ActiveCall& call) const;
    void checkTarget(ActiveCall& call) const;
    void decide(const ActiveCall& call) const;
    void runHandler(const std::shared_ptr<ActiveCall>& call, std::shared_ptr<void>& keep) const;

    Services services;
    CommandRegistry registry;
};

// ---- registration -------------------------------------------------------------------------------

struct Registration::Owner {
    std::weak_ptr<CommandRegistry> registry;
    CommandEntryPtr entry;
};

Registration& Registration::operator=(Registration&& other) noexcept {
    if (this != &other) {
        withdraw(sdk::Clock::now() + sdk::Seconds(10));
        owner_ = std::move(other.owner_);
    }
    return *this;
}

Registration::~Registration() {
    withdraw(sdk::Clock::now() + sdk::Seconds(10));
}

bool Registration::withdraw(sdk::Deadline deadline) noexcept {
    if (!owner_)
        return true;
    if (const auto registry = owner_->registry.lock())
        registry->remove(*owner_->entry);
    const bool isIdle = owner_->entry->withdraw(deadline);
    if (isIdle)
        owner_.reset();
    return isIdle;
}

namespace {

CommandEntryPtr makeEntry(WireSpec spec, std::variant<sdk::CommandHandler, WireHandler> handler,
                          std::string owner) {
    auto entry = std::make_shared<CommandEntry>();
    entry->spec = std::make_shared<const WireSpec>(std::move(spec));
    entry->handler = std::move(handler);
    entry->owner = std::move(owner);
    return entry;
}

} // namespace

Dispatcher::Dispatcher(Services services) : impl_(std::make_shared<Impl>(services)) {}
Dispatcher::~Dispatcher() = default;

Registration Dispatcher::add(sdk::CommandSpec spec, sdk::CommandHandler handler,
                             std::string owner) {
    WireSpec wire;
    wire.fieldTexts = spec.wire.arguments;
    wire.deniedText = spec.wire.denied;
    wire.errorActions = spec.wire.actions;
    wire.responseId = spec.wire.echoesId ? ResponseId::Echoed : ResponseId::Left;
    wire.command = std::move(spec);
    auto entry = makeEntry(std::move(wire), std::move(handler), std::move(owner));
    impl_->registry.add(entry);
    return Registration(std::make_shared<Registration::Owner>(Registration::Owner{
        std::shared_ptr<CommandRegistry>(impl_, &impl_->registry), std::move(entry)}));
}

Registration Dispatcher::add(sdk::CommandSpec spec, sdk::SimpleCommandHandler handler,
                             std::string owner) {
    return add(std::move(spec),
               sdk::CommandHandler([handler = std::move(handler)](const sdk::Request& request,
                                                                  const json::object& args,
                                                                  const sdk::Reply& reply) {
                   reply.ok(handler(request, args));
               }),
               std::move(owner));
}

Registration Dispatcher::add(WireSpec spec, WireHandler handler, std::string owner) {
    auto entry = makeEntry(std::move(spec), std::move(handler), std::move(owner));
    impl_->registry.add(entry);
    return Registration(std::make_shared<Registration::Owner>(Registration::Owner{
        std::shared_ptr<CommandRegistry>(impl_, &impl_->registry), std::move(entry)}));
}

std::vector<CommandInfo> Dispatcher::commands() const {
    std::vector<CommandInfo> list;
    for (const auto& entry : impl_->registry.all())
        list.push_back({entry->spec, entry->owner});
    return list;
}

std::optional<CommandInfo> Dispatcher::find(std::string_view name) const {
    const auto entry = impl_->registry.find(name);
    if (!entry)
        return std::nullopt;
    return CommandInfo{entry->spec, entry->owner};
}

// ---- the way of one call ------------------------------------------------------------------------

void Dispatcher::run(Call call, std::shared_ptr<CallSink> sink) noexcept {
    try {
        const auto entry = impl_->registry.find(call.command);
        if (!entry) {
            sink->onError(Error(ErrorCode::NotFound, "no such command"), newTraceId(),
                          std::nullopt);
            sink->onDone();
            return;
        }
        impl_->serve(std::make_shared<ActiveCall>(entry, std::move(call), std::move(sink),
                                                  *impl_->services.audit, *impl_->services.pool));
    } catch (const std::exception& reason) {
        impl_->services.log->error("command could not be answered", {{"why", reason.what()}});
    }
}

void Dispatcher::Impl::serve(const std::shared_ptr<ActiveCall>& call) {
    // What the handler answers through; outlives the try block, because its end is an answer too.
    std::shared_ptr<void> keep;
    try {
        checkSite(*call);
        checkArguments(*call);
        checkTarget(*call);
        decide(*call);
        runHandler(call, keep);
    } catch (const Error& error) {
        call->fail(error);
    } catch (const std::exception& reason) {
        services.log->error("command failed", {{"command", call->entry().spec->command.name},
                                               {"trace", call->request().traceId},
                                               {"why", reason.what()}});
        call->fail(Error(ErrorCode::Internal, "internal error"));
    } catch (...) {
        services.log->error("command failed", {{"command", call->entry().spec->command.name},
                                               {"trace", call->request().traceId},
                                               {"why", "not a std::exception"}});
        call->fail(Error(ErrorCode::Internal, "internal error"));
    }
}

void Dispatcher::Impl::checkSite(const ActiveCall& call) const {
    const auto& caller = call.request().caller;
    const auto& spec = *call.entry().spec;
    const auto& need = spec.command.requires_;
    if (caller.isLocalAdmin)
        return;
    const bool isSite = need.scope == sdk::Scope::Site;
    if (!auth::RightsDecider::judgeSite(caller.siteRights, caller.domain, isSite ? need.right : 0,
                                        isSite ? need.forbidden : 0))
        throw Error(ErrorCode::Forbidden, spec.deniedText);
}

namespace {

/// "meshid" of "/meshid/0": the argument that the problem is in.
std::string argumentOf(const std::string& pointer) {
    if (pointer.empty())
        return {};
    const auto end = pointer.find('/', 1);
    return pointer.substr(1, end == std::string::npos ? end : end - 1);
}

[[noreturn]] void refuseArgument(const ActiveCall& call, const sdk::Problem& problem) {
    std::string text = problem.pointer + (problem.pointer.empty() ? "" : ": ") + problem.message;
    if (call.entry().isWire()) {
        const auto& texts = call.entry().spec->fieldTexts;
        const auto place = texts.find(argumentOf(problem.pointer));
        text = place == texts.end() ? "Invalid arguments" : place->second;
    }
    throw Error(ErrorCode::InvalidArgument, text, problem.pointer);
}

} // namespace

void Dispatcher::Impl::checkArguments(ActiveCall& call) const {
    json::value args = std::move(call.args());
    std::vector<sdk::Problem> problems;
    const bool isGood = call.entry().spec->command.args.checkAndFill(args, problems);
    call.args() = std::move(args.get_object());
    if (!isGood)
        refuseArgument(call, problems.front());
}

void Dispatcher::Impl::checkTarget(ActiveCall& call) const {
    const auto& spec = *call.entry().spec;
    const auto& need = spec.command.requires_;
    const bool isDevice = need.scope == sdk::Scope::Device;
    if (!isDevice && need.scope != sdk::Scope::Group)
        return;

    std::string name = need.argument ? need.argument : "";
    if (name.empty())
        name = isDevice ? "nodeid" : "meshid";
    auto& args = call.args();
    auto& request = call.request();
    const auto place = args.find(name);
    const auto* given = place == args.end() ? nullptr : place->value().if_string();
    if (!given)
        refuseArgument(call, {"/" + name, "expected an id", sdk::Problem::Kind::Missing});
    const auto kind = isDevice ? model::IdKind::Device : model::IdKind::Group;
    const auto id = model::completeId(kind, request.caller.domain, {given->data(), given->size()});
    // On the wire something that can't be an id is one that nobody knows.
    if (!id && call.entry().isWire())
        throw Error(ErrorCode::NotFound, spec.deniedText, "/" + name);
    if (!id)
        refuseArgument(call, {"/" + name, "not an id", sdk::Problem::Kind::WrongType});

    const auto access = isDevice ? services.access->device(request.caller, *id)
                                 : services.access->group(request.caller, *id);
    // An id of another tenant and one that doesn't exist get the same answer.
    if (!access.isVisible) {
        throw Error(ErrorCode::NotFound,
                    call.entry().isWire()
                        ? spec.deniedText
                        : std::string(isDevice ? "no such device" : "no such group"),
                    "/" + name);
    }
    if (!allows(access.rights, need.right, need.forbidden))
        throw Error(ErrorCode::Forbidden, spec.deniedText, "/" + name);
    place->value() = *id;
    (isDevice ? request.deviceId : request.groupId) = *id;
    if (isDevice)
        request.groupId = access.groupId;
    request.deviceRights = access.rights;
    call.setTarget(*id);
}

void Dispatcher::Impl::decide(const ActiveCall& call) const {
    if (!services.decisions)
        return;
    const auto answer = services.decisions->ask("command.allow", call.request(),
                                                {{"command", call.entry().spec->command.name}});
    if (answer == sdk::Decision::Deny || answer == sdk::Decision::NeedMore)
        throw Error(ErrorCode::Forbidden, call.entry().spec->deniedText);
}

// ---- handlers -----------------------------------------------------------------------------------

struct WireCall::State {
    explicit State(std::shared_ptr<ActiveCall> active) : call(std::move(active)) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { call->finish(); }
    std::shared_ptr<ActiveCall> call;
};

namespace {

/// Joins the SDK's Reply to the call.
class ReplySink final : public sdk::Reply::Sink {
public:
    explicit ReplySink(std::shared_ptr<ActiveCall> call) : call_(std::move(call)) {}
    void answered(json::value result) override {
        if (call_->entry().spec->command.shape == sdk::ReplyShape::Named) {
            call_->result(std::move(result));
            return;
        }
        if (auto* message = result.if_object()) {
            message->emplace("action", call_->entry().spec->command.name);
            if (!call_->responseId())
                message->erase("result");
            else if (call_->entry().spec->responseId == ResponseId::Echoed)
                message->emplace("responseid", *call_->responseId());
            if (const auto* tag = call_->tag(); tag && call_->entry().spec->command.wire.echoesTag)
                message->emplace("tag", *tag);
            call_->message(std::move(*message));
        }
        call_->finish();
    }
    void failed(const Error& error) override { call_->fail(error); }

private:
    std::shared_ptr<ActiveCall> call_;
};

struct Leave {
    CommandEntry* entry;
    ~Leave() { entry->leave(); }
};

} // namespace

void Dispatcher::Impl::runHandler(const std::shared_ptr<ActiveCall>& call,
                                  std::shared_ptr<void>& keep) const {
    auto& entry = call->entry();
    if (sdk::Clock::now() >= call->request().deadline)
        throw Error(ErrorCode::DeadlineExceeded, "the command waited too long");
    if (!entry.enter())
        throw Error(ErrorCode::NotFound, "no such command");
    const Leave leave{&entry};
    call->watch(*services.timers, *services.pool);
    if (const auto* wire = std::get_if<WireHandler>(&entry.handler)) {
        auto state = std::make_shared<WireCall::State>(call);
        keep = state;
        (*wire)(WireCall(std::move(state)));
        return;
    }
    const auto reply = std::make_shared<sdk::Reply>(std::make_shared<ReplySink>(call));
    keep = reply;
    std::get<sdk::CommandHandler>(entry.handler)(call->request(), call->args(), *reply);
}

// ---- WireCall -----------------------------------------------------------------------------------

const sdk::Request& WireCall::request() const {
    return state_->call->request();
}

const WireSpec& WireCall::spec() const {
    return *state_->call->entry().spec;
}

const json::object& WireCall::args() const {
    return state_->call->args();
}

bool WireCall::wantsReply() const {
    return state_->call->responseId() != nullptr;
}

void WireCall::send(json::object message) const {
    const auto& call = *state_->call;
    const auto& spec = *call.entry().spec;
    message.emplace("action", spec.command.name);
    if (call.responseId() && spec.responseId == ResponseId::Echoed)
        message.emplace("responseid", *call.responseId());
    state_->call->message(std::move(message));
}

void WireCall::sendTagged(json::object message) const {
    if (const auto* tag = state_->call->tag())
        message.emplace("tag", *tag);
    send(std::move(message));
}

void WireCall::result(std::string_view text) const {
    if (!wantsReply())
        return;
    json::object message{{"result", json::string_view(text.data(), text.size())}};
    message.emplace("responseid", *state_->call->responseId());
    send(std::move(message));
}

// ---- waiting for the answer ---------------------------------------------------------------------

namespace {

/// Collects the answer for a caller that waits.
class WaitingSink final : public CallSink {
public:
    void onResult(json::value result) override { answer_ = std::move(result); }
    void onMessage(json::object message) override { messages_.emplace_back(std::move(message)); }
    void onError(const Error& error, const std::string&, const std::optional<WireError>&) override {
        error_.emplace(error);
    }
    void onDone() override {
        const std::scoped_lock lock(mutex_);
        isDone_ = true;
        done_.notify_all();
    }
    json::value wait(sdk::Deadline deadline) {
        std::unique_lock lock(mutex_);
        if (!done_.wait_until(lock, deadline, [this] { return isDone_; }))
            throw Error(ErrorCode::DeadlineExceeded, "no answer in time");
        if (error_)
            throw *error_;
        if (messages_.size() == 1)
            return std::move(messages_.front());
        if (!messages_.empty())
            return std::move(messages_);
        return std::move(answer_);
    }

private:
    std::mutex mutex_;
    std::condition_variable done_;
    bool isDone_ = false;
    json::value answer_;
    json::array messages_;
    std::optional<Error> error_;
};

} // namespace

json::value Dispatcher::call(Call call) {
    const auto limit = call.deadline.value_or(sdk::Clock::now() + sdk::Seconds(60));
    auto sink = std::make_shared<WaitingSink>();
    run(std::move(call), sink);
    return sink->wait(limit);
}

} // namespace trellis::api
