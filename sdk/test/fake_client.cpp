#include <trellis/sdk/testing.hpp>

#include <algorithm>
#include <deque>
#include <utility>

namespace trellis::testing {

namespace {

constexpr std::size_t kPiece = 64 * 1024;

}  // namespace

/// Shared by the client and the plugin's exchange. Callbacks run without the lock.
struct FakeClient::State {
    struct Piece {
        std::string bytes;
        BodyReader::End end;
    };
    std::recursive_mutex mutex;
    std::uint64_t limit = 0;
    std::uint64_t sent = 0;
    std::deque<Piece> pieces;
    BodyReader::Next next;
    bool isBodyOver = false;  ///< Done or Failed was given
    bool isGone = false;
    std::optional<HttpResponse> response;
    std::optional<Error> error;
    std::optional<std::uint64_t> left;
    bool isStarted = false;
    bool isWoken = true;
    bool isComplete = false;
    bool isCut = false;

    bool isAnswered() const { return response || error; }

    void put(std::string bytes, BodyReader::End end) {
        {
            const std::scoped_lock lock(mutex);
            sent += bytes.size();
            if (sent > limit) {
                if (!isAnswered()) error = Error(ErrorCode::InvalidArgument, "the body is too large");
                bytes.clear();
                end = BodyReader::End::Failed;
            }
            pieces.push_back({std::move(bytes), end});
        }
        give();
    }
    void give() {
        BodyReader::Next to;
        Piece piece;
        {
            const std::scoped_lock lock(mutex);
            if (!next || pieces.empty()) return;
            to.swap(next);
            piece = std::move(pieces.front());
            pieces.pop_front();
            isBodyOver = piece.end != BodyReader::End::More;
        }
        to(std::move(piece.bytes), piece.end);
    }
    void end(bool isSent) {
        std::shared_ptr<BodyProducer> producer;
        {
            const std::scoped_lock lock(mutex);
            if (response) producer.swap(response->producer);
            (isSent ? isComplete : isCut) = true;
        }
        if (producer) producer->onEnd(isSent);
    }
};

class FakeClient::Reader final : public BodyReader {
public:
    explicit Reader(std::shared_ptr<State> state) : state_(std::move(state)) {}
    void read(Next next) override {
        {
            const std::scoped_lock lock(state_->mutex);
            if (state_->next) throw Error(ErrorCode::Conflict, "this body is being read already");
            if (state_->isBodyOver) throw TestFailure("the plugin reads a body after its end");
            state_->next = std::move(next);
        }
        state_->give();
    }

private:
    const std::shared_ptr<State> state_;
};

class FakeClient::Exchange final : public HttpExchange {
public:
    Exchange(std::shared_ptr<State> state, Request caller, HttpRequest request, bool hasBody)
        : state_(std::move(state)), caller_(std::move(caller)), request_(std::move(request)),
          reader_(hasBody ? std::make_unique<Reader>(state_) : nullptr) {}
    ~Exchange() override { fail(Error(ErrorCode::Internal, "the exchange was not answered")); }
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    const Request& caller() const override { return caller_; }
    const HttpRequest& request() const override { return request_; }
    BodyReader* body() override { return reader_.get(); }
    void answer(HttpResponse response) override {
        {
            const std::scoped_lock lock(state_->mutex);
            if (!state_->isAnswered() && !state_->isGone) {
                state_->left = response.producer ? response.length : std::nullopt;
                state_->response = std::move(response);
                return;
            }
        }
        if (response.producer) response.producer->onEnd(false);
    }
    void fail(const Error& why) override {
        const std::scoped_lock lock(state_->mutex);
        if (!state_->isAnswered()) state_->error = why;
    }
    bool isPeerGone() const override {
        const std::scoped_lock lock(state_->mutex);
        return state_->isGone;
    }

private:
    const std::shared_ptr<State> state_;
    const Request caller_;
    const HttpRequest request_;
    const std::unique_ptr<Reader> reader_;
};

FakeClient::FakeClient() : state_(std::make_shared<State>()) {}

FakeClient::~FakeClient() {
    leave();
}

std::shared_ptr<HttpExchange> FakeClient::begin(Request caller, HttpRequest request, bool hasBody,
                                                std::uint64_t bodyLimit) {
    state_->limit = bodyLimit;
    return std::make_shared<Exchange>(state_, std::move(caller), std::move(request), hasBody);
}

void FakeClient::send(std::string piece) {
    if (piece.size() > kPiece) throw TestFailure("a piece of a body is at most 64 KiB long");
    state_->put(std::move(piece), BodyReader::End::More);
}

void FakeClient::endBody() {
    state_->put({}, BodyReader::End::Done);
}

void FakeClient::leave() {
    bool isEnding = false;
    {
        const std::scoped_lock lock(state_->mutex);
        if (std::exchange(state_->isGone, true)) return;
        isEnding = state_->response && state_->response->producer;
    }
    if (isEnding) state_->end(false);
    state_->put({}, BodyReader::End::Failed);
}

std::string FakeClient::receive(std::size_t atMost) {
    std::string got;
    while (got.size() < atMost) {
        std::shared_ptr<BodyProducer> producer;
        {
            const std::scoped_lock lock(state_->mutex);
            if (state_->response) producer = state_->response->producer;
            state_->isWoken = false;
        }
        if (!producer) break;
        if (!std::exchange(state_->isStarted, true)) {
            producer->start([weak = std::weak_ptr<State>(state_)] {
                const auto state = weak.lock();
                if (!state) return;
                const std::scoped_lock lock(state->mutex);
                state->isWoken = true;
            });
        }
        const auto want = std::min(atMost - got.size(), kPiece / 2);
        std::string piece;
        const auto how = producer->produce(piece, want);
        if (piece.size() > want) throw TestFailure("the producer made more than it was asked for");
        got += piece;
        auto& left = state_->left;
        const bool isTooLong = left && piece.size() > *left;
        if (left) *left -= std::min<std::uint64_t>(*left, piece.size());
        const bool isEnd = how == BodyProducer::State::End;
        if (isEnd || isTooLong || how == BodyProducer::State::Failed) {
            state_->end(isEnd && !isTooLong && left.value_or(0) == 0);
            break;
        }
        if (how == BodyProducer::State::Wait && !wantsToSend()) break;
        if (how == BodyProducer::State::Data) {
            const std::scoped_lock lock(state_->mutex);
            state_->isWoken = true;
        }
    }
    return got;
}

bool FakeClient::isAnswered() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->isAnswered();
}

const HttpResponse& FakeClient::response() const {
    const std::scoped_lock lock(state_->mutex);
    if (state_->error) throw Error(*state_->error);
    if (!state_->response) throw TestFailure("the exchange has no answer yet");
    return *state_->response;
}

bool FakeClient::isReading() const {
    const std::scoped_lock lock(state_->mutex);
    return static_cast<bool>(state_->next);
}

bool FakeClient::wantsToSend() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->isWoken;
}

bool FakeClient::isComplete() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->isComplete;
}

bool FakeClient::isCut() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->isCut;
}

}  // namespace trellis::testing
