#include "agent/desktop/flow.hpp"

#include <boost/test/unit_test.hpp>

using trellis::device::Clock;
using trellis::device::Milliseconds;
using trellis::device::desktop::FlowWindow;

namespace {
/// A line of `rate` bytes a second and `trip` round trip, in steps of a millisecond, and a page that draws one
/// frame after the other.
struct Line {
    FlowWindow flow;
    Milliseconds draw{0};
    Milliseconds interval{1};  // between frames, where the window is open
    Clock::time_point now{std::chrono::seconds(1000)};
    std::uint32_t frame = 0;
    Clock::time_point freeAt = now;
    Clock::time_point drawnAt = now;
    Clock::time_point nextAt = now;
    struct Answer {
        std::uint32_t frame;
        Milliseconds draw;
        Clock::time_point came;
        Clock::time_point at;
    };
    std::deque<Answer> answers;

    void run(double rate, Milliseconds trip, std::size_t frameSize, int milliseconds) {
        for (int i = 0; i < milliseconds; ++i) {
            now += Milliseconds(1);
            while (!answers.empty() && answers.front().at <= now) {
                const auto answer = answers.front();
                answers.pop_front();
                const auto queue = std::count_if(answers.begin(), answers.end(), [&](const Answer& each) { return each.came <= now; });
                flow.done(answer.frame, static_cast<int>(queue), answer.draw, now);
            }
            if (now < nextAt || !flow.isOpen(now)) continue;
            nextAt = now + interval;
            flow.sent(frameSize);
            flow.mark(++frame, now);
            freeAt = std::max(freeAt, now) +
                     std::chrono::duration_cast<Clock::duration>(
                         std::chrono::duration<double>(static_cast<double>(frameSize) / rate));
            const auto came = freeAt + trip;
            drawnAt = std::max(came, drawnAt) + draw;
            answers.push_back({frame, std::chrono::duration_cast<Milliseconds>(drawnAt - came), came, drawnAt});
        }
    }
};
}  // namespace

BOOST_AUTO_TEST_SUITE(flow_window)

BOOST_AUTO_TEST_CASE(a_slow_line_is_measured_and_not_flooded) {
    Line line;
    line.run(32'000, Milliseconds(200), 2'000, 20'000);
    BOOST_TEST(line.flow.throughput() > 28'000);
    BOOST_TEST(line.flow.throughput() < 36'000);
    // What waits on the line is worth less than a third of a second and one frame.
    BOOST_TEST(line.flow.inFlight() <= 32'000 * 0.35 + 2'000);
}

BOOST_AUTO_TEST_CASE(a_fast_line_is_filled) {
    Line line;
    line.run(10e6, Milliseconds(50), 20'000, 5'000);
    BOOST_TEST(line.flow.throughput() > 9e6);
    BOOST_TEST(line.flow.window() > 500'000);
    BOOST_TEST(line.flow.roundTrip().count() < 80);
}

BOOST_AUTO_TEST_CASE(a_line_that_gets_slower_is_noticed) {
    Line line;
    line.run(5e6, Milliseconds(20), 10'000, 3'000);
    line.run(50'000, Milliseconds(20), 10'000, 30'000);
    BOOST_TEST(line.flow.throughput() < 80'000);
}

BOOST_AUTO_TEST_CASE(small_frames_do_not_make_a_fast_line_slow) {
    Line line;
    line.run(5e6, Milliseconds(40), 20'000, 2'000);
    line.interval = Milliseconds(33);
    line.run(5e6, Milliseconds(40), 1'500, 20'000);
    BOOST_TEST(line.flow.throughput() > 1e6);
}

BOOST_AUTO_TEST_CASE(a_page_that_draws_slowly_gets_fewer_frames_and_not_later_ones) {
    Line line;
    line.interval = Milliseconds(33);
    line.draw = Milliseconds(60);
    line.run(5e6, Milliseconds(5), 1'500, 20'000);
    BOOST_TEST((line.answers.back().at - line.now < Milliseconds(200)));
    BOOST_TEST(line.frame > 20'000 / 60 - 20); // as many as it can draw
    // The line is not what is slow.
    BOOST_TEST(line.flow.roundTrip().count() <= 10);
    line.draw = Milliseconds(1);
    line.interval = Milliseconds(1);
    line.run(5e6, Milliseconds(5), 20'000, 2'000);
    BOOST_TEST(line.flow.throughput() > 1e6);
}

BOOST_AUTO_TEST_CASE(one_late_answer_is_not_a_slow_line) {
    Line line;
    line.run(5e6, Milliseconds(5), 20'000, 2'000);
    while (!line.answers.empty()) {
        line.flow.done(line.answers.front().frame, 0, {}, line.now);
        line.answers.pop_front();
    }
    line.now += std::chrono::seconds(10);
    for (int i = 0; i < 2; ++i) {
        line.flow.sent(1'000);
        line.flow.mark(++line.frame, line.now);
    }
    line.now += Milliseconds(300);
    line.flow.done(line.frame, 0, {}, line.now);
    BOOST_TEST(line.flow.throughput() > 1e6);
}

BOOST_AUTO_TEST_CASE(a_page_where_frames_wait_says_nothing_of_the_line) {
    Line line;
    line.run(5e6, Milliseconds(5), 20'000, 2'000);
    for (int i = 0; i < 100; ++i) {
        line.flow.sent(1'000);
        line.flow.mark(++line.frame, line.now);
        line.now += Milliseconds(200);
        line.flow.done(line.frame - 1, 1, {}, line.now);
    }
    BOOST_TEST(line.flow.throughput() > 1e6);
}

BOOST_AUTO_TEST_CASE(an_answer_that_never_comes_stops_nothing) {
    Line line;
    line.run(5e6, Milliseconds(5), 20'000, 1'000);
    while (!line.answers.empty()) {
        line.flow.done(line.answers.front().frame, 0, {}, line.now);
        line.answers.pop_front();
    }
    line.flow.sent(100);
    line.flow.mark(++line.frame, line.now);
    BOOST_TEST(line.flow.isOpen(line.now + Milliseconds(50)));
    const auto late = line.now + Milliseconds(200);
    BOOST_TEST(!line.flow.isOpen(late));
    const auto end = line.flow.givesUpAt(late);
    BOOST_TEST((end < line.now + Milliseconds(1'500)));
    BOOST_TEST(line.flow.isOpen(end));
}

BOOST_AUTO_TEST_CASE(what_no_mark_follows_is_not_waited_for) {
    FlowWindow flow;
    const Clock::time_point start{std::chrono::seconds(10)};
    flow.sent(100'000);  // the pointer has changed its shape
    BOOST_TEST(flow.inFlight() == 0U);
    flow.mark(1, start);
    flow.sent(1'000);
    BOOST_TEST(flow.inFlight() == 101'000U);
    flow.done(1, 0, {}, start + Milliseconds(10));
    BOOST_TEST(flow.inFlight() == 0U);
}

BOOST_AUTO_TEST_CASE(one_frame_may_always_go_and_silence_stops_the_rest) {
    FlowWindow flow;
    const Clock::time_point start{std::chrono::seconds(10)};
    BOOST_TEST(flow.isOpen(start + Milliseconds(1)));
    flow.sent(5'000'000);
    flow.mark(1, start);
    BOOST_TEST(!flow.isOpen(start + Milliseconds(1)));
    BOOST_TEST((flow.waitingSince() == start));
    flow.done(99, 0, {}, start + Milliseconds(5));  // nobody sent that
    BOOST_TEST(!flow.isOpen(start + Milliseconds(1)));
    flow.done(1, 0, {}, start + Milliseconds(10));
    BOOST_TEST(flow.isOpen(start + Milliseconds(1)));
    BOOST_TEST(flow.inFlight() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
