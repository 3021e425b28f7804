/// What tests of streamed HTTP bodies talk to: an echo, answers that go wrong, and counts of it all.
#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>

#include <boost/json/serialize.hpp>

#include <trellis/sdk/plugin.hpp>

namespace {
using namespace trellis::sdk;

struct Counts {
    std::atomic<int> begun{0};       ///< exchanges
    std::atomic<int> sent{0};        ///< bodies sent whole
    std::atomic<int> cut{0};         ///< bodies that ended before
    std::atomic<int> failedReads{0};
    std::atomic<std::uint64_t> bytesRead{0};
};

/// The request's body is the answer's; of it at most two pieces are here.
class Echo final : public BodyProducer, public std::enable_shared_from_this<Echo> {
public:
    Echo(std::shared_ptr<HttpExchange> exchange, std::shared_ptr<Counts> counts)
        : exchange_(std::move(exchange)), counts_(std::move(counts)) {}

    void start(std::function<void()> wake) override {
        wake_ = std::move(wake);
        ask();
    }
    State produce(std::string& out, std::size_t atMost) override {
        {
            const std::scoped_lock lock(mutex_);
            const auto count = std::min(atMost, kept_.size());
            out.append(kept_, 0, count);
            kept_.erase(0, count);
            if (kept_.empty() && end_ == BodyReader::End::Failed) return State::Failed;
            if (kept_.empty() && end_ == BodyReader::End::Done) return State::End;
            if (!kept_.empty()) return State::Data;
        }
        ask();
        return State::Wait;
    }
    void onEnd(bool isSent) override {
        ++(isSent ? counts_->sent : counts_->cut);
        exchange_.reset();
    }

private:
    void ask() {
        const auto exchange = exchange_;
        {
            const std::scoped_lock lock(mutex_);
            if (isAsking_ || end_ != BodyReader::End::More || !exchange) return;
            isAsking_ = true;
        }
        exchange->body()->read([self = shared_from_this()](std::string piece, BodyReader::End end) {
            self->counts_->bytesRead += piece.size();
            if (end == BodyReader::End::Failed) ++self->counts_->failedReads;
            {
                const std::scoped_lock lock(self->mutex_);
                self->kept_ += piece;
                self->end_ = end;
                self->isAsking_ = false;
            }
            self->wake_();
        });
    }

    std::shared_ptr<HttpExchange> exchange_;
    const std::shared_ptr<Counts> counts_;
    std::function<void()> wake_;
    std::mutex mutex_;  // guards the rest
    std::string kept_;
    BodyReader::End end_ = BodyReader::End::More;
    bool isAsking_ = false;
};

/// Begins with 100 bytes; then does what the route is named after.
class Odd final : public BodyProducer {
public:
    Odd(std::string how, std::shared_ptr<Counts> counts)
        : how_(std::move(how)), counts_(std::move(counts)) {}
    State produce(std::string& out, std::size_t) override {
        if (!std::exchange(hasBegun_, true)) {
            out += std::string(100, 'o');
            return State::Data;
        }
        if (how_ == "throwing") throw std::runtime_error("no more of it");
        return how_ == "short" ? State::End : State::Wait;
    }
    void onEnd(bool isSent) override { ++(isSent ? counts_->sent : counts_->cut); }

private:
    const std::string how_;
    const std::shared_ptr<Counts> counts_;
    bool hasBegun_ = false;
};

void readAll(const std::shared_ptr<HttpExchange>& exchange, const std::shared_ptr<Counts>& counts) {
    exchange->body()->read([exchange, counts](const std::string& piece, BodyReader::End end) {
        counts->bytesRead += piece.size();
        if (end == BodyReader::End::More) return readAll(exchange, counts);
        if (end == BodyReader::End::Failed) {
            ++counts->failedReads;
            return;
        }
        HttpResponse response;
        response.body = std::to_string(counts->bytesRead);
        exchange->answer(std::move(response));
    });
}

class Bodies final : public Plugin {
public:
    void describe(Registrar& reg) override {
        exchange(reg, "POST", "echo", [counts = counts_](const auto& exchange) {
            HttpResponse response;
            if (!exchange->body()) return exchange->answer(std::move(response));
            if (const auto length = exchange->request().headers.find("content-length");
                length != exchange->request().headers.end()) {
                response.length = std::stoull(length->second);
            }
            response.producer = std::make_shared<Echo>(exchange, counts);
            exchange->answer(std::move(response));
        });
        exchange(reg, "POST", "count",
                 [counts = counts_](const auto& exchange) { readAll(exchange, counts); }, 1024 * 1024);
        exchange(reg, "POST", "bad_reader", [](const auto& exchange) {
            exchange->body()->read([exchange](const std::string&, BodyReader::End) {
                throw std::runtime_error("cannot read this");
            });
        });
        exchange(reg, "GET", "dropped", [](const auto&) {});
        exchange(reg, "GET", "refused", [](const auto&) {
            throw Error(ErrorCode::Conflict, "not like this", "/how");
        });
        exchange(reg, "GET", "odd/{how}", [counts = counts_](const auto& exchange) {
            HttpResponse response;
            const auto& how = exchange->request().segments.at("how");
            response.producer = std::make_shared<Odd>(how, counts);
            if (how == "short") response.length = 101;
            exchange->answer(std::move(response));
        });
        reg.route({.method = "GET", .path = "/plugins/bodies/pieces"},
                  [](const Request&, const HttpRequest&) {
                      HttpResponse response;
                      response.body = "first,";
                      response.stream = [left = 70]() mutable -> std::optional<std::string> {
                          if (left-- == 0) return std::nullopt;
                          return std::string(1024 * 1024, 'p');
                      };
                      return response;
                  });
        reg.route({.method = "GET", .path = "/plugins/bodies/counts"},
                  [counts = counts_](const Request&, const HttpRequest&) {
                      HttpResponse response;
                      response.body = json::serialize(
                          json::object{{"begun", counts->begun.load()},
                                       {"sent", counts->sent.load()},
                                       {"cut", counts->cut.load()},
                                       {"failedReads", counts->failedReads.load()},
                                       {"bytesRead", counts->bytesRead.load()}});
                      return response;
                  });
    }

private:
    void exchange(Registrar& reg, const char* method, const std::string& name, ExchangeHandler handler,
                  std::uint64_t bodyLimit = std::uint64_t{8} << 30) {
        reg.exchange({.method = method,
                      .path = "/plugins/bodies/" + name,
                      .requires_ = {Scope::Site, site_right::kManageUsers, 0, ""},
                      .bodyLimit = bodyLimit},
                     [counts = counts_, handler = std::move(handler)](
                         const std::shared_ptr<HttpExchange>& exchange) {
                         ++counts->begun;
                         handler(exchange);
                     });
    }

    const std::shared_ptr<Counts> counts_ = std::make_shared<Counts>();
};

}  // namespace

TRELLIS_PLUGIN(Bodies)
