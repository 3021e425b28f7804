#include <boost/test/unit_test.hpp>

#include "core/plugin/version.hpp"

using trellis::plugin::compare;
using trellis::plugin::Version;
using trellis::plugin::VersionRange;

namespace {

bool contains(const char* range, const char* version) {
    return VersionRange::parse(range).value().contains(Version::parse(version).value());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(version)

BOOST_AUTO_TEST_CASE(parts_left_out_count_as_zero) {
    BOOST_TEST(Version::parse("2").value().text() == "2.0.0");
    BOOST_TEST(Version::parse("2.1-rc.1").value().text() == "2.1.0-rc.1");
}

BOOST_AUTO_TEST_CASE(what_is_no_version_is_refused) {
    for (const auto* text : {"", "1.", ".1", "1..2", "1.2.3.4", "01.2", "v1", "1.2-", "1.2-ä", "-1",
                             "99999999999", "1 2"}) {
        BOOST_TEST(!Version::parse(text), text);
    }
}

BOOST_AUTO_TEST_CASE(a_pre_release_comes_before_its_version) {
    BOOST_TEST(compare(*Version::parse("1.2.0-rc.1"), *Version::parse("1.2.0")) < 0);
    BOOST_TEST(compare(*Version::parse("1.10"), *Version::parse("1.9")) > 0);
    BOOST_TEST(compare(*Version::parse("1.2"), *Version::parse("1.2.0")) == 0);
}

BOOST_AUTO_TEST_CASE(all_conditions_of_a_range_must_hold) {
    BOOST_TEST(contains(">=1.0 <2", "1.9.9"));
    BOOST_TEST(!contains(">=1.0 <2", "2.0"));
    BOOST_TEST(!contains(">=1.0 <2", "0.9"));
    BOOST_TEST(contains("*", "0.0.1"));
    BOOST_TEST(contains("=1.2", "1.2.0"));
    BOOST_TEST(!contains(">1.2", "1.2.0"));
    BOOST_TEST(contains("<=1.2", "1.2.0"));
}

BOOST_AUTO_TEST_CASE(a_bare_version_takes_later_ones_of_its_major) {
    BOOST_TEST(contains("1.4", "1.5"));
    BOOST_TEST(!contains("1.4", "1.3"));
    BOOST_TEST(!contains("1.4", "2.0"));
}

BOOST_AUTO_TEST_CASE(what_is_no_range_is_refused) {
    for (const auto* text : {"", " ", ">=", "~1.2", ">=1.0,<2", ">= 1.0", "1.x", "**"}) {
        BOOST_TEST(!VersionRange::parse(text), text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
