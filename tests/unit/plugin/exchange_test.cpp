#include <boost/test/unit_test.hpp>

#include <future>

#include "core/bus/worker_pool.hpp"
#include "core/plugin/wraps.hpp"

using namespace trellis;
using namespace std::chrono_literals;
using sdk::BodyProducer;
using sdk::BodyReader;

namespace {

/// The connection's side of an exchange.
class Connection final : public sdk::HttpExchange {
public:
    struct Seen {
        std::optional<sdk::HttpResponse> response;
        std::optional<sdk::ErrorCode> error;
        BodyReader::Next next;
        int reads = 0;
    };
    explicit Connection(std::shared_ptr<Seen> seen) : seen_(seen), reader_(std::move(seen)) {}
    const sdk::Request& caller() const override { return caller_; }
    const sdk::HttpRequest& request() const override { return request_; }
    BodyReader* body() override { return &reader_; }
    void answer(sdk::HttpResponse response) override {
        if (!seen_->response && !seen_->error) seen_->response = std::move(response);
    }
    void fail(const sdk::Error& why) override {
        if (!seen_->response && !seen_->error) seen_->error = why.code();
    }
    bool isPeerGone() const override { return false; }

private:
    class Reader final : public BodyReader {
    public:
        explicit Reader(std::shared_ptr<Seen> seen) : seen_(std::move(seen)) {}
        void read(Next next) override {
            ++seen_->reads;
            seen_->next = std::move(next);
        }

    private:
        const std::shared_ptr<Seen> seen_;
    };
    const std::shared_ptr<Seen> seen_;
    Reader reader_;
    const sdk::Request caller_;
    const sdk::HttpRequest request_;
};

/// What a producer was told; `how` is what produce() does.
struct Producer final : BodyProducer {
    struct Seen {
        int started = 0;
        std::vector<bool> ends;
        bool isDestroyed = false;
    };
    Producer(std::shared_ptr<Seen> s, std::function<State(std::string&, std::size_t)> h)
        : seen(std::move(s)), how(std::move(h)) {}
    ~Producer() override { seen->isDestroyed = true; }
    void start(std::function<void()>) override { ++seen->started; }
    State produce(std::string& out, std::size_t atMost) override { return how(out, atMost); }
    void onEnd(bool isSent) override { seen->ends.push_back(isSent); }

    std::shared_ptr<Seen> seen;
    std::function<State(std::string&, std::size_t)> how;
};

struct Fixture {
    bus::WorkerPool workers{{.threads = 1, .queueLimit = 10, .name = "worker"}};
    std::shared_ptr<plugin::Guard> guard = std::make_shared<plugin::Guard>(
        plugin::Guard::Settings{.id = "p", .journal = nullptr, .now = {}, .onTooMany = {}});
    plugin::Barrier barrier{guard, std::make_shared<plugin::LiveObjects>(), &workers};
    std::shared_ptr<Connection::Seen> seen = std::make_shared<Connection::Seen>();
    std::shared_ptr<sdk::HttpExchange> kept;  ///< by the plugin

    void begin(const std::function<void()>& then) {
        const auto handler = plugin::guardExchange(barrier, {.method = "POST", .path = "/x"},
                                                   [&](auto exchange) {
                                                       kept = std::move(exchange);
                                                       then();
                                                   });
        handler(std::make_shared<Connection>(seen));
    }
    void arrive(std::string piece, BodyReader::End end = BodyReader::End::More) {
        const auto next = std::exchange(seen->next, nullptr);
        next(std::move(piece), end);
    }
    /// As Instance::stop() does, before the plugin's own stop().
    bool stop() {
        guard->closeForCalls();
        const auto deadline = std::chrono::steady_clock::now() + 20s;
        const bool isEnded = barrier.live->endAll(deadline) && guard->drain(deadline) &&
                             barrier.live->endAll(deadline);
        guard->close();
        return isEnded;
    }
    std::shared_ptr<Producer::Seen> answerWith(std::function<BodyProducer::State(std::string&, std::size_t)> how) {
        auto told = std::make_shared<Producer::Seen>();
        sdk::HttpResponse response;
        response.producer = std::make_shared<Producer>(told, std::move(how));
        kept->answer(std::move(response));
        return told;
    }
    BodyProducer& answered() { return *seen->response->producer; }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(exchange, Fixture)

BOOST_AUTO_TEST_CASE(pieces_come_one_for_each_read) {
    std::vector<std::string> pieces;
    const BodyReader::Next take = [&](std::string piece, BodyReader::End end) {
        pieces.push_back(std::move(piece));
        if (end == BodyReader::End::More) kept->body()->read(take);
    };
    begin([&] { kept->body()->read(take); });
    BOOST_CHECK_EXCEPTION(kept->body()->read(take), sdk::Error, [](const auto& e) {
        return e.code() == sdk::ErrorCode::Conflict;
    });
    arrive("one");
    arrive("two", BodyReader::End::Done);
    BOOST_TEST((pieces == std::vector<std::string>{"one", "two"}));
    BOOST_TEST(!seen->next);
    BOOST_TEST(guard->faults() == 0u);
}

BOOST_AUTO_TEST_CASE(a_reader_that_throws_is_answered_for_and_given_nothing_more) {
    int calls = 0;
    begin([&] {
        kept->body()->read([&](const std::string&, BodyReader::End) {
            ++calls;
            throw std::runtime_error("boom");
        });
    });
    arrive("one");
    BOOST_TEST((seen->error == sdk::ErrorCode::Internal));
    BOOST_TEST(guard->faults() == 1u);
    auto end = BodyReader::End::More;
    kept->body()->read([&](const std::string&, BodyReader::End e) { end = e; });
    BOOST_TEST((end == BodyReader::End::Failed));
    BOOST_TEST(seen->reads == 1);
    BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(a_reader_that_throws_ends_the_answer_under_way) {
    begin([&] {
        kept->body()->read([](const std::string&, BodyReader::End) { throw 1; });
    });
    const auto told = answerWith([](std::string&, std::size_t) { return BodyProducer::State::Wait; });
    int wakes = 0;
    answered().start([&] { ++wakes; });
    arrive("one");
    std::string out;
    BOOST_TEST(wakes == 1);
    BOOST_TEST((answered().produce(out, 10) == BodyProducer::State::Failed));
    BOOST_TEST((told->ends == std::vector<bool>{false}));
}

BOOST_AUTO_TEST_CASE(a_stop_fails_the_read_and_answers_and_nothing_comes_after_it) {
    const auto mark = std::make_shared<int>(0);
    std::vector<BodyReader::End> ends;
    begin([&] {
        kept->body()->read([&, mark](const std::string&, BodyReader::End end) { ends.push_back(end); });
    });
    BOOST_TEST(stop());
    BOOST_TEST((ends == std::vector<BodyReader::End>{BodyReader::End::Failed}));
    BOOST_TEST(mark.use_count() == 1);  // the plugin's callback is gone before its object is
    BOOST_TEST((seen->error == sdk::ErrorCode::Unavailable));
    arrive("late");
    BOOST_TEST(ends.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_stop_waits_for_a_read_that_is_being_handed_over) {
    std::promise<void> entered, leave;
    begin([&] {
        kept->body()->read([&](const std::string&, BodyReader::End) {
            entered.set_value();
            leave.get_future().wait();
        });
    });
    std::thread loop([&] { arrive("one"); });
    entered.get_future().wait();
    auto stopped = std::async(std::launch::async, [&] { return stop(); });
    BOOST_TEST((stopped.wait_for(20ms) == std::future_status::timeout));
    leave.set_value();
    BOOST_TEST(stopped.get());
    loop.join();
}

BOOST_AUTO_TEST_CASE(a_stop_ends_the_answer_under_way) {
    begin([] {});
    const auto told = answerWith([](std::string& out, std::size_t) {
        out += "more";
        return BodyProducer::State::Data;
    });
    int wakes = 0;
    std::string out;
    answered().start([&] { ++wakes; });
    BOOST_TEST((answered().produce(out, 10) == BodyProducer::State::Data));
    BOOST_TEST(stop());
    BOOST_TEST(wakes == 1);
    BOOST_TEST((told->ends == std::vector<bool>{false}));
    BOOST_TEST(told->isDestroyed);
    BOOST_TEST((answered().produce(out, 10) == BodyProducer::State::Failed));
    BOOST_TEST(out == "more");
}

BOOST_AUTO_TEST_CASE(an_answer_that_comes_after_the_stop_is_not_given) {
    begin([] {});
    guard->closeForCalls();
    const auto told = answerWith([](std::string&, std::size_t) { return BodyProducer::State::End; });
    BOOST_TEST((seen->error == sdk::ErrorCode::Unavailable));
    BOOST_TEST(!seen->response.has_value());
    BOOST_TEST((told->ends == std::vector<bool>{false}));
    BOOST_TEST(told->isDestroyed);
}

BOOST_AUTO_TEST_CASE(a_producer_that_fails_is_ended_once_and_never_asked_again) {
    for (const bool isGreedy : {false, true}) {
        seen->response.reset();
        const auto faults = guard->faults();
        begin([] {});
        int asked = 0;
        const auto told = answerWith([&](std::string& out, std::size_t atMost) -> BodyProducer::State {
            ++asked;
            if (!isGreedy) throw std::runtime_error("boom");
            out.append(atMost + 1, 'x');
            return BodyProducer::State::Data;
        });
        std::string out;
        answered().start([] {});
        for (int i = 0; i < 3; ++i)
            BOOST_TEST((answered().produce(out, 10) == BodyProducer::State::Failed));
        answered().onEnd(false);
        BOOST_TEST(asked == 1);
        BOOST_TEST(guard->faults() == faults + 1);
        BOOST_TEST((told->ends == std::vector<bool>{false}));
        BOOST_TEST(told->isDestroyed);
    }
}

BOOST_AUTO_TEST_CASE(the_end_of_a_body_is_told_as_it_was) {
    begin([] {});
    const auto told = answerWith([](std::string&, std::size_t) { return BodyProducer::State::End; });
    std::string out;
    answered().start([] {});
    BOOST_TEST((answered().produce(out, 10) == BodyProducer::State::End));
    BOOST_TEST(told->ends.empty());
    answered().onEnd(true);
    seen->response.reset();
    BOOST_TEST(told->started == 1);
    BOOST_TEST((told->ends == std::vector<bool>{true}));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(route_stream, Fixture)

namespace {

/// Drains a producer as a connection does; the last state but Wait and Data.
BodyProducer::State drain(BodyProducer& producer, std::string& out) {
    std::mutex mutex;
    std::condition_variable woken;
    int wakes = 0;
    producer.start([&] {
        const std::scoped_lock lock(mutex);
        ++wakes;
        woken.notify_all();
    });
    while (true) {
        const auto state = producer.produce(out, 4);
        if (state == BodyProducer::State::Data) continue;
        if (state != BodyProducer::State::Wait) return state;
        std::unique_lock lock(mutex);
        if (!woken.wait_for(lock, 20s, [&] { return wakes > 0; })) return state;
        --wakes;
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(its_pieces_follow_the_body_and_are_asked_for_one_by_one) {
    sdk::HttpResponse response;
    response.body = "a longer beginning";
    response.stream = [n = 0]() mutable -> std::optional<std::string> {
        return ++n > 3 ? std::nullopt : std::optional<std::string>(n == 2 ? "" : ",piece");
    };
    plugin::guardBody(barrier, "route", response);
    std::string out;
    BOOST_TEST((drain(*response.producer, out) == BodyProducer::State::End));
    BOOST_TEST(out == "a longer beginning,piece,piece");
}

BOOST_AUTO_TEST_CASE(one_that_throws_fails_the_body) {
    sdk::HttpResponse response;
    response.stream = []() -> std::optional<std::string> { throw std::runtime_error("boom"); };
    plugin::guardBody(barrier, "route", response);
    std::string out;
    BOOST_TEST((drain(*response.producer, out) == BodyProducer::State::Failed));
    BOOST_TEST(guard->faults() == 1u);
}

BOOST_AUTO_TEST_CASE(a_stop_waits_for_the_piece_and_drops_the_function) {
    const auto mark = std::make_shared<int>(0);
    std::promise<void> entered, leave;
    sdk::HttpResponse response;
    response.stream = [&, mark]() -> std::optional<std::string> {
        entered.set_value();
        leave.get_future().wait();
        return "late";
    };
    plugin::guardBody(barrier, "route", response);
    response.producer->start([] {});
    std::string out;
    BOOST_TEST((response.producer->produce(out, 4) == BodyProducer::State::Wait));
    entered.get_future().wait();
    auto stopped = std::async(std::launch::async, [&] { return stop(); });
    BOOST_TEST((stopped.wait_for(20ms) == std::future_status::timeout));
    leave.set_value();
    BOOST_TEST(stopped.get());
    BOOST_TEST(mark.use_count() == 1);
    BOOST_TEST((response.producer->produce(out, 4) == BodyProducer::State::Failed));
}

BOOST_AUTO_TEST_SUITE_END()
