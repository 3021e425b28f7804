#include "../store/support.hpp"
#include "meshcentral_hash.hpp"

#include "core/auth/password.hpp"
#include "core/auth/password_rules.hpp"

#include <boost/test/unit_test.hpp>

using namespace trellis;
using namespace trellis::auth;
using sdk::Error;
using sdk::ErrorCode;
using test::is;
using test::kHash;
using test::kOld;
using test::kSalt;

BOOST_AUTO_TEST_SUITE(passwords)

BOOST_AUTO_TEST_CASE(only_the_password_itself_fits) {
    const auto stored = hashPassword("correct horse");
    BOOST_TEST(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    BOOST_TEST(hashPassword("correct horse") != stored);
    const std::string zero("correct horse\0", 14);
    for (const std::string& wrong :
         {std::string(), std::string("Correct horse"), std::string("correct horse "),
          std::string("correct hors"), zero, stored})
        BOOST_TEST(!checkPassword(stored, wrong).isRight);
    BOOST_TEST(checkPassword(stored, "correct horse").isRight);
    BOOST_TEST(!checkPassword(stored, "correct horse").needsUpgrade);
}

BOOST_AUTO_TEST_CASE(nothing_fits_an_empty_or_broken_hash) {
    for (const char* stored : {"", "x", "$argon2id$", "$argon2id$v=19$m=19456,t=2,p=1$$",
                               "$argon2i$v=19$x", "$mc-pbkdf2-sha384$", "$mc-pbkdf2-sha384$a",
                               "$mc-pbkdf2-sha384$$", "$mc-pbkdf2-sha384$a$b"}) {
        BOOST_TEST(!checkPassword(stored, "").isRight);
        BOOST_TEST(!checkPassword(stored, "x").isRight);
    }
}

BOOST_AUTO_TEST_CASE(overlong_passwords_are_refused_before_the_work) {
    BOOST_CHECK_EXCEPTION(hashPassword(std::string(kMaxPasswordBytes + 1, 'x')), Error,
                          is(ErrorCode::InvalidArgument, "too long"));
    BOOST_TEST(!checkPassword(hashPassword("x"), std::string(10'000'000, 'x')).isRight);
}

BOOST_AUTO_TEST_CASE(hashes_of_meshcentral_are_checked_and_renewed) {
    const auto stored = fromMeshCentral(kSalt, kHash);
    BOOST_TEST(checkPassword(stored, kOld).isRight);
    BOOST_TEST(checkPassword(stored, kOld).needsUpgrade);
    BOOST_TEST(!checkPassword(stored, "Old password").isRight);
    BOOST_TEST(!checkPassword(stored, "").isRight);
    BOOST_TEST(!checkPassword(stored, "Old password").needsUpgrade);
}

BOOST_AUTO_TEST_CASE(what_is_no_hash_of_meshcentral_is_refused) {
    for (const auto& [salt, hash] : {std::pair<std::string, std::string>{"", ""},
                                     {kSalt, ""},
                                     {"", kHash},
                                     {std::string(kSalt).substr(4), kHash},
                                     {kSalt, std::string(kHash) + "AAAA"},
                                     {"$" + std::string(kSalt).substr(1), kHash}})
        BOOST_CHECK_EXCEPTION(fromMeshCentral(salt, hash), Error, is(ErrorCode::InvalidArgument));
}

BOOST_AUTO_TEST_CASE(an_older_form_of_argon2_is_renewed) {
    // argon2 command line: echo -n correct | argon2 somesalt -id -t 1 -k 64 -p 1 -e
    const std::string weak = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$";
    BOOST_TEST(!checkPassword(weak, "correct").needsUpgrade);
    BOOST_TEST(!checkPassword(weak, "correct").isRight);
}

BOOST_AUTO_TEST_CASE(rules_name_what_is_missing) {
    PasswordRules rules;
    const auto fault = [&](std::string_view password, std::string_view name = "joe") {
        return faultOf(rules, password, name).value_or("");
    };
    BOOST_TEST(fault("short").find("8 characters") != std::string::npos);
    BOOST_TEST(fault("\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4").find("8 characters") != std::string::npos);
    BOOST_TEST(fault(std::string(257, 'x')).find("at most 256") != std::string::npos);
    BOOST_TEST(fault("Password1").find("common") != std::string::npos);
    BOOST_TEST(fault("JohnathanDoe", "johnathandoe").find("name") != std::string::npos);
    BOOST_TEST(fault("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF").find("not text") != std::string::npos);
    BOOST_TEST(fault("correct horse").empty());
    rules = {8, 256, 2, 2, 2, 2, false};
    BOOST_TEST(fault("aabb1122!!").find("upper") != std::string::npos);
    BOOST_TEST(fault("AABB1122!!").find("lower") != std::string::npos);
    BOOST_TEST(fault("AAbbccdd!!").find("digits") != std::string::npos);
    BOOST_TEST(fault("AAbb1122__").find("no letters") != std::string::npos);
    BOOST_TEST(fault("AAbb1122!\xC3\xA4").empty());
    rules.min = 0;
    rules.upper = rules.lower = rules.numeric = rules.nonalpha = 0;
    BOOST_TEST(!fault("").empty()); // an empty password is none
}

BOOST_AUTO_TEST_SUITE_END()
