#include "fixture.hpp"

#include "core/auth/setup_token.hpp"
#include "core/auth/url_tokens.hpp"
#include "core/store/random.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

using namespace trellis;
using namespace trellis::auth;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

struct Fixture : test::AuthFixture {
    store::Settings settings{*database, store::SecretBox::fromFile(folder.path() / "secret.key")};
    UrlTokens urls{settings, time.clock()};

    /// As meshctrl --loginkey makes it.
    std::string foreign(const std::string& json) {
        return sealToken(*store::fromHex(urls.loginKeyHex()), store::randomBytes(12), json);
    }
    std::string now() const { return std::to_string(*time.ms / 1000); }
};

std::string sequence(std::size_t size) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i)
        bytes += static_cast<char>(i);
    return bytes;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(url_tokens, Fixture)

BOOST_AUTO_TEST_CASE(the_format_is_that_of_the_specification) {
    // agent-protocol.md section 1.8
    const std::string json = R"({"ruserid":"user//admin","time":1700000000})";
    const std::string token = "AAECAwQFBgcICQoLjxkbA7TpIvKceg87saRiaDwgpG62gLBy6WOtqcSaHR@s@"
                              "eZQnRIxXhRFkexwDCKIMCeezJ$xIqhElAI=";
    BOOST_TEST(sealToken(sequence(80), sequence(12), json) == token);
    BOOST_TEST(boost::json::serialize(*openToken(sequence(80), token)) == json);
}

BOOST_AUTO_TEST_CASE(every_changed_bit_and_every_cut_is_refused) {
    const auto token = urls.makeAuth("user//joe", "1.2.3.4");
    BOOST_TEST(urls.readAuth(token, "").has_value());
    const auto bytes = *model::fromBase64At(token);
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        auto broken = bytes;
        broken[bit / 8] = static_cast<char>(broken[bit / 8] ^ (1 << bit % 8));
        BOOST_TEST(!urls.readAuth(model::base64At(broken), "").has_value());
    }
    for (std::size_t size = 0; size < token.size(); ++size)
        if (token[size] != '=')
            BOOST_TEST(!urls.readAuth(token.substr(0, size), "").has_value());
    BOOST_TEST(!urls.readAuth(std::string(100'000, 'A'), "").has_value());
    BOOST_TEST(!openToken(sequence(80).substr(1), token).has_value());
    BOOST_TEST(!openToken("", token).has_value());
}

BOOST_AUTO_TEST_CASE(what_a_replacement_of_javascript_would_change_is_not_in_it) {
    for (int i = 0; i < 2000; ++i)
        BOOST_REQUIRE(urls.makeAuth("user//joe", "1.2.3.4").find("$$") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_meshctrl_makes_is_a_login) {
    const auto body = R"({"userid":"user//admin","domainid":"","time":)" + now() + "}";
    const auto read = urls.readAuth(foreign(body), "");
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST(read->userId == "user//admin");
    // control-protocol.md section 6.3: it may append another query
    BOOST_TEST(urls.readAuth(foreign(body) + "?auth=xyz", "").has_value());
}

BOOST_AUTO_TEST_CASE(a_body_that_is_no_login_is_refused) {
    const auto stamp = R"("time":)" + now();
    const std::vector<std::string> bodies = {
        std::string("{}"),
        std::string("[]"),
        std::string("null"),
        std::string("x"),
        "{" + stamp + "}",
        R"({"userid":"user//admin",)" + stamp + "}",
        R"({"userid":"user//admin","domainid":"d",)" + stamp + "}",
        R"({"userid":"user/d/admin","domainid":"",)" + stamp + "}",
        R"({"userid":"user//Admin","domainid":"",)" + stamp + "}",
        R"({"userid":["user//admin"],"domainid":"",)" + stamp + "}",
        R"({"userid":"node//x","domainid":"",)" + stamp + "}",
        R"({"userid":"user//admin","domainid":"","time":"now"})",
        std::string(R"({"userid":"user//admin","domainid":""})"),
        R"({"userid":"user//admin","domainid":"","time":-1,"expire":0})",
        R"({"userid":"user//admin","domainid":"","expire":"x",)" + stamp + "}",
        R"({"userid":"user//admin","domainid":"","expire":-5,)" + stamp + "}",
        R"({"userid":"user//admin","domainid":"","once":5,)" + stamp + "}",
        // limited to a device, a share, a download: no login
        R"({"userid":"user//admin","domainid":"","nodeid":"node//x",)" + stamp + "}",
        R"({"userid":"user//admin","domainid":"","nid":"node//x","r":8,)" + stamp + "}",
        R"({"userid":"user//admin","expire":60,)" + stamp + "}",
        R"({"u":"user//admin","a":3,)" + stamp + "}",
        R"({"ruserid":"user//admin","x":"",)" + stamp + "}",
    };
    for (const auto& body : bodies)
        BOOST_TEST(!urls.readAuth(foreign(body), "").has_value(), body);
}

BOOST_AUTO_TEST_CASE(age_and_future_are_limited) {
    const auto token = urls.makeAuth("user//joe", "");
    time.advance(minutes(60));
    BOOST_TEST(urls.readAuth(token, "").has_value());
    time.advance(seconds(1));
    BOOST_TEST(!urls.readAuth(token, "").has_value());
    time.advance(-minutes(60) - seconds(31));
    BOOST_TEST(urls.readAuth(token, "").has_value()); // 30 s ahead
    time.advance(-seconds(1));
    BOOST_TEST(!urls.readAuth(token, "").has_value());
}

BOOST_AUTO_TEST_CASE(a_token_may_limit_itself_and_huge_numbers_do_no_harm) {
    const auto shortLived = urls.makeWire({{"a", 1}, {"expire", 5}});
    const auto endless = urls.makeWire({{"a", 2}, {"expire", 0}});
    time.advance(minutes(6));
    BOOST_TEST(!urls.readWire(shortLived, minutes(60)).has_value());
    time.advance(std::chrono::hours(24 * 365));
    BOOST_TEST(urls.readWire(endless, minutes(60)).has_value());
    for (const char* huge : {"9223372036854775807", "18446744073709551615", "1e300", "-1e300"}) {
        urls.readWire(foreign(std::string(R"({"time":)") + huge + "}"), minutes(60));
        urls.readWire(foreign(R"({"time":)" + now() + R"(,"expire":)" + huge + "}"), minutes(60));
        urls.readWire(foreign(std::string(R"({"time":)") + huge + R"(,"expire":0})"), minutes(60));
    }
}

BOOST_AUTO_TEST_CASE(a_single_use_token_opens_once) {
    const auto token = urls.makeWire({{"a", 1}, {"once", "abc"}});
    const auto other = urls.makeWire({{"a", 1}, {"once", "abd"}});
    BOOST_TEST(urls.readWire(token, minutes(2)).has_value());
    BOOST_TEST(!urls.readWire(token, minutes(2)).has_value());
    BOOST_TEST(urls.readWire(other, minutes(2)).has_value());
}

BOOST_AUTO_TEST_CASE(login_and_relay_tokens_are_not_exchangeable) {
    const auto auth = urls.makeAuth("user//joe", "");
    const auto relay = urls.makeRelayAuth("user//joe", "x");
    BOOST_TEST(!urls.readAuth(relay, "").has_value());
    BOOST_TEST(!urls.readRelayAuth(auth).has_value());
    BOOST_TEST(*urls.readRelayAuth(relay) == "user//joe");
    time.advance(minutes(241));
    BOOST_TEST(!urls.readRelayAuth(relay).has_value());
}

BOOST_AUTO_TEST_CASE(our_own_tokens_serve_one_purpose_only) {
    const Purpose all[] = {Purpose::Invite,       Purpose::Download,      Purpose::Upload,
                           Purpose::MailVerify,   Purpose::PasswordReset, Purpose::Share,
                           Purpose::SecondFactor, Purpose::Plugin};
    for (const auto made : all) {
        const auto token = urls.make(made, {{"m", "mesh//x"}}, minutes(5));
        for (const auto read : all)
            BOOST_TEST(urls.read(read, token).has_value() == (made == read));
        BOOST_TEST(!urls.readWire(token, minutes(60)).has_value());
        BOOST_TEST(!urls.readAuth(token, "").has_value());
    }
    const auto wire = foreign(R"({"purpose":"invite","m":"x","expire":0,"time":)" + now() + "}");
    BOOST_TEST(!urls.read(Purpose::Invite, wire).has_value());
    const auto token = urls.make(Purpose::Invite, {{"m", "x"}, {"purpose", "share"}}, minutes(5));
    BOOST_TEST(urls.read(Purpose::Invite, token).has_value());
    time.advance(minutes(6));
    BOOST_TEST(!urls.read(Purpose::Invite, token).has_value());
}

BOOST_AUTO_TEST_CASE(keys_last_and_another_server_has_others) {
    const auto token = urls.makeAuth("user//joe", "");
    UrlTokens again(settings, time.clock());
    BOOST_TEST(again.readAuth(token, "").has_value());
    BOOST_TEST(again.loginKeyHex().size() == 160U);
    const test::TempFolder otherFolder;
    const auto otherDatabase = test::openDatabase(otherFolder);
    store::Settings otherSettings(*otherDatabase,
                                  store::SecretBox::fromFile(otherFolder.path() / "secret.key"));
    UrlTokens other(otherSettings, time.clock());
    BOOST_TEST(!other.readAuth(token, "").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(setup_token, Fixture)

BOOST_AUTO_TEST_CASE(only_the_last_one_issued_works_and_only_once) {
    SetupToken setup(settings, *directory);
    BOOST_TEST(setup.isNeeded());
    BOOST_TEST(!setup.isValid(""));
    const auto first = setup.issue();
    const auto second = setup.issue();
    int made = 0;
    const auto make = [&] { ++made; };
    for (const std::string& wrong : {std::string(), *first, *second + "x", std::string(32, 'A')})
        BOOST_TEST(!setup.redeem(wrong, make));
    BOOST_TEST(made == 0);
    BOOST_TEST(setup.redeem(*second, make));
    BOOST_TEST(!setup.redeem(*second, make));
    BOOST_TEST(made == 1);
}

BOOST_AUTO_TEST_CASE(it_stays_valid_when_making_the_admin_failed) {
    SetupToken setup(settings, *directory);
    const auto token = setup.issue();
    BOOST_CHECK_THROW(setup.redeem(*token, [&] { account("admin", model::site::kFullAdmin, "x"); }),
                      sdk::Error);
    BOOST_TEST(setup.isValid(*token));
    BOOST_TEST(setup.redeem(*token, [&] { account("admin", model::site::kFullAdmin); }));
}

BOOST_AUTO_TEST_CASE(with_a_user_in_place_there_is_none) {
    SetupToken setup(settings, *directory);
    const auto token = setup.issue();
    account("admin");
    BOOST_TEST(!setup.isValid(*token));
    BOOST_TEST(!setup.redeem(*token, [] { BOOST_ERROR("must not run"); }));
    BOOST_TEST(!setup.issue().has_value());
    BOOST_TEST(!setup.isNeeded());
}

BOOST_AUTO_TEST_SUITE_END()
