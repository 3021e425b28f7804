#include "fixture.hpp"
#include "meshcentral_hash.hpp"

#include "core/auth/factors.hpp"
#include "core/auth/offline.hpp"
#include "core/auth/password.hpp"
#include "core/model/wire_documents.hpp"
#include "core/store/instance_lock.hpp"
#include "core/store/random.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

using namespace trellis;
using namespace trellis::auth;
using sdk::Error;
using sdk::ErrorCode;
using test::is;
using test::isAt;
namespace site = model::site;

namespace {

struct Fixture : test::AuthFixture {
    model::UserPtr root = account("Root", site::kFullAdmin);
    model::UserPtr joe = account("Joe");

    LoginOutcome login(std::string name, std::string secret, Door door = Door::Form,
                       std::string address = "192.0.2.1") {
        LoginAttempt attempt;
        attempt.userName = std::move(name);
        attempt.secret = std::move(secret);
        attempt.door = door;
        attempt.address = std::move(address);
        attempt.userAgent = "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0";
        return logins.login(attempt);
    }
    LoginResult result(std::string name, std::string secret, Door door = Door::Form) {
        return login(std::move(name), std::move(secret), door).result;
    }
};

} // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(LoginResult)

BOOST_FIXTURE_TEST_SUITE(login, Fixture)

BOOST_AUTO_TEST_CASE(wrong_is_wrong_whatever_is_wrong) {
    for (const auto& [name, secret] : {std::pair<std::string, std::string>{"joe", "wrong horse"},
                                       {"joe", ""},
                                       {"", ""},
                                       {"nobody", "correct horse"},
                                       {"joe ", "correct horse"},
                                       {"user//joe", "correct horse"},
                                       {"joe", std::string(100'000, 'x')},
                                       {std::string(100'000, 'n'), "x"},
                                       {"~t:abc", "x"},
                                       {std::string("joe\0", 4), "correct horse"},
                                       {"' OR 1=1 --", "x"}}) {
        const auto outcome =
            login(name, secret, Door::Form, "10.0.0." + std::to_string(name.size()));
        BOOST_TEST(outcome.result == LoginResult::WrongSecret);
        BOOST_TEST(outcome.user == nullptr);
    }
}

BOOST_AUTO_TEST_CASE(right_is_right_in_any_case_of_the_name) {
    const auto outcome = login("JOE", "correct horse");
    BOOST_TEST(outcome.result == LoginResult::Granted);
    BOOST_TEST(outcome.user->id == joe->id);
    BOOST_TEST(outcome.user->loginS == *time.ms / 1000);
    time.advance(std::chrono::seconds(10));
    BOOST_TEST(login("joe", "correct horse").user->pastLoginS == *time.ms / 1000 - 10);
}

BOOST_AUTO_TEST_CASE(an_account_without_a_password_cannot_log_in) {
    account("sso", 0, "");
    BOOST_TEST(result("sso", "") == LoginResult::WrongSecret);
    BOOST_TEST(result("sso", "x") == LoginResult::WrongSecret);
}

BOOST_AUTO_TEST_CASE(a_locked_account_says_so_only_to_who_knows_the_password) {
    accounts.lock(joe->id, true, root);
    BOOST_TEST(result("joe", "wrong") == LoginResult::WrongSecret);
    BOOST_TEST(result("joe", "correct horse") == LoginResult::Locked);
    accounts.lock(joe->id, false, root);
    BOOST_TEST(result("joe", "correct horse") == LoginResult::Granted);
}

BOOST_AUTO_TEST_CASE(every_door_counts_and_is_closed) {
    for (int i = 0; i < 10; ++i)
        BOOST_TEST(result("joe", "wrong", i % 2 == 0 ? Door::WebSocket : Door::Api) ==
                   LoginResult::WrongSecret);
    for (const auto door : {Door::Form, Door::WebSocket, Door::Api}) {
        const auto outcome = login("joe", "correct horse", door);
        BOOST_TEST(outcome.result == LoginResult::Throttled);
        BOOST_TEST(outcome.user == nullptr);
        BOOST_TEST(outcome.retryAfter.count() > 0);
    }
    BOOST_TEST(logins.throttled("192.0.2.77").isBlocked);
    time.advance(std::chrono::minutes(10));
    BOOST_TEST(result("joe", "correct horse") == LoginResult::Granted);
}

BOOST_AUTO_TEST_CASE(failures_at_other_doors_are_counted_in) {
    for (int i = 0; i < 10; ++i)
        logins.countFailure("192.0.2.1");
    BOOST_TEST(result("joe", "correct horse") == LoginResult::Throttled);
}

BOOST_AUTO_TEST_CASE(tools_may_be_refused_to_all_but_full_admins) {
    accounts.setSiteRights(joe->id, site::kNoTools, root);
    BOOST_TEST(result("joe", "correct horse", Door::WebSocket) == LoginResult::ToolsRefused);
    BOOST_TEST(result("joe", "correct horse", Door::Form) == LoginResult::Granted);
    BOOST_TEST(result("root", "correct horse", Door::WebSocket) == LoginResult::Granted);
}

BOOST_AUTO_TEST_CASE(a_password_that_must_change_opens_only_for_changing) {
    accounts.setPassword(joe->id, "battery staple", root, {}, true);
    BOOST_TEST(result("joe", "battery staple") == LoginResult::NeedsNewPassword);
    // control-protocol.md section 1.5: not enforced on the control channel
    BOOST_TEST(result("joe", "battery staple", Door::WebSocket) == LoginResult::Granted);
    accounts.setPassword(joe->id, "staple battery", joe);
    BOOST_TEST(result("joe", "staple battery") == LoginResult::Granted);
}

BOOST_AUTO_TEST_CASE(a_second_factor_is_asked_only_after_the_password) {
    auto answer = SecondFactor::Missing;
    int asked = 0;
    logins.setSecondFactorCheck([&](const model::User&, const LoginAttempt&) {
        ++asked;
        return SecondFactorAnswer{answer, "otp"};
    });
    BOOST_TEST(result("joe", "wrong") == LoginResult::WrongSecret);
    BOOST_TEST(asked == 0);
    for (int i = 0; i < 30; ++i) // no guess, and so not counted
        BOOST_TEST(result("joe", "correct horse") == LoginResult::NeedsSecondFactor);
    answer = SecondFactor::Wrong;
    for (int i = 0; i < 9; ++i)
        BOOST_TEST(result("joe", "correct horse") == LoginResult::WrongSecondFactor);
    BOOST_TEST(result("joe", "correct horse") == LoginResult::Throttled);
    time.advance(std::chrono::minutes(10));
    answer = SecondFactor::Accepted;
    BOOST_TEST(login("joe", "correct horse").twoFactorType == "otp");
}

BOOST_AUTO_TEST_CASE(a_factor_that_nobody_checks_keeps_the_account_shut) {
    Factors factors(*database, store::SecretBox({}), *directory, accounts);
    factors.change(joe->id, "otpsecret", [](sdk::Factor& factor) { factor.secret = "ABC"; }, 90);
    for (const auto door : {Door::Form, Door::WebSocket, Door::Api})
        BOOST_TEST(result("joe", "correct horse", door) == LoginResult::SecondFactorUnavailable);
    BOOST_TEST(result("joe", "wrong") == LoginResult::WrongSecret);
    logins.setSecondFactorCheck(
        [](const model::User&, const LoginAttempt&) { return SecondFactorAnswer{}; });
    BOOST_TEST(result("joe", "correct horse") == LoginResult::SecondFactorUnavailable);
    logins.setSecondFactorCheck([](const model::User&, const LoginAttempt&) {
        return SecondFactorAnswer{SecondFactor::Accepted, "otp"};
    });
    BOOST_TEST(result("joe", "correct horse") == LoginResult::Granted);
}

BOOST_AUTO_TEST_CASE(a_code_is_not_used_up_before_the_new_password_is_there) {
    accounts.setPassword(joe->id, "battery staple", root, {}, true);
    int asked = 0;
    logins.setSecondFactorCheck([&](const model::User&, const LoginAttempt& attempt) {
        ++asked;
        return SecondFactorAnswer{attempt.secondFactor.empty()       ? SecondFactor::Missing
                                  : attempt.secondFactor == "123456" ? SecondFactor::Accepted
                                                                     : SecondFactor::Wrong,
                                  "otp"};
    });
    LoginAttempt attempt{.userName = "joe", .secret = "battery staple", .address = "192.0.2.1"};
    BOOST_TEST(logins.login(attempt).result == LoginResult::NeedsSecondFactor);
    asked = 0;
    attempt.secondFactor = "123456";
    BOOST_TEST(logins.login(attempt).result == LoginResult::NeedsNewPassword);
    BOOST_TEST(asked == 0);
    attempt.offersNewPassword = true;
    BOOST_TEST(logins.login(attempt).result == LoginResult::NeedsNewPassword);
    BOOST_TEST(asked == 1);
    attempt.secondFactor = "000000";
    BOOST_TEST(logins.login(attempt).result == LoginResult::WrongSecondFactor);
}

BOOST_AUTO_TEST_CASE(factors_are_sealed_published_by_name_only_and_go_with_the_account) {
    Factors factors(*database, store::SecretBox({}), *directory, accounts);
    factors.change(joe->id, "otpsecret", [](sdk::Factor& factor) { factor.secret = "PLAIN"; }, 90);
    factors.change(joe->id, "otpkeys",
                   [](sdk::Factor& factor) { factor = {"[]", false, 0}; }, 0);
    BOOST_TEST(factors.get(joe->id, "otpsecret")->secret == "PLAIN");
    const auto document = model::userDocument(*directory->user(joe->id));
    BOOST_TEST(document.at("otpsecret").as_int64() == 1);
    BOOST_TEST(document.at("otpkeys").as_int64() == 0);
    std::string stored;
    database->read([&](store::Session& in) {
        in.query("SELECT secret FROM second_factors WHERE name='otpsecret'", {},
                 [&](const store::Row& row) { stored = row.text(0); });
    });
    BOOST_TEST(stored.starts_with("v1:"));
    BOOST_TEST(recorded("accountchange").back().extra.at("msgid").as_int64() == 90);
    factors.change(joe->id, "otpsecret", [](sdk::Factor& factor) { factor.secret.clear(); }, 91);
    BOOST_TEST(!factors.get(joe->id, "otpsecret"));
    BOOST_TEST(result("joe", "correct horse") == LoginResult::Granted);
    BOOST_TEST(factors.clear(joe->id, root) == 1U);
    BOOST_TEST(!model::userDocument(*directory->user(joe->id)).contains("otpkeys"));
    BOOST_CHECK_EXCEPTION(factors.change("user//nobody", "otpsecret", [](sdk::Factor&) {}, 0), Error,
                          test::is(ErrorCode::NotFound));
    BOOST_CHECK_EXCEPTION(factors.change(joe->id, "a b", [](sdk::Factor&) {}, 0), Error,
                          test::is(ErrorCode::InvalidArgument));
}

BOOST_AUTO_TEST_CASE(a_factor_outlives_a_restart_and_a_damaged_note_stays_shut) {
    Factors factors(*database, store::SecretBox({}), *directory, accounts);
    factors.change(joe->id, "otpsecret", [](sdk::Factor& factor) { factor.secret = "ABC"; }, 0);
    const auto isShut = [&] {
        model::Directory again(*database);
        again.load();
        return again.user(joe->id)->demandsFactor();
    };
    BOOST_TEST(isShut());
    database->transaction([&](store::Session& out) {
        out.run("UPDATE users SET doc=? WHERE id=?", {R"({"factors":{"otpsecret":7}})", joe->id});
    });
    BOOST_TEST(isShut());
}

BOOST_AUTO_TEST_CASE(a_second_factor_check_that_throws_lets_nobody_in) {
    logins.setSecondFactorCheck([](const model::User&, const LoginAttempt&) -> SecondFactorAnswer {
        throw Error(ErrorCode::Unavailable, "plugin gone");
    });
    BOOST_CHECK_THROW(result("joe", "correct horse"), Error);
}

BOOST_AUTO_TEST_CASE(old_hashes_are_renewed_at_login) {
    directory->updateUser(joe->id, [](model::User& user) {
        user.passwordHash = fromMeshCentral(test::kSalt, test::kHash);
    });
    const auto stored = [&] { return directory->user(joe->id)->passwordHash; };
    BOOST_TEST(result("joe", "correct horse") == LoginResult::WrongSecret);
    BOOST_TEST(stored().starts_with("$mc-"));
    BOOST_TEST(result("joe", test::kOld) == LoginResult::Granted);
    BOOST_TEST(stored().starts_with("$argon2id$"));
    BOOST_TEST(result("joe", test::kOld) == LoginResult::Granted);
}

BOOST_AUTO_TEST_CASE(events_say_what_happened_and_hold_no_secret) {
    login("joe", "wrong horse battery");
    login("nobody-types-a-password-here", "x");
    login("joe", "correct horse");
    const auto failed = recorded("authfail");
    BOOST_REQUIRE_EQUAL(failed.size(), 1U);
    BOOST_TEST(failed[0].userId == joe->id);
    BOOST_TEST(failed[0].extra.at("msgid").as_int64() == 110);
    const auto granted = recorded("login");
    BOOST_REQUIRE_EQUAL(granted.size(), 1U);
    BOOST_TEST(boost::json::serialize(granted[0].extra.at("msgArgs")) ==
               R"(["192.0.2.1","Firefox","Linux"])");
    for (const auto& event : events.query({})) {
        const auto text = event.msg + boost::json::serialize(event.extra) + event.userName;
        BOOST_TEST(text.find("horse") == std::string::npos);
        BOOST_TEST(text.find("nobody-types") == std::string::npos);
    }
}

BOOST_FIXTURE_TEST_CASE(a_full_disk_does_not_keep_the_admin_out, test::Hurried<Fixture>) {
    const auto other = test::openDatabase(folder);
    other->transaction([&](store::Session& out) {
        out.run("DELETE FROM side_documents");
        BOOST_TEST(result("root", "correct horse") == LoginResult::Granted);
    });
}

BOOST_AUTO_TEST_CASE(login_tokens_log_in_as_their_owner_until_they_end) {
    const auto made = tokens.create(joe->id, "script", *time.ms + 1000);
    BOOST_TEST(made.token.tokenUser.size() == 19U);
    BOOST_TEST(made.secret.size() == 20U);
    BOOST_TEST((made.token.tokenUser + made.secret).find_first_of("+/") == std::string::npos);
    const auto outcome = login(made.token.tokenUser, made.secret, Door::WebSocket);
    BOOST_TEST(outcome.result == LoginResult::Granted);
    BOOST_TEST(outcome.user->id == joe->id);
    BOOST_TEST(outcome.loginToken == "script");
    BOOST_TEST(result(made.token.tokenUser, "correct horse") == LoginResult::WrongSecret);
    BOOST_TEST(result(made.token.tokenUser, "") == LoginResult::WrongSecret);
    BOOST_TEST(result("joe", made.secret) == LoginResult::WrongSecret);
    accounts.lock(joe->id, true, root);
    BOOST_TEST(result(made.token.tokenUser, made.secret) == LoginResult::Locked);
    accounts.lock(joe->id, false, root);
    time.advance(std::chrono::seconds(1));
    // No guess: a script that goes on with it doesn't lock its network out.
    for (int i = 0; i < 30; ++i)
        BOOST_TEST(result(made.token.tokenUser, made.secret) == LoginResult::Locked);
    BOOST_TEST(tokens.list(joe->id).empty());
}

BOOST_AUTO_TEST_CASE(login_tokens_are_bounded_and_go_with_their_owner) {
    BOOST_CHECK_THROW(tokens.create(joe->id, "", 0), Error);
    BOOST_CHECK_THROW(tokens.create(joe->id, "x", *time.ms), Error);
    BOOST_CHECK_THROW(tokens.create("user//nobody", "x", 0), Error);
    const auto made = tokens.create(joe->id, "x", 0);
    for (std::size_t i = 1; i < LoginTokens::kMaxPerUser; ++i)
        tokens.create(joe->id, "x", 0);
    BOOST_CHECK_EXCEPTION(tokens.create(joe->id, "x", 0), Error, is(ErrorCode::Conflict));
    BOOST_TEST(!tokens.remove(root->id, made.token.tokenUser));
    accounts.remove(joe->id, root);
    BOOST_TEST(!tokens.check(made.token.tokenUser, made.secret).has_value());
    account("joe");
    BOOST_TEST(tokens.list(joe->id).empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(account_rules, Fixture)

BOOST_AUTO_TEST_CASE(bad_accounts_are_refused_with_the_field) {
    const auto make = [&](auto change) {
        NewAccount wanted;
        wanted.name = "new";
        wanted.password = "correct horse";
        change(wanted);
        return accounts.create(wanted, root);
    };
    BOOST_CHECK_EXCEPTION(make([](auto& it) { it.name = "~x"; }), Error,
                          isAt(ErrorCode::InvalidArgument, "/username"));
    BOOST_CHECK_EXCEPTION(make([](auto& it) { it.name = "JOE"; }), Error,
                          isAt(ErrorCode::Conflict, "/username"));
    BOOST_CHECK_EXCEPTION(make([](auto& it) { it.password = "short"; }), Error,
                          isAt(ErrorCode::InvalidArgument, "/pass"));
    for (const char* email : {"x", "@x", "x@", "a@b@c", "a b@c", "a@b\r\nBcc: x"})
        BOOST_CHECK_EXCEPTION(make([&](auto& it) { it.email = email; }), Error,
                              isAt(ErrorCode::InvalidArgument, "/email"));
    BOOST_CHECK_EXCEPTION(make([](auto& it) { it.realName = std::string(257, 'x'); }), Error,
                          isAt(ErrorCode::InvalidArgument, "/realname"));
    BOOST_CHECK_EXCEPTION(make([](auto& it) { it.domain = "No Domain"; }), Error,
                          isAt(ErrorCode::InvalidArgument, "/domain"));
    BOOST_TEST(directory->userCount("") == 2U);
    BOOST_TEST(make([](auto& it) { it.email = "A@B.org"; })->email == "a@b.org");
}

BOOST_AUTO_TEST_CASE(the_last_site_admin_stays) {
    BOOST_CHECK_EXCEPTION(accounts.remove(root->id, root), Error, is(ErrorCode::Conflict, "last"));
    BOOST_CHECK_EXCEPTION(accounts.setSiteRights(root->id, 0, root), Error,
                          is(ErrorCode::Conflict, "last"));
    BOOST_CHECK_EXCEPTION(accounts.lock(root->id, true, root), Error, is(ErrorCode::Conflict));
    BOOST_TEST(directory->user(root->id)->isFullAdmin());
    accounts.setSiteRights(joe->id, site::kFullAdmin, root);
    accounts.remove(root->id, joe);
    BOOST_CHECK_THROW(accounts.remove(joe->id, joe), Error);
    BOOST_TEST(result("joe", "correct horse") == LoginResult::Granted);
}

BOOST_AUTO_TEST_CASE(an_admin_of_another_domain_does_not_count) {
    NewAccount wanted;
    wanted.domain = "other";
    wanted.name = "root2";
    wanted.siteRights = site::kFullAdmin;
    accounts.create(wanted, nullptr);
    BOOST_CHECK_THROW(accounts.remove(root->id, root), Error);
}

BOOST_AUTO_TEST_CASE(editing_touches_only_what_may_be_edited) {
    accounts.edit(
        joe->id,
        [](model::User& user) {
            user.siteRights = site::kFullAdmin;
            user.passwordHash = "x";
            user.name = "root";
            user.createdS = 1;
            user.links["mesh//x"] = model::right::kGroupAdmin;
            user.realName = "Joe Doe";
        },
        root);
    const auto after = directory->user(joe->id);
    BOOST_TEST(after->realName == "Joe Doe");
    BOOST_TEST(after->siteRights == 0U);
    BOOST_TEST(after->name == "Joe");
    BOOST_TEST(after->createdS == joe->createdS);
    BOOST_TEST(after->links.empty());
    BOOST_TEST(result("joe", "correct horse") == LoginResult::Granted);
}

BOOST_AUTO_TEST_CASE(unknown_accounts_are_not_found) {
    BOOST_CHECK_EXCEPTION(accounts.remove("user//x", root), Error, is(ErrorCode::NotFound));
    BOOST_CHECK_EXCEPTION(accounts.setPassword("user//x", "correct horse", root), Error,
                          is(ErrorCode::NotFound));
    BOOST_CHECK_EXCEPTION(accounts.lock("user//x", true, root), Error, is(ErrorCode::NotFound));
}

BOOST_AUTO_TEST_CASE(changes_are_recorded_without_hashes) {
    accounts.setPassword(joe->id, "battery staple", root);
    accounts.remove(joe->id, root);
    BOOST_TEST(recorded("accountcreate").size() == 2U);
    BOOST_TEST(recorded("accountchange").size() == 1U);
    BOOST_TEST(recorded("accountremove").front().userId == root->id);
    for (const auto& event : events.query({}))
        BOOST_TEST(boost::json::serialize(event.extra).find("argon2") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(without_a_server)

BOOST_AUTO_TEST_CASE(an_account_can_be_made_in_an_empty_folder_and_only_once) {
    const test::TempFolder folder;
    const auto data = folder.path() / "data";
    NewAccount wanted;
    wanted.name = "admin";
    wanted.password = "correct horse";
    wanted.siteRights = site::kFullAdmin;
    BOOST_TEST(userAdd(data, {}, wanted)->isFullAdmin());
    BOOST_CHECK_EXCEPTION(userAdd(data, {}, wanted), Error, isAt(ErrorCode::Conflict, "/username"));
    const auto others = std::filesystem::status(data).permissions() &
                        std::filesystem::perms::others_all;
    BOOST_TEST((others == std::filesystem::perms::none));
    const auto lock = store::InstanceLock::tryTake(data);
    wanted.name = "second";
    BOOST_CHECK_EXCEPTION(userAdd(data, {}, wanted), Error,
                          is(ErrorCode::Conflict, "server is running"));
}

BOOST_AUTO_TEST_SUITE_END()
