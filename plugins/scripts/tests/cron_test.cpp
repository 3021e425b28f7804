#include <ctime>
#include <fstream>
#include <sstream>

#include <boost/test/unit_test.hpp>

#include "src/cron.hpp"

using scripts::Cron;
using scripts::CronError;
using scripts::Zone;

namespace {

std::int64_t at(const char* text) {
    std::tm time{};
    strptime(text, "%Y-%m-%d %H:%M", &time);
    return timegm(&time);
}

std::string textOf(std::int64_t seconds) {
    const std::time_t time = seconds;
    std::tm parts{};
    gmtime_r(&time, &parts);
    char text[32];
    strftime(text, sizeof text, "%Y-%m-%d %H:%M", &parts);
    return text;
}

/// The next `count` times in UTC after `from`.
std::vector<std::string> next(const char* cron, const char* from, int count = 3,
                              const Zone& zone = Zone::utc()) {
    std::vector<std::string> times;
    auto now = at(from);
    for (int i = 0; i < count; ++i) {
        const auto found = Cron::parse(cron).next(now, zone);
        if (!found)
            break;
        now = *found;
        times.push_back(textOf(now));
    }
    return times;
}

using Times = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(cron)

BOOST_AUTO_TEST_CASE(known_tables) {
    BOOST_TEST(next("*/20 * * * *", "2024-05-01 10:05") ==
                   (Times{"2024-05-01 10:20", "2024-05-01 10:40", "2024-05-01 11:00"}),
               boost::test_tools::per_element());
    BOOST_TEST(next("30 4 * * mon-FRI", "2024-05-03 05:00", 2) ==
                   (Times{"2024-05-06 04:30", "2024-05-07 04:30"}),
               boost::test_tools::per_element());
    BOOST_TEST(next("0 0 1 jan,jul *", "2024-02-01 00:00", 2) ==
                   (Times{"2024-07-01 00:00", "2025-01-01 00:00"}),
               boost::test_tools::per_element());
    BOOST_TEST(
        next("5-15/5 8 * * *", "2024-05-01 08:04", 4) ==
            (Times{"2024-05-01 08:05", "2024-05-01 08:10", "2024-05-01 08:15", "2024-05-02 08:05"}),
        boost::test_tools::per_element());
    BOOST_TEST(next("0 12 * * 7", "2024-05-01 00:00", 1) ==
                   next("0 12 * * 0", "2024-05-01 00:00", 1),
               boost::test_tools::per_element());
    BOOST_TEST(next("@daily", "2024-05-01 00:00", 1) == (Times{"2024-05-02 00:00"}),
               boost::test_tools::per_element());
    BOOST_TEST(next("59 23 31 12 *", "2024-12-31 23:59", 1) == (Times{"2025-12-31 23:59"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(either_day_is_enough_if_both_are_restricted) {
    // Friday the 10th and Mondays.
    BOOST_TEST(next("0 0 10 5 1", "2024-05-05 00:00", 3) ==
                   (Times{"2024-05-06 00:00", "2024-05-10 00:00", "2024-05-13 00:00"}),
               boost::test_tools::per_element());
    BOOST_TEST(next("0 0 13 * *", "2024-05-05 00:00", 1) == (Times{"2024-05-13 00:00"}),
               boost::test_tools::per_element());
    // A field that begins with * restricts, but does not count as restricted.
    BOOST_TEST(next("0 0 */2 * 1", "2024-05-05 00:00", 2) ==
                   (Times{"2024-05-13 00:00", "2024-05-27 00:00"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_29th_of_february_comes_every_four_years_and_the_30th_never) {
    BOOST_TEST(next("0 6 29 2 *", "2023-01-01 00:00", 2) ==
                   (Times{"2024-02-29 06:00", "2028-02-29 06:00"}),
               boost::test_tools::per_element());
    BOOST_TEST(next("0 6 29 2 *", "2096-03-01 00:00", 1) == (Times{"2104-02-29 06:00"}),
               boost::test_tools::per_element());
    BOOST_TEST(!Cron::parse("0 0 30 2 *").next(at("2024-01-01 00:00"), Zone::utc()).has_value());
}

BOOST_AUTO_TEST_CASE(clocks_go_forward_and_back) {
    const auto berlin = Zone::load("Europe/Berlin");
    // 31 March 2024: 02:00 CET becomes 03:00 CEST (01:00 UTC). 02:30 is due when the hour is over.
    BOOST_TEST(next("30 2 * * *", "2024-03-30 00:00", 3, berlin) ==
                   (Times{"2024-03-30 01:30", "2024-03-31 01:00", "2024-04-01 00:30"}),
               boost::test_tools::per_element());
    BOOST_TEST(next("30 * * * *", "2024-03-31 00:00", 3, berlin) ==
                   (Times{"2024-03-31 00:30", "2024-03-31 01:30", "2024-03-31 02:30"}),
               boost::test_tools::per_element());
    // 27 October 2024: 03:00 CEST becomes 02:00 CET (01:00 UTC). 02:30 is there twice and due once.
    BOOST_TEST(next("30 2 * * *", "2024-10-26 12:00", 2, berlin) ==
                   (Times{"2024-10-27 00:30", "2024-10-28 01:30"}),
               boost::test_tools::per_element());
    BOOST_TEST(
        next("*/30 * * * *", "2024-10-27 00:00", 4, berlin) ==
            (Times{"2024-10-27 00:30", "2024-10-27 01:00", "2024-10-27 01:30", "2024-10-27 02:00"}),
        boost::test_tools::per_element());
    // Half an hour, on Lord Howe Island.
    const auto howe = Zone::load("Australia/Lord_Howe");
    BOOST_TEST(next("45 1 * * *", "2024-04-06 00:00", 2, howe) ==
                   (Times{"2024-04-06 14:45", "2024-04-07 15:15"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_zone_goes_on_by_its_rule_after_its_last_change) {
    const auto berlin = Zone::load("Europe/Berlin");
    BOOST_TEST(berlin.offsetAt(at("2060-07-01 12:00")) == 7200);
    BOOST_TEST(berlin.offsetAt(at("2060-12-01 12:00")) == 3600);
    BOOST_TEST(Zone::load("America/New_York").offsetAt(at("2060-07-01 12:00")) == -4 * 3600);
    BOOST_TEST(Zone::load("Australia/Sydney").offsetAt(at("2060-01-01 12:00")) == 11 * 3600);
    BOOST_TEST(Zone::load("Asia/Kolkata").offsetAt(at("2060-01-01 12:00")) == 19800);
}

BOOST_AUTO_TEST_CASE(zones_are_names_and_no_paths) {
    for (const auto* name : {"../../etc/passwd", "/etc/passwd", "Europe//Berlin", "Europe/Nowhere",
                             "Europe", "zone.tab", "a b"}) {
        BOOST_CHECK_THROW(Zone::load(name), std::invalid_argument);
    }
}

BOOST_AUTO_TEST_CASE(mistakes_are_named) {
    const auto says = [](const std::string& part) {
        return [part](const CronError& error) {
            return std::string(error.what()).find(part) != std::string::npos;
        };
    };
    BOOST_CHECK_EXCEPTION(Cron::parse("* * * *"), CronError, says("five fields"));
    BOOST_CHECK_EXCEPTION(Cron::parse("60 * * * *"), CronError,
                          says("minute: 60 is not from 0 to 59"));
    BOOST_CHECK_EXCEPTION(Cron::parse("* 5-3 * * *"), CronError,
                          says("hour: a range ends before it begins"));
    BOOST_CHECK_EXCEPTION(Cron::parse("* * 0 * *"), CronError, says("day of the month"));
    BOOST_CHECK_EXCEPTION(Cron::parse("* * * foo *"), CronError,
                          says("month: expected a number, got \"foo\""));
    for (const auto* text :
         {"", "* * * * * *", "*/0 * * * *", "*/ * * * *", "1,,2 * * * *", "-1 * * * *",
          "1- * * * *", "999999999999 * * * *", "* * * * 8", "@reboot"}) {
        BOOST_CHECK_THROW(Cron::parse(text), CronError);
    }
    BOOST_CHECK_THROW(Cron::parse(std::string(300, '*')), CronError);
}

BOOST_AUTO_TEST_SUITE_END()
