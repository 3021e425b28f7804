#include "core/plugin/calls.hpp"

#include <vector>

namespace trellis::plugin {
namespace {

/// The result schema and name, shared by all calls of one command.
struct Spec {
    std::string where;  ///< "command hello.greet"
    sdk::Schema result;
    sdk::Seconds timeout;
    sdk::ReplyShape shape;
};

}  // namespace

/// Between the plugin's Reply and the caller's.
class Calls::Call final : public sdk::Reply::Sink {
public:
    Call(std::shared_ptr<Calls> calls, std::shared_ptr<const Spec> spec, const sdk::Request& request,
         sdk::Reply outer)
        : calls_(std::move(calls)), spec_(std::move(spec)), traceId_(request.traceId),
          deadline_(request.deadline), limit_(sdk::Clock::now() + spec_->timeout),
          outer_(std::move(outer)) {}

    void answered(sdk::json::value result) override {
        calls_->remove(number);
        const auto problem = resultProblem(result);
        if (problem.empty()) return outer_.ok(std::move(result));
        calls_->guard_->fault(spec_->where, "result of the wrong shape: " + problem, traceId_);
        outer_.fail(internal());
    }
    void failed(const sdk::Error& error) override {
        calls_->remove(number);
        outer_.fail(error);
    }
    void abandoned() override {
        calls_->remove(number);
        calls_->guard_->fault(spec_->where, "returned without an answer", traceId_);
        outer_.fail(internal());
    }
    /// A caller in a hurry is answered, but only the command's own limit makes it a fault.
    void overdue(sdk::Deadline now) {
        if (limit_ < now) {
            calls_->guard_->fault(spec_->where,
                                  "no answer within its time limit of " +
                                      std::to_string(spec_->timeout.count()) + " s",
                                  traceId_);
        }
        outer_.fail({sdk::ErrorCode::DeadlineExceeded,
                     "the plugin " + calls_->guard_->id() + " did not answer in time"});
    }
    void stopped() {
        outer_.fail({sdk::ErrorCode::Unavailable,
                     "the plugin " + calls_->guard_->id() + " was stopped before it answered"});
    }
    bool isOverdue(sdk::Deadline now) const noexcept { return deadline_ < now || limit_ < now; }

    std::uint64_t number = 0;

private:
    sdk::Error internal() const {
        return {sdk::ErrorCode::Internal, "the plugin " + calls_->guard_->id() +
                                              " failed; the log has the reason under trace " + traceId_};
    }
    std::string resultProblem(const sdk::json::value& result) const {
        if (!calls_->checkResults_) return {};
        if (result.is_null() && spec_->shape == sdk::ReplyShape::Wire) return {};  // sends nothing
        std::vector<sdk::Problem> problems;
        if (spec_->result.check(result, problems)) return {};
        const auto& first = problems.front();
        return first.pointer.empty() ? first.message : first.pointer + ": " + first.message;
    }

    const std::shared_ptr<Calls> calls_;
    const std::shared_ptr<const Spec> spec_;
    const std::string traceId_;
    const sdk::Deadline deadline_;  ///< the caller's
    const sdk::Deadline limit_;     ///< the command's
    const sdk::Reply outer_;
};

Calls::Calls(std::shared_ptr<Guard> guard, bool checkResults)
    : guard_(std::move(guard)), checkResults_(checkResults) {}

sdk::CommandHandler Calls::wrap(const sdk::CommandSpec& spec, sdk::CommandHandler handler) {
    const auto shared = std::make_shared<const Spec>(
        Spec{"command " + spec.name, spec.result, spec.timeout, spec.shape});
    return [self = shared_from_this(), shared, handler = std::move(handler)](
               const sdk::Request& request, const sdk::json::object& args, sdk::Reply outer) {
        const auto call = std::make_shared<Call>(self, shared, request, outer);
        sdk::Reply inner(call);
        try {
            // Inside the barrier, so that a plugin that is stopping finds no new entry in its list.
            self->guard_->request(shared->where, request.traceId, [&] {
                self->add(call);
                handler(request, args, inner);
            });
        } catch (const sdk::Error& error) {
            inner.fail(error);
        }
    };
}

void Calls::add(const std::shared_ptr<Call>& call) {
    const std::scoped_lock lock(mutex_);
    call->number = next_++;
    open_.emplace(call->number, call);
}

void Calls::remove(std::uint64_t number) {
    std::shared_ptr<Call> last;  // destroyed without the lock
    const std::scoped_lock lock(mutex_);
    const auto found = open_.find(number);
    if (found == open_.end()) return;
    last = std::move(found->second);
    open_.erase(found);
}

void Calls::sweep(sdk::Deadline now) {
    std::vector<std::shared_ptr<Call>> overdue;
    {
        const std::scoped_lock lock(mutex_);
        for (auto it = open_.begin(); it != open_.end();) {
            if (!it->second->isOverdue(now)) {
                ++it;
                continue;
            }
            overdue.push_back(std::move(it->second));
            it = open_.erase(it);
        }
    }
    for (const auto& call : overdue) call->overdue(now);
}

void Calls::failAll() {
    std::map<std::uint64_t, std::shared_ptr<Call>> all;
    {
        const std::scoped_lock lock(mutex_);
        all.swap(open_);
    }
    for (const auto& [number, call] : all) call->stopped();
}

std::size_t Calls::waiting() const {
    const std::scoped_lock lock(mutex_);
    return open_.size();
}

}  // namespace trellis::plugin
