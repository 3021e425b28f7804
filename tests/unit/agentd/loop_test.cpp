// The agent's loop.
#include <boost/test/unit_test.hpp>

#include "agent/base/loop.hpp"

using namespace trellis::device;

BOOST_AUTO_TEST_SUITE(loop)

BOOST_AUTO_TEST_CASE(it_rests_after_bulk_data_and_only_then) {
    Loop loop;
    const auto turnForAWhile = [&loop](std::size_t bytes) {
        const auto end = Clock::now() + 2 * trellis::wire::BulkRest::kEvery;
        do {
            loop.carried(bytes);
            loop.runOnce(Milliseconds(0));
        } while (Clock::now() < end);
    };
    turnForAWhile(0);
    BOOST_TEST(loop.bulkRest().count() == 0);
    turnForAWhile(trellis::wire::BulkRest::kBytes);
    BOOST_TEST(loop.bulkRest().count() > 0);
}

BOOST_AUTO_TEST_SUITE_END()
