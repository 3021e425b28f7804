#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <pthread.h>
#include <random>
#include <vector>

#include "core/net/loop.hpp"
#include "core/net/timer_wheel.hpp"
#include "tests/unit/net/server.hpp"

using namespace trellis::net;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(timers)

BOOST_AUTO_TEST_CASE(they_come_in_order_and_none_is_lost) {
    Loops loops(1, "timers");
    std::mutex mutex;
    std::vector<int> order;
    std::vector<std::unique_ptr<Timer>> timers;
    testing::runOn(loops.at(0), [&] {
        for (const int delay : {60, 20, 40}) {
            timers.push_back(std::make_unique<Timer>());
            timers.back()->arm(loops.at(0), Millis(delay), [&, delay] {
                const std::lock_guard lock(mutex);
                order.push_back(delay);
            });
        }
    });
    BOOST_TEST(trellis::test::eventually([&] {
        const std::lock_guard lock(mutex);
        return order.size() == 3;
    }));
    BOOST_TEST(order == (std::vector<int>{20, 40, 60}), boost::test_tools::per_element());
    testing::runOn(loops.at(0), [&] { timers.clear(); });
}

BOOST_AUTO_TEST_CASE(a_callback_may_rearm_and_destroy_its_timer) {
    Loops loops(1, "timers");
    std::atomic<int> count{0};
    std::unique_ptr<Timer> timer;
    testing::runOn(loops.at(0), [&] {
        timer = std::make_unique<Timer>();
        timer->arm(loops.at(0), 10ms, [&] {
            if (++count < 3)
                timer->rearm(loops.at(0), 10ms);
            else
                timer.reset();
        });
    });
    BOOST_TEST(trellis::test::eventually([&] { return count == 3; }));
    bool isGone = false;
    testing::runOn(loops.at(0), [&] { isGone = timer == nullptr; });
    BOOST_TEST(isGone);
}

BOOST_AUTO_TEST_CASE(no_timer_is_early_or_forgotten_over_all_levels) {
    // The wheel by itself, its time made up: delays of 10 ms to 6 hours, through three of its
    // levels.
    const auto start = Clock::now();
    TimerWheel wheel(start);
    std::mt19937_64 random(7);
    struct Item {
        Timer timer;
        Clock::time_point due;
        Clock::time_point fired;
    };
    std::vector<std::unique_ptr<Item>> items;
    auto now = start;
    std::size_t twice = 0;
    for (int i = 0; i < 2000; ++i) {
        items.push_back(std::make_unique<Item>());
        auto& item = *items.back();
        item.due = start + Millis((10ull << (random() % 22)) + random() % 1000);
        wheel.arm(item.timer, item.due, [&] {
            twice += item.fired == Clock::time_point() ? 0u : 1u;
            item.fired = now;
        });
    }
    for (std::size_t i = 0; i < 2000; i += 20)
        items[i]->timer.cancel();
    while (wheel.size() > 0) {
        now += std::max(wheel.idleTime(now, Millis(60'000)), Millis(1));
        wheel.advance(now);
    }
    std::size_t fired = 0;
    for (const auto& item : items) {
        if (item->fired == Clock::time_point())
            continue;
        ++fired;
        BOOST_REQUIRE(item->fired >= item->due);
        BOOST_REQUIRE((item->fired - item->due <= TimerWheel::kTick + Millis(1)));
    }
    BOOST_TEST(fired == 1900u);
    BOOST_TEST(twice == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(loops)

BOOST_AUTO_TEST_CASE(posted_tasks_run_in_order_on_the_named_thread) {
    Loops loops(2, "abc");
    std::string name;
    bool isCurrent = false;
    std::vector<int> order;
    for (int i = 0; i < 100; ++i)
        loops.at(1).post([&order, i] { order.push_back(i); });
    testing::runOn(loops.at(1), [&] {
        char buffer[16] = {};
        pthread_getname_np(pthread_self(), buffer, sizeof buffer);
        name = buffer;
        isCurrent = loops.at(1).isCurrent() && Loop::current() == &loops.at(1);
    });
    BOOST_TEST(isCurrent);
    BOOST_TEST(name == "abc-1");
    BOOST_TEST(order.size() == 100u);
    BOOST_TEST(std::is_sorted(order.begin(), order.end()));
}

BOOST_AUTO_TEST_CASE(quick_loops_stay_out_of_the_round) {
    Loops loops(2, "abc", 1);
    BOOST_TEST(loops.size() == 2u);
    BOOST_TEST(loops.quick().name() == "abc-quick-0");
    BOOST_TEST(&loops.quick() == &loops.quick());
    for (int i = 0; i < 6; ++i)
        BOOST_TEST(&loops.next() != &loops.quick());
    bool isCurrent = false;
    testing::runOn(loops.quick(), [&] { isCurrent = loops.quick().isCurrent(); });
    BOOST_TEST(isCurrent);
    Loops without(1, "abc");
    BOOST_TEST(&without.quick() == &without.at(0));
}

BOOST_AUTO_TEST_CASE(a_task_that_throws_costs_only_itself) {
    Loops loops(1, "abc");
    loops.at(0).post([] { throw std::runtime_error("expected by the test"); });
    bool hasRun = false;
    testing::runOn(loops.at(0), [&] { hasRun = true; });
    BOOST_TEST(hasRun);
}

BOOST_AUTO_TEST_CASE(after_stop_tasks_are_refused) {
    Loops loops(1, "abc");
    bool hasRun = false;
    loops.at(0).post([&] { hasRun = true; });
    loops.stop();
    BOOST_TEST(hasRun);
    BOOST_TEST(!loops.at(0).post([] {}));
}

BOOST_AUTO_TEST_SUITE_END()
