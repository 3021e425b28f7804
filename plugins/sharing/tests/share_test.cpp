// When a share is open, and who may have guests.
#include <boost/test/unit_test.hpp>

#include "arguments.hpp"
#include "share.hpp"

using namespace sharing;

namespace {

namespace right = trellis::sdk::device_right;
constexpr std::int64_t kHour = 60LL * 60 * 1000;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kStart = 1'700'000'000'000;

Share recurring(int kind, std::int64_t minutes) {
    Share share;
    share.recurring = kind;
    share.startMs = kStart;
    share.durationMin = minutes;
    return share;
}

std::string refusal(const json::object& args) {
    try {
        shareOf(args, kStart, 0);
    } catch (const trellis::sdk::Error& error) {
        return error.what();
    }
    return "";
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_share_between_two_times_begins_and_ends) {
    Share share;
    share.startMs = kStart;
    share.expireMs = kStart + kHour;
    BOOST_CHECK(momentOf(share, kStart - 1).phase == Phase::Early);
    BOOST_CHECK(momentOf(share, kStart).phase == Phase::Open);
    BOOST_CHECK(momentOf(share, kStart + kHour - 1).phase == Phase::Open);
    BOOST_CHECK(momentOf(share, kStart + kHour).phase == Phase::Over);
}

BOOST_AUTO_TEST_CASE(a_daily_share_comes_again_every_day_and_never_ends) {
    const auto share = recurring(1, 30);
    BOOST_CHECK(momentOf(share, kStart - 1).phase == Phase::Early);
    BOOST_CHECK(momentOf(share, kStart + kHour / 2 - 1).phase == Phase::Open);
    const auto between = momentOf(share, kStart + kHour / 2);
    BOOST_CHECK(between.phase == Phase::Early);
    BOOST_TEST(*between.fromMs == kStart + kDay);
    const auto later = momentOf(share, kStart + 400 * kDay + 60'000);
    BOOST_CHECK(later.phase == Phase::Open);
    BOOST_TEST(*later.untilMs == kStart + 400 * kDay + kHour / 2);
}

BOOST_AUTO_TEST_CASE(a_weekly_share_is_closed_on_the_other_days) {
    const auto share = recurring(2, 60);
    BOOST_CHECK(momentOf(share, kStart + kDay).phase == Phase::Early);
    BOOST_CHECK(momentOf(share, kStart + 7 * kDay).phase == Phase::Open);
}

BOOST_AUTO_TEST_CASE(sharing_needs_its_right_and_loses_what_the_user_may_not_use) {
    const auto both = right::kRemoteControl | right::kGuestSharing;
    BOOST_TEST(mayShare(right::kAdmin, 31));
    BOOST_TEST(mayShare(both, 31));
    BOOST_TEST(!mayShare(right::kRemoteControl, 1));
    BOOST_TEST(!mayShare(right::kGuestSharing, 1));
    BOOST_TEST(!mayShare(both | right::kLimitedInput, 1));
    BOOST_TEST(!mayShare(both | right::kNoTerminal, 1));
    BOOST_TEST(mayShare(both | right::kNoTerminal, 2));
    BOOST_TEST(!mayShare(both | right::kNoDesktop, 3));
    BOOST_TEST(!mayShare(both | right::kNoFiles, 4));
}

BOOST_AUTO_TEST_CASE(a_guest_may_no_more_than_was_shared) {
    Share share;
    share.kinds = kind::kTerminal;
    share.isViewOnly = true;
    const auto rights = guestRights(share);
    BOOST_TEST((rights & right::kRemoteControl) != 0u);
    BOOST_TEST((rights & right::kViewOnly) != 0u);
    BOOST_TEST((rights & right::kNoDesktop) != 0u);
    BOOST_TEST((rights & right::kNoFiles) != 0u);
    BOOST_TEST((rights & right::kNoTerminal) == 0u);
    BOOST_TEST((rights & (right::kAgentConsole | right::kRemoteCommand | right::kGuestSharing)) == 0u);
}

BOOST_AUTO_TEST_CASE(times_that_make_no_sense_get_the_texts_of_the_wire) {
    BOOST_TEST(refusal({{"p", 1}}) == "No time specified");
    BOOST_TEST(refusal({{"start", 20}, {"end", 10}}) == "No time specified");
    BOOST_TEST(refusal({{"recurring", 1}, {"start", 10}}) == "Invalid recurring command");
    BOOST_TEST(refusal({{"recurring", 1}, {"start", 10}, {"end", 20}, {"expire", 5}}) ==
               "Invalid recurring command");
    BOOST_TEST(refusal({{"recurring", 1}, {"start", 10}, {"expire", 24 * 60 + 1}}) ==
               "Invalid expire time");
}

BOOST_AUTO_TEST_CASE(the_longest_time_holds_for_shares_without_end_as_well) {
    const json::object endless{{"expire", 0}};
    BOOST_TEST(*shareOf(endless, kStart, 60).expireMs == kStart + kHour);
    const json::object range{{"start", 1000}, {"end", 999'999}};
    BOOST_TEST(*shareOf(range, kStart, 60).expireMs == 1000 * 1000 + kHour);
}

BOOST_AUTO_TEST_CASE(what_is_stored_is_what_was_shared) {
    Share share = recurring(1, 30);
    share.publicId = "x";
    share.deviceId = "node//1";
    share.userId = "user//u";
    share.port = 80;
    share.isViewOnly = share.asksName = true;
    const auto again = Share::fromDocument(share.toDocument());
    BOOST_REQUIRE(again);
    BOOST_TEST((again->toDocument() == share.toDocument()));
    BOOST_TEST(!Share::fromDocument({{"publicid", "x"}}));
}
