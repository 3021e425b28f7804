#include "agent/desktop/flow.hpp"

#include <boost/test/unit_test.hpp>

using trellis::device::Clock;
using trellis::device::Milliseconds;
using trellis::device::desktop::FlowWindow;

namespace {
/// A line of `rate` bytes a second and `trip` round trip, in steps of a millisecond.
struct Line {
    FlowWindow flow;
    Clock::time_point now{std::chrono::seconds(1000)};
    std::uint32_t frame = 0;
    Clock::time_point freeAt = now;
    std::deque<std::pair<std::uint32_t, Clock::time_point>> answers;

    void run(double rate, Milliseconds trip, std::size_t frameSize, int milliseconds) {
        for (int i = 0; i < milliseconds; ++i) {
            now += Milliseconds(1);
            while (!answers.empty() && answers.front().second <= now) {
                flow.done(answers.front().first, now);
                answers.pop_front();
            }
            if (!flow.isOpen()) continue;
            flow.sent(frameSize);
            flow.mark(++frame, now);
            freeAt = std::max(freeAt, now) +
                     std::chrono::duration_cast<Clock::duration>(
                         std::chrono::duration<double>(static_cast<double>(frameSize) / rate));
            answers.emplace_back(frame, freeAt + trip);
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

BOOST_AUTO_TEST_CASE(one_frame_may_always_go_and_silence_stops_the_rest) {
    FlowWindow flow;
    const Clock::time_point start{std::chrono::seconds(10)};
    BOOST_TEST(flow.isOpen());
    flow.sent(5'000'000);
    flow.mark(1, start);
    BOOST_TEST(!flow.isOpen());
    BOOST_TEST((flow.waitingSince() == start));
    flow.done(99, start + Milliseconds(5));  // nobody sent that
    BOOST_TEST(!flow.isOpen());
    flow.done(1, start + Milliseconds(10));
    BOOST_TEST(flow.isOpen());
    BOOST_TEST(flow.inFlight() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
