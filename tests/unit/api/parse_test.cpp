#include <boost/test/unit_test.hpp>

#include "core/api/parse.hpp"

using trellis::api::kMaxMessageDepth;
using trellis::api::parseMessage;

BOOST_AUTO_TEST_SUITE(hostile_json)

BOOST_AUTO_TEST_CASE(an_object_is_taken) {
    BOOST_TEST(parseMessage(R"({"action":"ping"})", 100).object.has_value());
}

BOOST_AUTO_TEST_CASE(a_message_above_the_limit_is_refused_unread) {
    const auto parsed = parseMessage(std::string(101, '{'), 100);
    BOOST_TEST(!parsed.object.has_value());
    BOOST_TEST(parsed.fault == "longer than 100 bytes");
}

BOOST_AUTO_TEST_CASE(deep_nesting_is_refused) {
    const std::string deep = "{\"a\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
    BOOST_TEST(parseMessage(deep, 1'000'000).fault == "nested too deeply");
    const std::string fine = "{\"a\":" + std::string(kMaxMessageDepth - 1, '[') +
                             std::string(kMaxMessageDepth - 1, ']') + "}";
    BOOST_TEST(parseMessage(fine, 1000).object.has_value());
}

BOOST_AUTO_TEST_CASE(text_with_a_zero_character_is_refused_wherever_it_hides) {
    for (const auto* message :
         {R"({"a":"x\u0000y"})", R"({"a":[{"b":["\u0000"]}]})", R"({"a\u0000":1})"}) {
        BOOST_TEST_CONTEXT(message) {
            BOOST_TEST(parseMessage(message, 1000).fault == "text with U+0000 in it");
        }
    }
    // A backslash followed by the same letters is no zero character.
    BOOST_TEST(parseMessage(R"({"a":"\\u0000"})", 1000).object.has_value());
}

BOOST_AUTO_TEST_CASE(what_is_not_an_object_or_not_json_is_refused) {
    for (const auto* message : {"", "[]", "null", "7", "\"action\"", "{", "{}{}", "{\"a\":1,}",
                                "{'a':1}", "{\"a\":NaN}", "\xff\xfe", "{\"a\":\"\xc3\x28\"}"}) {
        BOOST_TEST_CONTEXT(message) { BOOST_TEST(!parseMessage(message, 1000).object.has_value()); }
    }
}

BOOST_AUTO_TEST_CASE(names_that_mean_something_to_javascript_are_ordinary_members) {
    const auto parsed =
        parseMessage(R"({"__proto__":{"siteadmin":-1},"constructor":{"prototype":1}})", 1000);
    BOOST_TEST(parsed.object.has_value());
    BOOST_TEST(!parsed.object->contains("siteadmin"));
}

BOOST_AUTO_TEST_SUITE_END()
