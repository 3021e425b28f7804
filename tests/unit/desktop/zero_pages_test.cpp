// What holds zeros only goes back to the system, and nothing else changes.
#include "agent/base/file.hpp"
#include "agent/platform/linux/desktop/proc.hpp"
#include "agent/platform/linux/desktop/zero_pages.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <thread>
#include <vector>

using namespace trellis::device::desktop;

BOOST_AUTO_TEST_SUITE(zero_pages)

BOOST_AUTO_TEST_CASE(pages_of_zeros_are_given_back_and_the_others_kept) {
    constexpr std::size_t kSize = 32 * 1024 * 1024;
    std::vector<unsigned char> memory(kSize, 0);
    // In every fourth page one byte.
    for (std::size_t at = 1000; at < kSize; at += 4 * 4096) memory[at] = 7;
    const auto given = giveBackZeroPages();
    BOOST_TEST(given >= kSize / 2);
    std::size_t sum = 0;
    for (const auto each : memory) sum += each;
    BOOST_TEST(sum == kSize / (4 * 4096) * 7);
    memory[5000] = 1;
    BOOST_TEST(memory[5000] == 1);
}

BOOST_AUTO_TEST_CASE(with_a_second_thread_nothing_is_touched) {
    bool isOver = false;
    std::size_t given = 1;
    std::thread([&] {
        given = giveBackZeroPages();
        isOver = true;
    }).join();
    BOOST_TEST(isOver);
    BOOST_TEST(given == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
