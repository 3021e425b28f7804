#define BOOST_TEST_MODULE bus
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <future>
#include <set>
#include <vector>

#include "core/bus/decisions.hpp"
#include "core/bus/event_bus.hpp"
#include "core/bus/lane.hpp"
#include "core/bus/strand.hpp"
#include "core/bus/timers.hpp"
#include "core/bus/worker_pool.hpp"

using namespace trellis;
using namespace std::chrono_literals;

namespace {

auto soon() {
    return std::chrono::steady_clock::now() + 10s;
}

/// Holds a worker until it is opened, so that queues can be filled deterministically.
struct Gate {
    std::promise<void> promise;
    std::shared_future<void> opened{promise.get_future()};
    void open() { promise.set_value(); }
    bus::Task waiter() {
        return [f = opened] { f.wait(); };
    }
};

struct Ping {
    int number = 0;
    sdk::json::object toJson() const { return {{"number", number}}; }
};
constexpr sdk::Topic<Ping> kPing{"ping.sent"};
struct Other {
    sdk::json::object toJson() const { return {}; }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(worker_pool)

BOOST_AUTO_TEST_CASE(full_queue_refuses_and_keeps_what_it_took) {
    bus::WorkerPool pool({.threads = 1, .queueLimit = 2, .name = "t"});
    Gate gate;
    std::promise<void> started;
    BOOST_TEST(pool.post([&, wait = gate.waiter()] {
        started.set_value();
        wait();
    }));
    started.get_future().wait();
    std::atomic<int> ran{0};
    BOOST_TEST(pool.post([&] { ++ran; }));
    BOOST_TEST(pool.post([&] { ++ran; }));
    BOOST_TEST(!pool.post([&] { ++ran; }));
    gate.open();
    pool.stop();
    BOOST_TEST(ran == 2);
}

BOOST_AUTO_TEST_CASE(a_task_that_throws_costs_only_itself) {
    bus::WorkerPool pool({.threads = 1, .queueLimit = 10, .name = "t"});
    std::promise<void> after;
    BOOST_TEST(pool.post([] { throw std::runtime_error("boom"); }));
    BOOST_TEST(pool.post([] { throw 7; }));
    BOOST_TEST(pool.post([&] { after.set_value(); }));
    BOOST_TEST((after.get_future().wait_for(10s) == std::future_status::ready));
}

BOOST_AUTO_TEST_CASE(stopped_pool_takes_nothing) {
    bus::WorkerPool pool({.threads = 2, .queueLimit = 10, .name = "t"});
    pool.stop();
    BOOST_TEST(!pool.post([] {}));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(lane)

BOOST_AUTO_TEST_CASE(a_flood_in_a_lane_leaves_workers_to_others) {
    bus::WorkerPool pool({.threads = 3, .queueLimit = 100, .name = "t"});
    bus::Lane lane(pool, 2, 100);
    Gate gate;
    std::atomic<int> ran{0};
    for (int i = 0; i < 50; ++i)
        BOOST_TEST(lane.post([&, wait = gate.waiter()] {
            wait();
            ++ran;
        }));
    std::promise<void> other;
    BOOST_TEST(pool.post([&] { other.set_value(); }));
    BOOST_TEST((other.get_future().wait_for(10s) == std::future_status::ready));
    BOOST_TEST(ran == 0);
    gate.open();
    pool.stop();
    BOOST_TEST(ran == 50);
}

BOOST_AUTO_TEST_CASE(no_more_of_a_lane_run_at_once_than_its_width) {
    bus::WorkerPool pool({.threads = 4, .queueLimit = 100, .name = "t"});
    bus::Lane lane(pool, 2, 1000);
    std::atomic<int> now{0};
    std::atomic<int> most{0};
    std::atomic<int> ran{0};
    for (int i = 0; i < 500; ++i)
        BOOST_TEST(lane.post([&] {
            const int running = ++now;
            for (int seen = most; running > seen && !most.compare_exchange_weak(seen, running);) {
            }
            std::this_thread::yield();
            --now;
            ++ran;
        }));
    pool.stop();
    BOOST_TEST(ran == 500);
    BOOST_TEST(most <= 2);
}

BOOST_AUTO_TEST_CASE(full_lane_refuses_and_goes_on_after_a_task_that_throws) {
    bus::WorkerPool pool({.threads = 1, .queueLimit = 10, .name = "t"});
    bus::Lane lane(pool, 1, 2);
    Gate gate;
    std::promise<void> started;
    BOOST_TEST(lane.post([&, wait = gate.waiter()] {
        started.set_value();
        wait();
        throw std::runtime_error("boom");
    }));
    started.get_future().wait();
    std::promise<void> last;
    BOOST_TEST(lane.post([] { throw 7; }));
    BOOST_TEST(lane.post([&] { last.set_value(); }));
    BOOST_TEST(!lane.post([] {}));
    gate.open();
    BOOST_TEST((last.get_future().wait_for(10s) == std::future_status::ready));
    pool.stop();
    BOOST_TEST(!lane.post([] {}));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(strand)

BOOST_AUTO_TEST_CASE(tasks_run_in_order_and_never_overlap) {
    bus::WorkerPool pool({.threads = 4, .queueLimit = 100, .name = "t"});
    bus::Strand strand(pool, 5000);
    std::vector<int> order;
    std::atomic<int> inside{0};
    std::atomic<bool> hasOverlapped{false};
    for (int i = 0; i < 2000; ++i) {
        BOOST_REQUIRE(strand.post([&, i] {
            if (++inside != 1) hasOverlapped = true;
            order.push_back(i);
            --inside;
        }));
    }
    BOOST_TEST(strand.drain(soon()));
    BOOST_TEST(!hasOverlapped);
    BOOST_TEST(order.size() == 2000u);
    BOOST_TEST(std::is_sorted(order.begin(), order.end()));
}

BOOST_AUTO_TEST_CASE(full_strand_refuses) {
    bus::WorkerPool pool({.threads = 1, .queueLimit = 100, .name = "t"});
    Gate gate;
    bus::Strand strand(pool, 3);
    std::promise<void> started;
    BOOST_TEST(strand.post([&, wait = gate.waiter()] {
        started.set_value();
        wait();
    }));
    started.get_future().wait();
    for (int i = 0; i < 3; ++i) BOOST_TEST(strand.post([] {}));
    BOOST_TEST(!strand.post([] {}));
    gate.open();
    BOOST_TEST(strand.drain(soon()));
}

BOOST_AUTO_TEST_CASE(close_drops_what_waits) {
    bus::WorkerPool pool({.threads = 1, .queueLimit = 100, .name = "t"});
    Gate gate;
    bus::Strand strand(pool);
    std::promise<void> started;
    BOOST_TEST(strand.post([&, wait = gate.waiter()] {
        started.set_value();
        wait();
    }));
    started.get_future().wait();
    bool hasRun = false;
    BOOST_TEST(strand.post([&] { hasRun = true; }));
    strand.close();
    gate.open();
    BOOST_TEST(strand.drain(soon()));
    BOOST_TEST(!hasRun);
    BOOST_TEST(!strand.post([] {}));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(timers)

BOOST_AUTO_TEST_CASE(a_withdrawn_timer_never_fires_again) {
    bus::WorkerPool pool({.threads = 1, .queueLimit = 100, .name = "t"});
    bus::Timers timers;
    const auto run = [&](bus::Task task) { return pool.post(std::move(task)); };
    std::atomic<int> count{0};
    std::promise<void> third;
    auto handle = timers.every(1ms, run, [&] {
        if (++count == 3) third.set_value();
    });
    BOOST_TEST((third.get_future().wait_for(10s) == std::future_status::ready));
    handle.reset();
    const int atEnd = count;
    std::promise<void> later;
    const auto marker = timers.after(20ms, run, [&] { later.set_value(); });
    BOOST_TEST((later.get_future().wait_for(10s) == std::future_status::ready));
    BOOST_TEST(count == atEnd);
}

BOOST_AUTO_TEST_CASE(a_timer_may_withdraw_itself_from_inside) {
    bus::WorkerPool pool({.threads = 1, .queueLimit = 100, .name = "t"});
    bus::Timers timers;
    sdk::HandlePtr handle;
    std::promise<void> created;
    std::promise<void> done;
    auto ready = created.get_future().share();
    handle = timers.after(1ms, [&](bus::Task task) { return pool.post(std::move(task)); }, [&] {
        ready.wait();
        handle.reset();
        done.set_value();
    });
    created.set_value();
    BOOST_TEST((done.get_future().wait_for(10s) == std::future_status::ready));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(event_bus)

BOOST_AUTO_TEST_CASE(subscribers_get_events_in_order_typed_and_as_json) {
    bus::WorkerPool pool({.threads = 2, .queueLimit = 100, .name = "t"});
    bus::EventBus events;
    auto strand = std::make_shared<bus::Strand>(pool);
    std::vector<int> typed;
    std::vector<std::int64_t> asJson;
    const auto a = events.on<Ping>(kPing, strand, [&](const Ping& p) { typed.push_back(p.number); });
    const auto b = events.onAny("ping.", strand, [&](std::string_view name, const auto& json) {
        BOOST_TEST(name == "ping.sent");
        asJson.push_back(json.at("number").as_int64());
    });
    const auto c = events.onAny("pong.", strand, [&](std::string_view, const auto&) {
        BOOST_ERROR("wrong prefix delivered");
    });
    for (int i = 0; i < 50; ++i) events.publish(kPing, Ping{i});
    BOOST_TEST(strand->drain(soon()));
    BOOST_TEST(typed.size() == 50u);
    BOOST_TEST(std::is_sorted(typed.begin(), typed.end()));
    BOOST_TEST(asJson.size() == 50u);
}

BOOST_AUTO_TEST_CASE(slow_subscriber_loses_the_oldest_and_keeps_the_newest) {
    bus::WorkerPool pool({.threads = 1, .queueLimit = 100, .name = "t"});
    bus::EventBus events;
    Gate gate;
    BOOST_TEST(pool.post(gate.waiter()));
    auto strand = std::make_shared<bus::Strand>(pool);
    std::vector<int> got;
    const auto s = events.on<Ping>(kPing, strand, [&](const Ping& p) { got.push_back(p.number); });
    for (int i = 0; i < 1500; ++i) events.publish(kPing, Ping{i});
    gate.open();
    while (got.empty() || got.back() != 1499) BOOST_REQUIRE(strand->drain(soon()));
    BOOST_TEST(got.size() == 1000u);
    BOOST_TEST(got.front() == 500);
}

BOOST_AUTO_TEST_CASE(ended_subscription_gets_nothing) {
    bus::WorkerPool pool({.threads = 1, .queueLimit = 100, .name = "t"});
    bus::EventBus events;
    auto strand = std::make_shared<bus::Strand>(pool);
    auto s = events.on<Ping>(kPing, strand, [](const Ping&) { BOOST_ERROR("delivered"); });
    s.reset();
    events.publish(kPing, Ping{1});
    BOOST_TEST(strand->drain(soon()));
}

BOOST_AUTO_TEST_CASE(a_topic_keeps_its_payload_type) {
    bus::WorkerPool pool({.threads = 1, .queueLimit = 100, .name = "t"});
    bus::EventBus events;
    auto strand = std::make_shared<bus::Strand>(pool);
    const auto s = events.on<Ping>(kPing, strand, [](const Ping&) {});
    BOOST_CHECK_THROW(events.publish(sdk::Topic<Other>{"ping.sent"}, Other{}), sdk::Error);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(decisions)

BOOST_AUTO_TEST_CASE(first_deny_wins_by_priority_and_ends_the_round) {
    bus::Decisions decisions;
    bool wasLaterAsked = false;
    const auto late = decisions.add("p", 20, [&](const auto&, const auto&) {
        wasLaterAsked = true;
        return sdk::Decision::Allow;
    });
    const auto early =
        decisions.add("p", 10, [](const auto&, const auto&) { return sdk::Decision::Deny; });
    BOOST_TEST((decisions.ask("p", {}, {}) == sdk::Decision::Deny));
    BOOST_TEST(!wasLaterAsked);
}

BOOST_AUTO_TEST_CASE(a_handler_that_throws_denies) {
    bus::Decisions decisions;
    const auto allow =
        decisions.add("p", 1, [](const auto&, const auto&) { return sdk::Decision::Allow; });
    auto bad = decisions.add("p", 2, [](const auto&, const auto&) -> sdk::Decision { throw 3; });
    BOOST_TEST((decisions.ask("p", {}, {}) == sdk::Decision::Deny));
    bad.reset();
    BOOST_TEST((decisions.ask("p", {}, {}) == sdk::Decision::Allow));
    BOOST_TEST((decisions.ask("unknown", {}, {}) == sdk::Decision::Abstain));
}

BOOST_AUTO_TEST_SUITE_END()
