#include "core/model/ids.hpp"
#include "core/model/text.hpp"
#include "core/store/random.hpp"

#include <trellis/sdk/error.hpp>

#include <boost/test/unit_test.hpp>

using namespace trellis;
using namespace trellis::model;

namespace {

const std::string k64(64, 'A');

} // namespace

BOOST_AUTO_TEST_SUITE(ids)

BOOST_AUTO_TEST_CASE(what_is_no_id_is_refused) {
    const std::string bad[] = {"",
                               "/",
                               "//",
                               "node",
                               "node/",
                               "node//",
                               "node/" + k64,
                               "Node//" + k64,
                               " node//" + k64,
                               "node//" + k64 + " ",
                               "node//" + k64 + "A",
                               "node//" + std::string(63, 'A'),
                               "node//" + std::string(63, 'A') + "+",
                               "node//" + std::string(63, 'A') + "/",
                               "node//" + std::string(63, 'A') + "=",
                               "node///" + k64,
                               "node/Dom/" + k64,
                               "node/_x/" + k64,
                               "node/a b/" + k64,
                               "node/../" + k64 + "/x",
                               "node/" + std::string(65, 'd') + "/" + k64,
                               "mesh//",
                               "user//",
                               "user//Admin",
                               "user//a b",
                               "user//a,b",
                               "user//a\"b",
                               "user//~t",
                               "user//a/b",
                               "user//" + std::string(257, 'a'),
                               std::string("user//a\0b", 9),
                               "user//a\nb",
                               "user//\xFF",
                               "user//\xC3\x84",
                               "ugrp//x",
                               "logintoken-x",
                               "user",
                               std::string(100'000, 'n')};
    for (const auto& text : bad)
        BOOST_TEST(!parseId(text).has_value(), text.substr(0, 80));
}

BOOST_AUTO_TEST_CASE(what_is_one_is_taken_apart_and_put_together) {
    for (const std::string& text :
         {"node//" + k64, "mesh/d-1.x_/" + k64, "ugrp//" + k64, std::string("user//admin"),
          std::string("user/d/a@b.c"), std::string("user//\xC3\xA4")}) {
        const auto id = parseId(text);
        BOOST_REQUIRE(id.has_value());
        BOOST_TEST(id->text() == text);
        BOOST_TEST(domainOf(text) == id->domain);
    }
    BOOST_TEST(!parseId(IdKind::Group, "node//" + k64).has_value());
}

BOOST_AUTO_TEST_CASE(short_ids_are_completed_with_the_domain) {
    BOOST_TEST(*completeId(IdKind::Device, "", k64) == "node//" + k64);
    BOOST_TEST(*completeId(IdKind::User, "d", "joe") == "user/d/joe");
    BOOST_TEST(*completeId(IdKind::Device, "d", "node//" + k64) == "node//" + k64);
    BOOST_TEST(!completeId(IdKind::Device, "", "mesh//" + k64).has_value());
    BOOST_TEST(!completeId(IdKind::Device, "", "A").has_value());
    BOOST_TEST(!completeId(IdKind::Device, "D", k64).has_value());
}

BOOST_AUTO_TEST_CASE(a_device_id_is_that_of_the_specification) {
    // agent-protocol.md section 2.5
    const auto hash = *store::fromHex("2F1E6A94EC2957FB55EE1FCB75379DA256C58375631F4CC8A3ADFAB92BE7"
                                      "2A4B244D69252AF04256DF28D64989D48FAD");
    BOOST_TEST(deviceIdFromKeyHash("", hash) ==
               "node//Lx5qlOwpV$tV7h$LdTedolbFg3VjH0zIo636uSvnKkskTWklKvBCVt8o1kmJ1I@t");
    BOOST_CHECK_THROW(deviceIdFromKeyHash("", "short"), sdk::Error);
}

BOOST_AUTO_TEST_CASE(user_ids_are_lower_case_and_checked) {
    BOOST_TEST(userId("", "Joe.Doe@X") == "user//joe.doe@x");
    BOOST_TEST(userId("", "\xC3\x84rger") == "user//\xC3\xA4rger");
    for (const std::string& name : {std::string(), std::string("~a"), std::string("a b"),
                                    std::string("a/b"), std::string("a\x01"), std::string("a\x7F"),
                                    std::string(257, 'a'), std::string("\xC0\x80")})
        BOOST_CHECK_THROW(userId("", name), sdk::Error);
    BOOST_CHECK_THROW(userId("Bad Domain", "joe"), sdk::Error);
    BOOST_CHECK_THROW(newId(IdKind::User, ""), sdk::Error);
    BOOST_TEST(newId(IdKind::Group, "") != newId(IdKind::Group, ""));
    BOOST_TEST(parseId(IdKind::Group, newId(IdKind::Group, "d")).has_value());
}

BOOST_AUTO_TEST_CASE(text_of_agents_is_cut_between_characters_and_cleaned) {
    BOOST_TEST(cleanText("a\xC3\xA4", 2) == "a");
    BOOST_TEST(cleanText("a\x1B[31m\nb", 100) == "a [31m b");
    BOOST_TEST(cleanText("\xFF\xC3", 100) == "\xEF\xBF\xBD\xEF\xBF\xBD");
    BOOST_TEST(isUtf8("\xF0\x9F\x98\x80"));
    for (const char* bad : {"\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF0\x80\x80\x80",
                            "\xE0\x80\x80", "\x80", "\xC3"})
        BOOST_TEST(!isUtf8(bad));
    BOOST_TEST(characters("a\xC3\xA4\xF0\x9F\x98\x80") == 3U);
}

BOOST_AUTO_TEST_SUITE_END()
