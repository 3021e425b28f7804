#include <boost/test/unit_test.hpp>

#include "core/api/http/page_language.hpp"

using trellis::api::languageOf;
using trellis::api::PageLanguage;

namespace {

bool isGerman(std::string_view header) {
    return languageOf(header) == PageLanguage::German;
}

} // namespace

BOOST_AUTO_TEST_SUITE(page_language)

BOOST_AUTO_TEST_CASE(the_language_that_is_liked_best_is_taken) {
    BOOST_TEST(isGerman("de"));
    BOOST_TEST(isGerman("de-AT,de;q=0.9,en;q=0.8"));
    BOOST_TEST(isGerman("fr, DE-ch;q=0.5, en;q=0.4"));
    BOOST_TEST(isGerman("en;q=0.4, de;q=0.45"));
    BOOST_TEST(!isGerman("en-GB,en;q=0.9,de;q=0.8"));
    BOOST_TEST(!isGerman("en, de")); // the same weight: the first
    BOOST_TEST(isGerman("de, en"));
    BOOST_TEST(!isGerman("*, de;q=0.5"));
}

BOOST_AUTO_TEST_CASE(english_when_neither_is_wanted) {
    for (const auto* header :
         {"", "fr", "den", "d", "de;q=0", "de;q=x", "de;q=0.1234", "de;", ",,,;;", "de;Q"})
        BOOST_TEST(isGerman(header) == (std::string_view(header) == "de;"), header);
}

BOOST_AUTO_TEST_CASE(a_long_header_is_read_only_so_far) {
    std::string many;
    for (int i = 0; i < 40; ++i)
        many += "fr,";
    BOOST_TEST(!isGerman(many + "de"));
    BOOST_TEST(!isGerman(std::string(2000, 'x') + ",de"));
}

BOOST_AUTO_TEST_SUITE_END()
