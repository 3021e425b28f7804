#include "agent/link/back_off.hpp"

#include <boost/test/unit_test.hpp>

using trellis::device::BackOff;

BOOST_AUTO_TEST_SUITE(agent_back_off)

BOOST_AUTO_TEST_CASE(without_luck_the_wait_doubles_up_to_four_minutes) {
    BackOff backOff([](std::uint32_t) { return 0U; });
    std::vector<long long> waits;
    for (int i = 0; i < 11; ++i) waits.push_back(backOff.next().count());
    const std::vector<long long> expected{500,   1000,  2000,   4000,   8000,  16000,
                                          32000, 64000, 128000, 240000, 240000};
    BOOST_TEST(waits == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_random_part_stays_in_its_range) {
    BackOff backOff([](std::uint32_t below) { return below - 1; });
    BOOST_TEST(backOff.next().count() == 4000);  // 2000 and as much again
    BOOST_TEST(backOff.next().count() == 8000);
    for (int i = 0; i < 20; ++i) backOff.next();
    BOOST_TEST(backOff.next().count() == 360000);
}

BOOST_AUTO_TEST_CASE(a_server_that_proved_itself_starts_it_anew) {
    BackOff backOff([](std::uint32_t) { return 0U; });
    for (int i = 0; i < 8; ++i) backOff.next();
    backOff.reset();
    BOOST_TEST(backOff.next().count() == 500);
}

BOOST_AUTO_TEST_SUITE_END()
