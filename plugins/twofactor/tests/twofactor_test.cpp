// Signing in and the own account, without a server.
#define BOOST_TEST_MODULE twofactor
#include <boost/test/unit_test.hpp>

#include <chrono>

#include <trellis/sdk/testing.hpp>

#include "totp.hpp"

using namespace trellis::testing;
using trellis::twofactor::fromBase32;
using trellis::twofactor::hotp;

namespace {

constexpr const char* kUser = "user//admin"; // whom As{} is

struct Server {
    FakeHost host;
    PluginUnderTest plugin{linkedPlugin(), host};

    static std::string codeOf(const std::string& secret, int steps = 0) {
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        const auto step =
            std::chrono::duration_cast<std::chrono::seconds>(now).count() / 30 + steps;
        return hotp(fromBase32(secret).value(), static_cast<std::uint64_t>(step));
    }
    /// As the core asks: with what the account's record says.
    Decision signIn(const std::string& token) {
        json::array names;
        bool isDemanded = false;
        for (const char* name : {"otpsecret", "otpkeys", "otphkeys"}) {
            const auto factor = host.factor(kUser, name);
            if (!factor)
                continue;
            names.emplace_back(name);
            isDemanded = isDemanded || factor->isDemanded;
        }
        return plugin.decide("login.step", {{"userId", kUser},
                                            {"factors", names},
                                            {"isDemanded", isDemanded},
                                            {"secondFactor", token}});
    }
    std::string enrol() {
        const auto offered = plugin.call("otpauth-request");
        const std::string secret(offered.at("secret").as_string());
        plugin.call("otpauth-setup", {{"secret", secret}, {"token", codeOf(secret, -2)}});
        return secret;
    }
};

const auto isForbidden = [](const Error& error) { return error.code() == ErrorCode::Forbidden; };

} // namespace

BOOST_FIXTURE_TEST_CASE(accounts_without_a_factor_are_not_its_business, Server) {
    BOOST_TEST((signIn("") == Decision::Abstain));
    BOOST_TEST((signIn("123456") == Decision::Abstain));
}

BOOST_FIXTURE_TEST_CASE(a_factor_of_another_kind_is_left_to_others, Server) {
    host.changeFactor(kUser, "otphkeys", [](Factor& factor) { factor.secret = "[{}]"; });
    BOOST_TEST((signIn("123456") == Decision::Abstain));
}

BOOST_FIXTURE_TEST_CASE(a_code_of_the_app_opens_once, Server) {
    const auto secret = enrol();
    BOOST_TEST((signIn("") == Decision::NeedMore));
    BOOST_TEST((signIn("**email**") == Decision::NeedMore));
    BOOST_TEST((signIn("000000x") == Decision::Deny));
    const auto code = codeOf(secret);
    BOOST_TEST((signIn(code.substr(0, 3) + " " + code.substr(3)) == Decision::Allow));
    BOOST_TEST((signIn(code) == Decision::Deny));
    BOOST_TEST(host.count("twofactor_accepted_total") == 1U);
    BOOST_TEST(host.count("twofactor_refused_total") == 2U);
}

BOOST_FIXTURE_TEST_CASE(the_code_typed_at_set_up_does_not_sign_in, Server) {
    const std::string secret(plugin.call("otpauth-request").at("secret").as_string());
    const auto code = codeOf(secret);
    BOOST_TEST(plugin.call("otpauth-setup", {{"secret", secret}, {"token", code}})
                   .at("success")
                   .as_bool());
    BOOST_TEST((signIn(code) == Decision::Deny));
}

BOOST_FIXTURE_TEST_CASE(a_wrong_code_sets_nothing_up, Server) {
    const std::string secret(plugin.call("otpauth-request").at("secret").as_string());
    const auto answer = plugin.call("otpauth-setup", {{"secret", secret}, {"token", "12345"}});
    BOOST_TEST(!answer.at("success").as_bool());
    const auto bad =
        plugin.call("otpauth-setup", {{"secret", "0000000000000000"}, {"token", "123456"}});
    BOOST_TEST(!bad.at("success").as_bool());
    BOOST_TEST((signIn("") == Decision::Abstain));
}

BOOST_FIXTURE_TEST_CASE(secret_and_codes_of_meshcentral_are_taken_as_they_are, Server) {
    host.changeFactor(kUser, "otpsecret",
                      [](Factor& factor) { factor.secret = "ABCDEFGHIJKLMNOP"; });
    host.changeFactor(kUser, "otpkeys", [](Factor& factor) {
        factor = {R"([{"p":1234,"u":true},{"p":5678,"u":false}])", false, 1};
    });
    BOOST_TEST((signIn("") == Decision::NeedMore));
    BOOST_TEST((signIn(codeOf("ABCDEFGHIJKLMNOP")) == Decision::Allow));
    BOOST_TEST((signIn("00005678") == Decision::Deny));
    BOOST_TEST((signIn("00001234") == Decision::Allow));
    BOOST_TEST((signIn("00001234") == Decision::Deny));
    BOOST_TEST(host.factor(kUser, "otpkeys")->shown == 0);
}

BOOST_FIXTURE_TEST_CASE(a_remembered_device_needs_no_code, Server) {
    const auto early = plugin.call("twoFactorCookie").at("cookie").as_string();
    enrol(); // with a new factor, earlier promises are void
    BOOST_TEST((signIn("cookie=" + std::string(early)) == Decision::NeedMore));
    const std::string cookie(plugin.call("twoFactorCookie").at("cookie").as_string());
    BOOST_TEST((signIn("cookie=" + cookie) == Decision::Allow));
    BOOST_TEST((signIn("cookie=" + cookie) == Decision::Allow));
    BOOST_TEST((signIn("cookie=") == Decision::NeedMore));
    BOOST_TEST((signIn("cookie=" + std::string(64, '0')) == Decision::NeedMore));
    BOOST_TEST((signIn(cookie) == Decision::Deny));
    As as;
    as.caller.byLoginToken = true;
    BOOST_CHECK_EXCEPTION(plugin.call("twoFactorCookie", {}, as), Error, isForbidden);
}

BOOST_FIXTURE_TEST_CASE(only_the_latest_ten_devices_are_remembered, Server) {
    enrol();
    const std::string first(plugin.call("twoFactorCookie").at("cookie").as_string());
    for (int i = 0; i < 9; ++i) plugin.call("twoFactorCookie");
    BOOST_TEST((signIn("cookie=" + first) == Decision::Allow));
    plugin.call("twoFactorCookie");
    BOOST_TEST((signIn("cookie=" + first) == Decision::NeedMore));
}

BOOST_FIXTURE_TEST_CASE(backup_codes_alone_ask_for_nothing, Server) {
    host.changeFactor(kUser, "otpkeys", [](Factor& factor) {
        factor = {R"([{"p":1234,"u":true}])", false, 1};
    });
    BOOST_TEST((signIn("") == Decision::Abstain));
}

BOOST_FIXTURE_TEST_CASE(backup_codes_are_made_only_beside_a_factor, Server) {
    BOOST_TEST(plugin.call("otpauth-getpasswords", {{"subaction", 1}}).at("passwords").is_null());
    enrol();
    const auto made = plugin.call("otpauth-getpasswords", {{"subaction", 1}}).at("passwords");
    BOOST_TEST(made.as_array().size() == 10U);
    BOOST_TEST((plugin.call("otpauth-getpasswords").at("passwords") == made));
    BOOST_TEST(plugin.call("otpauth-getpasswords", {{"subaction", 2}}).at("passwords").is_null());
}

BOOST_FIXTURE_TEST_CASE(removing_the_app_ends_the_question, Server) {
    BOOST_TEST(!plugin.call("otpauth-clear").at("success").as_bool());
    enrol();
    BOOST_TEST(plugin.call("otpauth-clear").at("success").as_bool());
    BOOST_TEST((signIn("") == Decision::Abstain));
}

BOOST_FIXTURE_TEST_CASE(a_login_token_changes_no_factor, Server) {
    As as;
    as.caller.byLoginToken = true;
    BOOST_TEST(plugin.call("otpauth-request", {}, as).at("err").as_int64() == 3);
    for (const char* name : {"otpauth-clear", "otpauth-getpasswords"}) {
        BOOST_CHECK_EXCEPTION(plugin.call(name, {}, as), Error, isForbidden);
    }
    const json::object setUp{{"secret", "ABCDEFGHIJKLMNOP"}, {"token", codeOf("ABCDEFGHIJKLMNOP")}};
    BOOST_CHECK_EXCEPTION(plugin.call("otpauth-setup", setUp, as), Error, isForbidden);
}

BOOST_FIXTURE_TEST_CASE(locked_settings_stay, Server) {
    As as;
    as.caller.siteRights = site_right::kLockSettings;
    BOOST_TEST(plugin.call("otpauth-request", {}, as).at("err").as_int64() == 5);
    BOOST_CHECK_EXCEPTION(plugin.call("otpauth-clear", {}, as), Error, isForbidden);
}

BOOST_FIXTURE_TEST_CASE(the_page_has_the_same_commands, Server) {
    BOOST_TEST((plugin.call("twofactor.state") ==
                json::value{{"hasApp", false}, {"codesLeft", 0}, {"mayChange", true}}));
    const std::string secret(plugin.call("twofactor.propose").at("secret").as_string());
    plugin.call("twofactor.setup", {{"secret", secret}, {"token", codeOf(secret)}});
    plugin.call("twofactor.codes", {{"subaction", 1}});
    BOOST_TEST((plugin.call("twofactor.state") ==
                json::value{{"hasApp", true}, {"codesLeft", 10}, {"mayChange", true}}));
    As as;
    as.caller.byLoginToken = true;
    BOOST_TEST(!plugin.call("twofactor.state", {}, as).at("mayChange").as_bool());
    plugin.call("twofactor.clear");
    BOOST_TEST(!plugin.call("twofactor.state").at("hasApp").as_bool());
}

BOOST_FIXTURE_TEST_CASE(the_url_names_server_and_account, Server) {
    const auto offered = plugin.call("otpauth-request");
    const std::string url(offered.at("url").as_string());
    BOOST_TEST(url.starts_with("otpauth://totp/Trellis:admin?secret="));
    BOOST_TEST(url.ends_with("&period=30&digits=6&algorithm=SHA1&issuer=Trellis"));
}
