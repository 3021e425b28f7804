#include "../store/support.hpp"

#include "core/auth/throttle.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <thread>
#include <vector>

using namespace trellis;
using namespace trellis::auth;
using std::chrono::minutes;

namespace {

struct Fixture {
    test::FakeClock time;
    ThrottleOptions options;
    std::unique_ptr<Throttle> throttle = make();

    std::unique_ptr<Throttle> make() { return std::make_unique<Throttle>(options, time.clock()); }
    void fail(int times, const std::string& account, const std::string& address) {
        for (int i = 0; i < times; ++i)
            throttle->attempt(account, address);
    }
    bool isBlocked(const std::string& account, const std::string& address) {
        return throttle->check(account, address).isBlocked;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(throttle, Fixture)

BOOST_AUTO_TEST_CASE(addresses_are_grouped_by_who_can_own_them) {
    BOOST_TEST(addressKey("203.0.113.7") == "203.0.113.*");
    BOOST_TEST(addressKey("::ffff:203.0.113.7") == "203.0.113.*");
    BOOST_TEST(addressKey("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64");
    BOOST_TEST(addressKey("2001:DB8:1:2::9") == addressKey("2001:db8:1:2:ffff::1"));
    BOOST_TEST(addressKey("2001:db8:1:3::1") != addressKey("2001:db8:1:2::1"));
    BOOST_TEST(addressKey("fe80::1%eth0") == "fe80::/64");
    BOOST_TEST(addressKey("127.0.0.1") == "127.0.0.1");
    BOOST_TEST(addressKey("::1") == "::1");
    BOOST_TEST(addressKey(std::string(1000, 'x')).size() == 64U);
}

BOOST_AUTO_TEST_CASE(the_tenth_failure_is_the_last) {
    for (int i = 0; i < 9; ++i)
        BOOST_TEST(!throttle->attempt("joe", "1.2.3.4").isLast);
    BOOST_TEST(throttle->attempt("joe", "1.2.3.4").isLast);
    const auto answer = throttle->attempt("joe", "1.2.3.99");
    BOOST_TEST(answer.isBlocked);
    BOOST_TEST(answer.retryAfter.count() == 600);
    BOOST_TEST(isBlocked("ann", "1.2.3.4")); // the address is blocked for every account
    BOOST_TEST(!isBlocked("ann", "1.2.4.4"));
    BOOST_TEST(!isBlocked("joe", "1.2.4.4")); // and the account has failures left elsewhere
}

BOOST_AUTO_TEST_CASE(failures_leave_the_window_one_by_one) {
    for (int i = 0; i < 10; ++i) {
        fail(1, "joe", "1.2.3.4");
        time.advance(minutes(1));
    }
    BOOST_TEST(!isBlocked("joe", "1.2.3.4")); // the first one is 10 minutes old
    fail(1, "joe", "1.2.3.4");
    BOOST_TEST(isBlocked("joe", "1.2.3.4"));
    BOOST_TEST(throttle->check("joe", "1.2.3.4").retryAfter.count() == 60);
    time.advance(minutes(1));
    BOOST_TEST(!isBlocked("joe", "1.2.3.4"));
}

BOOST_AUTO_TEST_CASE(guesses_while_blocked_do_not_lengthen_it) {
    fail(10, "joe", "1.2.3.4");
    time.advance(minutes(9));
    fail(100, "joe", "1.2.3.4");
    time.advance(minutes(1));
    BOOST_TEST(!isBlocked("joe", "1.2.3.4"));
}

BOOST_AUTO_TEST_CASE(with_a_cool_off_the_block_lasts_that_long) {
    options.coolOff = minutes(60);
    throttle = make();
    fail(10, "joe", "1.2.3.4");
    time.advance(minutes(59));
    BOOST_TEST(isBlocked("joe", "1.2.3.4"));
    time.advance(minutes(1));
    BOOST_TEST(!isBlocked("joe", "1.2.3.4"));
}

BOOST_AUTO_TEST_CASE(one_account_is_guarded_against_many_addresses) {
    for (int i = 0; i < 20; ++i)
        fail(1, "joe", "10.0." + std::to_string(i) + ".1");
    BOOST_TEST(isBlocked("joe", "10.9.9.9"));
    BOOST_TEST(!isBlocked("ann", "10.9.9.9"));
}

BOOST_AUTO_TEST_CASE(strangers_cannot_lock_the_owner_out_where_he_has_been) {
    throttle->attempt("joe", "192.0.2.1");
    throttle->succeeded("joe", "192.0.2.1");
    for (int i = 0; i < 20; ++i)
        fail(1, "joe", "10.0." + std::to_string(i) + ".1");
    BOOST_TEST(isBlocked("joe", "10.9.9.9"));
    BOOST_TEST(!isBlocked("joe", "192.0.2.1"));
    fail(10, "joe", "192.0.2.1"); // but there, too, guesses end
    BOOST_TEST(isBlocked("joe", "192.0.2.1"));
}

BOOST_AUTO_TEST_CASE(a_good_login_does_not_launder_guesses_at_others) {
    for (int i = 0; i < 9; ++i) {
        fail(1, "victim", "1.2.3.4");
        throttle->attempt("own", "1.2.3.4");
        throttle->succeeded("own", "1.2.3.4");
    }
    BOOST_TEST(!isBlocked("own", "1.2.3.4"));
    fail(1, "victim", "1.2.3.4");
    BOOST_TEST(isBlocked("own", "1.2.3.4"));
}

BOOST_AUTO_TEST_CASE(what_was_no_guess_is_taken_back) {
    for (int i = 0; i < 50; ++i) {
        BOOST_TEST(!throttle->attempt("joe", "1.2.3.4").isBlocked);
        throttle->withdraw("joe", "1.2.3.4");
    }
    BOOST_TEST(throttle->entryCount() == 0U);
    throttle->withdraw("nobody", "9.9.9.9");
}

BOOST_AUTO_TEST_CASE(tables_do_not_grow_beyond_their_bound) {
    options.maxEntries = 100;
    throttle = make();
    for (int i = 0; i < 5000; ++i)
        fail(1, "user" + std::to_string(i),
             std::to_string(i / 250) + "." + std::to_string(i % 250) + ".0.1");
    BOOST_TEST(throttle->entryCount() == 200U);
}

BOOST_AUTO_TEST_CASE(guesses_at_the_same_moment_get_no_further_than_one_after_the_other) {
    std::atomic<int> passed{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int n = 0; n < 50; ++n)
                if (!throttle->attempt("joe", "1.2.3.4").isBlocked)
                    ++passed;
        });
    for (auto& thread : threads)
        thread.join();
    BOOST_TEST(passed.load() == 10);
}

BOOST_AUTO_TEST_CASE(a_limit_of_zero_is_none) {
    options.perAddress = options.perAccount = 0;
    throttle = make();
    fail(1000, "joe", "1.2.3.4");
    BOOST_TEST(!isBlocked("joe", "1.2.3.4"));
}

BOOST_AUTO_TEST_SUITE_END()
