// Requests that plugins answer when they can, and whose bodies they read piece by piece.
#include <string>
#include <utility>

#include "core/plugin/wraps.hpp"

namespace trellis::plugin {
namespace {

class ExchangeBox;

/// Keeps the plugin's callback while the connection reads. It is called without the lock: whoever stops
/// the plugin either finds it here or waits at the guard's door until it returned.
class ReaderBox final : public sdk::BodyReader,
                        public LiveObjects::Item,
                        public std::enable_shared_from_this<ReaderBox> {
public:
    ReaderBox(std::shared_ptr<Guard> guard, std::string where, sdk::BodyReader& inner,
              std::weak_ptr<ExchangeBox> exchange)
        : guard_(std::move(guard)), where_(std::move(where)), inner_(inner),
          exchange_(std::move(exchange)) {}

    void read(Next next) override;
    bool end(std::chrono::steady_clock::time_point) noexcept override {
        Next next;
        {
            const std::scoped_lock lock(mutex_);
            isEnded_ = true;
            next.swap(next_);
        }
        if (next) give(std::move(next), {}, End::Failed);
        return true;
    }

private:
    void arrived(std::string piece, End end);
    /// False if the plugin failed at it. The callback is the plugin's code, its destructor too.
    bool give(Next next, std::string piece, End end) noexcept {
        return guard_->teardown(where_, [&] {
            const auto mine = std::exchange(next, nullptr);
            mine(std::move(piece), end);
        });
    }

    const std::shared_ptr<Guard> guard_;
    const std::string where_;
    sdk::BodyReader& inner_;  // of the exchange that read() holds
    const std::weak_ptr<ExchangeBox> exchange_;
    std::mutex mutex_;  // guards next_, isEnded_
    Next next_;
    bool isEnded_ = false;
};

class ExchangeBox final : public sdk::HttpExchange,
                          public LiveObjects::Item,
                          public std::enable_shared_from_this<ExchangeBox> {
public:
    ExchangeBox(Barrier barrier, std::string where, std::shared_ptr<sdk::HttpExchange> inner)
        : barrier_(std::move(barrier)), where_(std::move(where)), inner_(std::move(inner)) {}

    /// Call it inside the guard, as every LiveObjects::add().
    void enlist() {
        barrier_.live->add(shared_from_this());
        if (auto* body = inner_->body()) {
            reader_ = std::make_shared<ReaderBox>(barrier_.guard, where_, *body, weak_from_this());
            barrier_.live->add(reader_);
        }
    }
    const sdk::Request& caller() const override { return inner_->caller(); }
    const sdk::HttpRequest& request() const override { return inner_->request(); }
    sdk::BodyReader* body() override { return reader_.get(); }
    bool isPeerGone() const override { return inner_->isPeerGone(); }
    void fail(const sdk::Error& why) override { inner_->fail(why); }
    void answer(sdk::HttpResponse response) override {
        const bool isIn = barrier_.guard->contain(where_, [&] {
            const auto body = guardBody(barrier_, where_, response);
            const std::scoped_lock lock(mutex_);
            if (body_.expired()) body_ = body;
        });
        if (isIn) return inner_->answer(std::move(response));
        inner_->fail(stopped());
        if (response.producer) {
            barrier_.guard->teardown(where_, [&] { response.producer->onEnd(false); });
        }
    }
    /// The plugin failed: an answer that began is cut.
    void cut() noexcept {
        inner_->fail(sdk::Error(sdk::ErrorCode::Internal,
                                "the plugin " + barrier_.guard->id() + " failed; the log has the reason"));
        std::shared_ptr<LiveObjects::Item> body;
        {
            const std::scoped_lock lock(mutex_);
            body = body_.lock();
        }
        if (body) body->end(std::chrono::steady_clock::now());
    }
    bool end(std::chrono::steady_clock::time_point) noexcept override {
        inner_->fail(stopped());
        return true;
    }

private:
    sdk::Error stopped() const {
        return {sdk::ErrorCode::Unavailable,
                "the plugin " + barrier_.guard->id() + " is not running"};
    }

    const Barrier barrier_;
    const std::string where_;
    const std::shared_ptr<sdk::HttpExchange> inner_;
    std::shared_ptr<ReaderBox> reader_;
    std::mutex mutex_;  // guards body_
    std::weak_ptr<LiveObjects::Item> body_;
};

void ReaderBox::read(Next next) {
    // The reader is the exchange's: it has to live until the piece is here.
    const auto exchange = exchange_.lock();
    {
        const std::scoped_lock lock(mutex_);
        if (next_) throw sdk::Error(sdk::ErrorCode::Conflict, "this body is being read already");
        if (exchange && !isEnded_) next_.swap(next);
    }
    if (next) return next({}, End::Failed);
    inner_.read([self = shared_from_this(), exchange](std::string piece, End end) {
        self->arrived(std::move(piece), end);
    });
}

void ReaderBox::arrived(std::string piece, End end) {
    Next next;
    const bool isOk = guard_->teardown(where_, [&] {
        {
            const std::scoped_lock lock(mutex_);
            if (end != End::More) isEnded_ = true;
            next.swap(next_);
        }
        if (!next) return;
        const auto mine = std::exchange(next, nullptr);
        mine(std::move(piece), end);
    });
    if (isOk) return;
    this->end({});
    if (const auto exchange = exchange_.lock()) exchange->cut();
}

}  // namespace

sdk::ExchangeHandler guardExchange(const Barrier& barrier, const sdk::RouteSpec& spec,
                                   sdk::ExchangeHandler handler) {
    return [barrier, where = "exchange " + spec.method + " " + spec.path,
            handler = std::move(handler)](std::shared_ptr<sdk::HttpExchange> inner) {
        const auto traceId = inner->caller().traceId;
        barrier.guard->request(where, traceId, [&] {
            auto box = std::make_shared<ExchangeBox>(barrier, where, std::move(inner));
            box->enlist();
            handler(std::move(box));
        });
    };
}

}  // namespace trellis::plugin
