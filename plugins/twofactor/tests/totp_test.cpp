#include <boost/test/unit_test.hpp>

#include "backup_codes.hpp"
#include "totp.hpp"

using namespace trellis::twofactor;

namespace {

// RFC 6238 appendix B: the SHA-1 seed, and the last six of its eight digits.
const std::string kSeed = "12345678901234567890";
constexpr const char* kSeed32 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

std::string codeAt(std::int64_t nowS) {
    return hotp(kSeed, static_cast<std::uint64_t>(nowS / kStepSeconds));
}

} // namespace

BOOST_AUTO_TEST_SUITE(totp)

BOOST_AUTO_TEST_CASE(codes_are_those_of_the_standard) {
    BOOST_TEST(codeAt(59) == "287082");
    BOOST_TEST(codeAt(1111111109) == "081804");
    BOOST_TEST(codeAt(1111111111) == "050471");
    BOOST_TEST(codeAt(1234567890) == "005924");
    BOOST_TEST(codeAt(2000000000) == "279037");
    BOOST_TEST(codeAt(20000000000) == "353130");
}

BOOST_AUTO_TEST_CASE(base32_is_read_as_people_type_it) {
    BOOST_TEST(toBase32(kSeed) == kSeed32);
    BOOST_TEST(fromBase32(kSeed32).value() == kSeed);
    BOOST_TEST(fromBase32("gezd gnbv gy3t qojq gezd gnbv gy3t qojq").value() == kSeed);
    BOOST_TEST(!fromBase32("GEZD1NBVGY3TQOJQGEZDGNBV"));
    BOOST_TEST(!fromBase32(""));
    BOOST_TEST(!fromBase32("GEZDGNBV")); // 5 bytes are no secret
    BOOST_TEST(!fromBase32(std::string(1000, 'A')));
    BOOST_TEST(fromBase32("ABCDEFGHIJKLMNOP").value().size() == 10U); // as MeshCentral makes them
}

BOOST_AUTO_TEST_CASE(a_clock_may_be_two_steps_off) {
    constexpr std::int64_t kNow = 1'234'567'890;
    for (const int steps : {-2, -1, 0, 1, 2}) {
        Authenticator authenticator{kSeed32, 0};
        BOOST_TEST(authenticator.accept(codeAt(kNow + steps * kStepSeconds), kNow));
    }
    for (const int steps : {-3, 3}) {
        Authenticator authenticator{kSeed32, 0};
        BOOST_TEST(!authenticator.accept(codeAt(kNow + steps * kStepSeconds), kNow));
    }
}

BOOST_AUTO_TEST_CASE(a_code_counts_once_and_so_do_older_ones) {
    constexpr std::int64_t kNow = 1'234'567'890;
    Authenticator authenticator{kSeed32, 0};
    BOOST_TEST(authenticator.accept(codeAt(kNow), kNow));
    const auto restarted = [&] { return Authenticator::parse(authenticator.text()); };
    BOOST_TEST(!restarted().accept(codeAt(kNow), kNow));
    BOOST_TEST(!restarted().accept(codeAt(kNow - kStepSeconds), kNow));
    BOOST_TEST(restarted().accept(codeAt(kNow + kStepSeconds), kNow));
}

BOOST_AUTO_TEST_CASE(what_is_no_code_is_refused) {
    Authenticator authenticator{kSeed32, 0};
    for (const char* text : {"", "12345", "1234567", "abcdef", "-00001"}) {
        BOOST_TEST(!authenticator.accept(text, 59));
    }
    Authenticator damaged{"not base 32!", 0};
    BOOST_TEST(!damaged.accept("287082", 59));
}

BOOST_AUTO_TEST_CASE(a_damaged_record_accepts_nothing) {
    const auto used = Authenticator::parse(std::string(kSeed32) + "|41152263");
    BOOST_TEST(used.lastStep == 41152263);
    BOOST_TEST(used.text() == std::string(kSeed32) + "|41152263");
    constexpr std::int64_t kNow = 1'234'567'890;
    for (const char* step : {"|", "|x", "|41152263x", "|99999999999999999999"}) {
        BOOST_TEST(!Authenticator::parse(std::string(kSeed32) + step).accept(codeAt(kNow), kNow));
    }
}

BOOST_AUTO_TEST_CASE(backup_codes_are_used_up_one_by_one) {
    auto codes =
        BackupCodes::parse(R"([{"p":12345678,"u":true},{"p":7,"u":true},{"p":99,"u":false}])");
    BOOST_TEST(!codes.use("00000099"));
    BOOST_TEST(!codes.use("7"));
    BOOST_TEST(codes.use("00000007"));
    BOOST_TEST(!BackupCodes::parse(codes.text()).use("00000007"));
    BOOST_TEST(codes.hasUnused());
    BOOST_TEST(codes.use("12345678"));
    BOOST_TEST(!codes.hasUnused());
}

BOOST_AUTO_TEST_CASE(damaged_backup_codes_open_nothing) {
    for (const char* text :
         {"", "{", "[1]", R"([{"p":-1,"u":true}])", R"([{"p":100000000,"u":true}])",
          R"([{"p":"12345678","u":true}])", R"({"keys":[]})"}) {
        BOOST_TEST(BackupCodes::parse(text).list().empty());
    }
}

BOOST_AUTO_TEST_CASE(ten_different_new_codes) {
    const auto codes = BackupCodes::fresh();
    BOOST_TEST(codes.list().size() == 10U);
    BOOST_TEST(BackupCodes::parse(codes.text()).list().size() == 10U);
    BOOST_TEST(codes.text() != BackupCodes::fresh().text());
}

BOOST_AUTO_TEST_SUITE_END()
