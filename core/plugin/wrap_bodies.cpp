// Bodies that plugins produce.
#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/bus/worker_pool.hpp"
#include "core/plugin/wraps.hpp"

namespace trellis::plugin {
namespace {

using Pieces = std::function<std::optional<std::string>()>;

/// `HttpResponse::stream` as a producer: asked on the worker pool for one piece after another.
class PiecesProducer final : public sdk::BodyProducer,
                             public std::enable_shared_from_this<PiecesProducer> {
public:
    PiecesProducer(std::shared_ptr<Guard> guard, std::string where, bus::WorkerPool& workers,
                   std::string first, Pieces pieces)
        : guard_(std::move(guard)), where_(std::move(where)), workers_(workers),
          ready_(std::move(first)), pieces_(std::move(pieces)) {}

    void start(std::function<void()> wake) override { wake_ = std::move(wake); }
    State produce(std::string& out, std::size_t atMost) override {
        const std::scoped_lock lock(mutex_);
        if (at_ < ready_.size()) {
            out.append(ready_, at_, atMost);
            at_ += std::min(atMost, ready_.size() - at_);
            return State::Data;
        }
        if (state_ == State::Wait && !isAsking_) {
            isAsking_ = workers_.post([self = shared_from_this()] { self->ask(); });
            if (!isAsking_) state_ = State::Failed;
        }
        return state_;
    }
    void onEnd(bool) override {
        Pieces dropped;
        {
            const std::scoped_lock lock(mutex_);
            isGone_ = true;
            if (!isAsking_) dropped.swap(pieces_);
        }
        guard_->teardown(where_, [&] { dropped = nullptr; });
    }

private:
    void ask() {
        const bool isOk = guard_->contain(where_, [&] {
            auto piece = pieces_();
            const auto state = piece ? State::Wait : State::End;
            settle(state, std::move(piece).value_or(""));
        });
        if (!isOk) guard_->teardown(where_, [&] { settle(State::Failed, {}); });
        wake_();
    }
    /// Call it inside the guard: if the end came meanwhile, the plugin's function is destroyed here.
    void settle(State state, std::string piece) {
        Pieces dropped;
        const std::scoped_lock lock(mutex_);
        isAsking_ = false;
        state_ = state;
        ready_ = std::move(piece);
        at_ = 0;
        if (isGone_) dropped.swap(pieces_);
    }

    const std::shared_ptr<Guard> guard_;
    const std::string where_;
    bus::WorkerPool& workers_;
    std::function<void()> wake_;
    std::mutex mutex_;  // guards the rest; pieces_ is called by who set isAsking_
    std::string ready_;
    std::size_t at_ = 0;  ///< so much of ready_ is out
    Pieces pieces_;
    State state_ = State::Wait;
    bool isAsking_ = false;
    bool isGone_ = false;
};

/// The plugin's producer and the connection's wake. It is called without the lock. Whoever ends it while a
/// call runs leaves the ending to that call, which is inside the guard until it is done.
class ProducerBox final : public LiveObjects::Item {
public:
    ProducerBox(std::shared_ptr<Guard> guard, std::string where,
                std::shared_ptr<sdk::BodyProducer> inner)
        : guard_(std::move(guard)), where_(std::move(where)), inner_(std::move(inner)) {}

    void start(std::function<void()> wake) {
        {
            const std::scoped_lock lock(mutex_);
            wake_ = wake;
        }
        call([&](sdk::BodyProducer& inner) { inner.start(std::move(wake)); });
    }
    sdk::BodyProducer::State produce(std::string& out, std::size_t atMost) {
        auto state = sdk::BodyProducer::State::Failed;
        const auto before = out.size();
        const bool isOk = call([&](sdk::BodyProducer& inner) {
            state = inner.produce(out, atMost);
            if (out.size() > before + atMost) throw std::length_error("produced more than asked for");
        });
        return isOk ? state : sdk::BodyProducer::State::Failed;
    }
    void close(bool isSent) {
        guard_->teardown(where_, [&] { finish(isSent); });
    }
    bool end(std::chrono::steady_clock::time_point) noexcept override {
        close(false);
        std::function<void()> wake;
        {
            const std::scoped_lock lock(mutex_);
            wake.swap(wake_);
        }
        if (wake) wake();  // produce() says Failed from now on
        return true;
    }

private:
    /// False if it failed, has ended or is about to.
    template <class F> bool call(F&& work) {
        bool isGood = false;
        guard_->teardown(where_, [&] {
            const auto inner = enter();
            if (!inner) return;
            const bool isOk = guard_->contain(where_, [&] { work(*inner); });
            isGood = leave(isOk);
        });
        return isGood;
    }
    sdk::BodyProducer* enter() {
        const std::scoped_lock lock(mutex_);
        if (!inner_ || isEnding_) return nullptr;
        ++depth_;
        return inner_.get();
    }
    bool leave(bool isOk) {
        {
            const std::scoped_lock lock(mutex_);
            --depth_;
            if (isOk && !isEnding_) return true;
        }
        finish(false);
        return false;
    }
    /// Call it inside the guard: onEnd() and the destructor are the plugin's code.
    void finish(bool isSent) {
        std::shared_ptr<sdk::BodyProducer> inner;
        {
            const std::scoped_lock lock(mutex_);
            isEnding_ = true;
            if (depth_ == 0) inner.swap(inner_);
        }
        if (!inner) return;
        guard_->teardown(where_, [&] { inner->onEnd(isSent); });
        inner.reset();
    }

    const std::shared_ptr<Guard> guard_;
    const std::string where_;
    std::mutex mutex_;  // guards the rest
    std::shared_ptr<sdk::BodyProducer> inner_;
    std::function<void()> wake_;
    bool isEnding_ = false;
    int depth_ = 0;  ///< calls into the plugin
};

class GuardedProducer final : public sdk::BodyProducer {
public:
    explicit GuardedProducer(std::shared_ptr<ProducerBox> box) : box_(std::move(box)) {}
    ~GuardedProducer() override { box_->close(false); }
    void start(std::function<void()> wake) override { box_->start(std::move(wake)); }
    State produce(std::string& out, std::size_t atMost) override {
        return box_->produce(out, atMost);
    }
    void onEnd(bool isSent) override { box_->close(isSent); }

private:
    const std::shared_ptr<ProducerBox> box_;
};

}  // namespace

std::shared_ptr<LiveObjects::Item> guardBody(const Barrier& barrier, const std::string& where,
                                             sdk::HttpResponse& response) {
    const auto& [guard, live, workers] = barrier;
    if (!response.producer && !response.file && response.stream) {
        response.producer = std::make_shared<PiecesProducer>(
            guard, where, *workers, std::exchange(response.body, {}), std::move(response.stream));
        response.length.reset();
    }
    response.stream = nullptr;
    if (!response.producer) return nullptr;
    const auto box = std::make_shared<ProducerBox>(guard, where, std::move(response.producer));
    live->add(box);
    response.producer = std::make_shared<GuardedProducer>(box);
    return box;
}

sdk::RouteHandler guardRoute(const Barrier& barrier, const sdk::RouteSpec& spec,
                             sdk::RouteHandler handler) {
    return [barrier, where = "route " + spec.method + " " + spec.path,
            handler = std::move(handler)](const sdk::Request& request,
                                          const sdk::HttpRequest& http) {
        return barrier.guard->request(where, request.traceId, [&] {
            auto response = handler(request, http);
            guardBody(barrier, where, response);
            return response;
        });
    };
}

}  // namespace trellis::plugin
