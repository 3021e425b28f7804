// Accounts: what the commands answer, and what they refuse.
#include <boost/test/unit_test.hpp>

#include "command_fixture.hpp"

using namespace trellis;
using namespace trellis::test;

BOOST_FIXTURE_TEST_SUITE(user_commands, CommandFixture)

BOOST_AUTO_TEST_CASE(only_user_managers_list_users) {
    const auto refused = control.ask({{"action", "users"}, {"responseid", "r"}});
    BOOST_TEST(refused == (json::object{{"action", "users"}, {"responseid", "r"},
                                        {"result", "Access denied"}}));
    auto as = signIn("admin");
    const auto list = as.ask({{"action", "users"}, {"responseid", "r"}, {"tag", "t"}});
    BOOST_TEST(list.at("users").as_array().size() == 3u);
    BOOST_TEST(!list.contains("responseid"));
    BOOST_TEST(list.at("tag") == "t");
    BOOST_TEST(json::serialize(list).find("argon2") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_account_is_made_changed_and_removed) {
    auto as = signIn("admin");
    BOOST_TEST(resultOf(as, {{"action", "adduser"}, {"username", "Eve"}, {"pass", "secret horse"},
                             {"email", "eve@example.com"}}) == "ok");
    BOOST_TEST(directory->user("user//eve")->name == "Eve");
    BOOST_TEST(resultOf(as, {{"action", "edituser"}, {"userid", "eve"}, {"realname", "Eve E"},
                             {"siteadmin", 64}}) == "ok");
    BOOST_TEST(directory->user("user//eve")->realName == "Eve E");
    BOOST_TEST(directory->user("user//eve")->siteRights == 64u);
    BOOST_TEST(resultOf(as, {{"action", "edituser"}, {"userid", "eve"}, {"realname", ""}}) == "ok");
    BOOST_TEST(directory->user("user//eve")->realName == "");
    BOOST_TEST(resultOf(as, {{"action", "deleteuser"}, {"userid", "user//eve"}}) == "ok");
    BOOST_TEST(!directory->user("user//eve"));
}

BOOST_AUTO_TEST_CASE(adduser_refuses_in_the_specification_s_words) {
    auto as = signIn("admin");
    const auto refusal = [&](json::object extra) {
        json::object message{{"action", "adduser"}, {"username", "eve"}, {"pass", "secret horse"}};
        for (auto& member : extra) message[member.key()] = member.value();
        return resultOf(as, message);
    };
    BOOST_TEST(refusal({{"username", "owner"}}) == "User already exists");
    BOOST_TEST(refusal({{"username", "OWNER"}}) == "User already exists");
    BOOST_TEST(refusal({{"username", "a b"}}) == "Invalid username");
    BOOST_TEST(refusal({{"username", "~eve"}}) == "Invalid username");
    BOOST_TEST(refusal({{"username", "a/b"}}) == "Invalid username");
    BOOST_TEST(refusal({{"username", ""}}) == "Invalid username");
    BOOST_TEST(refusal({{"username", 5}}) == "Invalid username");
    BOOST_TEST(refusal({{"username", std::string(300, 'a')}}) == "Invalid username");
    BOOST_TEST(refusal({{"pass", ""}}) == "Invalid password");
    BOOST_TEST(refusal({{"pass", json::array()}}) == "Invalid password");
    BOOST_TEST(refusal({{"email", "nobody"}}) == "Invalid email");
    BOOST_TEST(refusal({{"domain", "other"}}) == "Invalid domain");
    BOOST_TEST(refusal({{"siteadmin", "all"}}) == "Invalid site permissions");
    BOOST_TEST(!directory->user("user//eve"));
    const auto full = as.ask({{"action", "adduser"}, {"username", "owner"}, {"pass", "secret horse"},
                              {"responseid", "r"}});
    BOOST_TEST(full.at("msgid") == 7);
}

BOOST_AUTO_TEST_CASE(an_error_that_nobody_asked_for_is_a_pop_up) {
    auto as = signIn("admin");
    as.send({{"action", "adduser"}, {"username", "owner"}, {"pass", "secret horse"}});
    const auto message = as.await("msg");
    BOOST_TEST(text(message, "type") == "notify");
    BOOST_TEST(text(message, "value") == "User already exists");
    BOOST_TEST(message.at("msgid") == 7);
}

BOOST_AUTO_TEST_CASE(minus_one_means_all_rights) {
    auto as = signIn("admin");
    resultOf(as, {{"action", "adduser"}, {"username", "eve"}, {"pass", "secret horse"},
                  {"siteadmin", -1}});
    BOOST_TEST(directory->user("user//eve")->isFullAdmin());
}

BOOST_AUTO_TEST_CASE(nobody_without_the_right_touches_accounts) {
    for (const auto* action : {"adduser", "edituser", "deleteuser", "changeuserpass"}) {
        BOOST_TEST_CONTEXT(action) {
            BOOST_TEST(resultOf({{"action", action}, {"username", "eve"}, {"userid", "stranger"},
                                 {"pass", "secret horse"}}) == "Permission denied");
        }
    }
    BOOST_TEST(directory->user(stranger->id));
    BOOST_TEST(!directory->user("user//eve"));
}

BOOST_AUTO_TEST_CASE(a_user_manager_does_not_rise_above_himself) {
    account("manager", model::site::kManageUsers);
    auto as = signIn("manager");
    const json::object make{{"action", "adduser"}, {"username", "eve"}, {"pass", "secret horse"}};
    auto asAdmin = make;
    asAdmin["siteadmin"] = 4294967295;
    BOOST_TEST(resultOf(as, asAdmin) == "Invalid site permissions");
    BOOST_TEST(resultOf(as, {{"action", "edituser"}, {"userid", "manager"},
                             {"siteadmin", 4294967295}}) == "Permission denied");
    BOOST_TEST(resultOf(as, {{"action", "edituser"}, {"userid", "admin"}, {"email", "x@y.z"}}) ==
               "Permission denied");
    BOOST_TEST(resultOf(as, {{"action", "deleteuser"}, {"userid", "admin"}}) ==
               "Permission denied");
    BOOST_TEST(resultOf(as, {{"action", "changeuserpass"}, {"userid", admin->id},
                             {"pass", "stolen horse"}, {"removeMultiFactor", false}}) ==
               "Permission denied");
    BOOST_TEST(resultOf(as, make) == "ok");
}

BOOST_AUTO_TEST_CASE(the_last_administrator_stays) {
    auto as = signIn("admin");
    BOOST_TEST(resultOf(as, {{"action", "deleteuser"}, {"userid", "admin"}}) != "ok");
    BOOST_TEST(resultOf(as, {{"action", "edituser"}, {"userid", "admin"}, {"siteadmin", 0}}) !=
               "ok");
    BOOST_TEST(directory->user(admin->id)->isFullAdmin());
}

BOOST_AUTO_TEST_CASE(unknown_and_foreign_accounts_are_refused) {
    auto as = signIn("admin");
    const auto remove = [&](const char* id) {
        return resultOf(as, {{"action", "deleteuser"}, {"userid", id}});
    };
    BOOST_TEST(remove("nobody") == "User does not exists");
    BOOST_TEST(remove("user/other/owner") == "User does not exists");
    BOOST_TEST(remove("mesh//x") == "User does not exists");
    BOOST_TEST(remove("user//a/b") == "User does not exists");
}

BOOST_AUTO_TEST_CASE(a_login_token_manages_no_credentials) {
    const auto token = tokens.create(admin->id, "script", 0);
    auto as = signIn(token.token.tokenUser, token.secret);
    BOOST_TEST(resultOf(as, {{"action", "adduser"}, {"username", "eve"},
                             {"pass", "secret horse"}}) == "Permission denied");
    BOOST_TEST(resultOf(as, {{"action", "createLoginToken"}, {"name", "more"}, {"expire", 0}}) ==
               "Access denied");
    BOOST_TEST(resultOf(as, {{"action", "loginTokens"}, {"remove", {token.token.tokenUser}}}) ==
               "Access denied");
    BOOST_TEST(as.ask({{"action", "loginTokens"}}).at("loginTokens").as_array().size() == 1u);
    BOOST_TEST(resultOf(as, {{"action", "changepassword"}, {"oldpass", kPassword},
                             {"newpass", "stolen horse"}}) == "Access denied");
    // Nor does it by way of a cookie.
    const auto cookie = text(as.ask({{"action", "authcookie"}}), "cookie");
    auto again = connect("/control.ashx?auth=" + cookie);
    again.await("userinfo");
    BOOST_TEST(resultOf(again, {{"action", "createLoginToken"}, {"name", "x"}, {"expire", 0}}) ==
               "Access denied");
}

BOOST_AUTO_TEST_CASE(sessions_are_counted) {
    BOOST_TEST(control.ask({{"action", "wssessioncount"}}).at("wssessions").as_object().empty());
    auto as = signIn("admin");
    const auto counts = as.ask({{"action", "wssessioncount"}}).at("wssessions").as_object();
    BOOST_TEST(counts.at("user//owner") == 1);
    BOOST_TEST(counts.at("user//admin") == 1);
}

BOOST_AUTO_TEST_SUITE_END()
