// What users set for themselves, and the ways in that they make.
#include <boost/test/unit_test.hpp>

#include "command_fixture.hpp"
#include "core/api/control/keep_signed_in.hpp"

using namespace trellis;
using namespace trellis::test;

namespace {

struct AccountFixture : CommandFixture {
    json::object notices(const std::string& id) {
        const auto user = directory->user(id);
        const auto* list = user->extra.if_contains("notify");
        return list ? list->as_object() : json::object();
    }
    Control locked() {
        account("locked", model::site::kLockSettings);
        directory->setLink("user//locked", group->id, 8);
        return signIn("locked");
    }
    bool isRefused(const std::string& target, Fields headers = {}) {
        auto one = connect(target, std::move(headers));
        return text(parse(one.socket().receiveText()), "action") == "close";
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(own_account, AccountFixture)

BOOST_AUTO_TEST_CASE(a_new_mail_address_is_unverified) {
    accounts.edit(owner->id, [](model::User& one) {
        one.email = "old@example.com";
        one.isEmailVerified = true;
    }, nullptr);
    BOOST_TEST(resultOf({{"action", "changeemail"}, {"email", "New@example.com"}}) == "ok");
    BOOST_TEST(directory->user(owner->id)->email == "new@example.com");
    BOOST_TEST(!directory->user(owner->id)->isEmailVerified);
    BOOST_TEST(resultOf({{"action", "changeemail"}, {"email", "nobody"}}) == "Invalid email");
    auto other = signIn("stranger");
    other.send({{"action", "changeemail"}, {"email", "new@example.com"}});
    const auto popUp = other.await("msg");
    BOOST_TEST(popUp.at("msgid") == 13);
    BOOST_TEST(popUp.at("titleid") == 4);
    BOOST_TEST(directory->user(stranger->id)->email == "");
}

BOOST_AUTO_TEST_CASE(locked_settings_stay_and_a_token_changes_no_account) {
    auto as = locked();
    const auto token = tokens.create(owner->id, "script", 0);
    auto scripted = signIn(token.token.tokenUser, token.secret);
    const json::array locks{
        {{"action", "changeemail"}, {"email", "x@example.com"}},
        {{"action", "changemeshnotify"}, {"meshid", group->id}, {"notify", 2}},
        {{"action", "changeusernotify"}, {"nodeid", device->id}, {"notify", 2}},
        {{"action", "userWebState"}, {"state", "{}"}}};
    for (const auto& message : locks)
        BOOST_TEST(resultOf(as, message.as_object()) == "Access denied");
    BOOST_TEST(resultOf(scripted, locks.at(0).as_object()) == "Access denied");
    BOOST_TEST(directory->user(owner->id)->email == "");
}

BOOST_AUTO_TEST_CASE(notices_are_kept_for_what_is_visible) {
    const auto ofGroup = [&](Control& as, const std::string& id, json::value flags) {
        return resultOf(as, {{"action", "changemeshnotify"}, {"meshid", id},
                             {"notify", std::move(flags)}});
    };
    const auto ofDevice = [&](Control& as, const std::string& id, json::value flags) {
        return resultOf(as, {{"action", "changeusernotify"}, {"nodeid", id},
                             {"notify", std::move(flags)}});
    };
    auto second = signIn("owner"); // events may come before the answer here
    BOOST_TEST(ofGroup(control, group->id, 6) == "ok");
    BOOST_TEST(ofDevice(control, shortId(device->id), 8) == "ok");
    BOOST_TEST(notices(owner->id) == (json::object{{group->id, 6}, {device->id, 8}}));
    const auto shown = second.awaitEvent("accountchange").at("account").as_object();
    BOOST_TEST(shown.at("links").as_object().at(group->id).as_object().at("notify") == 6);
    BOOST_TEST(ofGroup(control, group->id, 0) == "ok");
    BOOST_TEST(!notices(owner->id).contains(group->id));
    auto other = signIn("stranger");
    BOOST_TEST(ofGroup(other, group->id, 6) == "Access denied");
    BOOST_TEST(ofDevice(other, device->id, 6) == "Invalid device identifier");
    BOOST_TEST(ofGroup(control, "mesh//x y z", 6) == "Invalid group identifier");
    BOOST_TEST(ofGroup(control, group->id, "all") == "Invalid notification flags");
    BOOST_TEST(ofDevice(control, device->id, -1) == "Invalid notification flags");
    directory->removeDevice(device->id);
    BOOST_TEST(ofGroup(control, group->id, 2) == "ok"); // and what is gone is forgotten
    BOOST_TEST(!notices(owner->id).contains(device->id));
}

BOOST_AUTO_TEST_CASE(of_the_page_s_state_only_what_is_known_is_kept) {
    auto second = signIn("owner");
    auto other = signIn("stranger");
    const json::object state{{"theme", "dark"}, {"uiMode", 2}, {"evil", "x"},
                             {"sort", std::string(64, 'x')}, {"search", {"x"}}};
    BOOST_TEST(resultOf({{"action", "userWebState"}, {"state", json::serialize(state)}}) == "ok");
    const auto event = second.awaitEvent("userWebState");
    BOOST_TEST(parse(text(event, "state")) == (json::object{{"theme", "dark"}, {"uiMode", 2}}));
    BOOST_TEST(!other.hasEventBeforePong("userWebState"));
    const auto read = control.ask({{"action", "account.webstate"}});
    BOOST_TEST(text(read.at("result").as_object(), "state") == text(event, "state"));
    BOOST_TEST(resultOf({{"action", "userWebState"}, {"state", "[1]"}}) == "Invalid state");
    BOOST_TEST(resultOf({{"action", "userWebState"}, {"state", std::string(30'001, 'x')}}) ==
               "Invalid state");
}

BOOST_AUTO_TEST_CASE(a_message_to_one_s_other_connections_goes_nowhere_else) {
    auto second = signIn("owner");
    auto other = signIn("stranger");
    control.send({{"action", "intersession"}, {"what", "x"}, {"responseid", "meshctrl"}});
    const auto copy = second.await("intersession");
    BOOST_TEST(text(copy, "what") == "x");
    BOOST_TEST(!copy.contains("responseid"));
    for (auto* one : {&control, &other}) {
        one->send({{"action", "ping"}});
        for (;;) {
            const auto message = parse(one->socket().receiveText());
            BOOST_TEST(text(message, "action") != "intersession");
            if (text(message, "action") == "pong") break;
        }
    }
}

BOOST_AUTO_TEST_CASE(messages_between_users_are_off_unless_allowed) {
    auto other = signIn("stranger");
    const json::object message{{"action", "interuser"}, {"userid", "stranger"}, {"data", "x"}};
    BOOST_TEST(resultOf(json::object(message)) == "Access denied");
    config.server.userMessages = {"Stranger"};
    control.send(message);
    const auto received = other.await("interuser");
    BOOST_TEST(text(received, "data") == "x");
    BOOST_TEST(text(received, "scope") == "user");
    BOOST_TEST(text(received, "sessionid").starts_with(owner->id + "/"));
    other.send({{"action", "interuser"}, {"sessionid", text(received, "sessionid")},
                {"data", {{"y", 1}}}});
    const auto reply = control.await("interuser");
    BOOST_TEST(text(reply, "scope") == "session");
    BOOST_TEST(reply.at("data") == (json::object{{"y", 1}}));
    BOOST_TEST(resultOf({{"action", "interuser"}, {"userid", "admin"}, {"data", "x"}}) ==
               "Access denied");
}

BOOST_AUTO_TEST_CASE(actions_that_nobody_answers_are_left_in_peace) {
    for (const auto* action : {"urlargs", "print", "nosuchthing"})
        control.send({{"action", action}, {"value", "x"}, {"args", {"x"}}, {"responseid", "r"}});
    control.send({{"action", "ping"}});
    for (;;) {
        const auto next = parse(control.socket().receiveText());
        if (text(next, "action") == "pong") break;
        BOOST_TEST(text(next, "action") == "event"); // of the sign-in
    }
    control.send({{"action", "close"}});
    BOOST_TEST(control.socket().waitForClose() == 1000);
}

BOOST_AUTO_TEST_CASE(a_login_cookie_is_refused_unless_allowed) {
    BOOST_TEST(resultOf({{"action", "logincookie"}}) == "Access denied");
    BOOST_TEST(isRefused("/control.ashx?auth=" + urls.makeLoginLink(owner->id)));
    config.login.links = true;
    const auto cookie = text(control.ask({{"action", "logincookie"}}), "cookie");
    BOOST_TEST(urls.readLoginLink(cookie, "")->userId == owner->id);
    BOOST_TEST(!urls.readAuth(cookie, "").has_value());
    const auto token = tokens.create(owner->id, "script", 0);
    auto scripted = signIn(token.token.tokenUser, token.secret);
    BOOST_TEST(resultOf(scripted, {{"action", "logincookie"}}) == "Access denied");
    time.advance(std::chrono::minutes(61));
    BOOST_TEST(!urls.readLoginLink(cookie, "").has_value());
}

BOOST_AUTO_TEST_CASE(a_connection_goes_with_its_login_token) {
    const auto token = tokens.create(owner->id, "script", directory->nowMs() + 60'000);
    auto scripted = signIn(token.token.tokenUser, token.secret);
    scripted.ask({{"action", "meshes"}});
    time.advance(std::chrono::minutes(2));
    scripted.send({{"action", "meshes"}});
    BOOST_TEST(text(scripted.await("close"), "cause") == "expired");
    BOOST_TEST(isRefused("/control.ashx",
                         {{"x-meshauth", meshAuth(token.token.tokenUser, token.secret)}}));
    const auto session =
        sessions.create(owner->id, "", "", "script", directory->nowMs() + 60'000).secret;
    BOOST_TEST(sessions.find(session).has_value());
    time.advance(std::chrono::minutes(2));
    BOOST_TEST(!sessions.find(session).has_value());
}

BOOST_AUTO_TEST_CASE(a_silent_connection_goes_with_its_login_token_too) {
    const auto token = tokens.create(owner->id, "script", directory->nowMs() + 200);
    auto scripted = signIn(token.token.tokenUser, token.secret);
    BOOST_TEST(text(scripted.await("close"), "cause") == "expired");
}

BOOST_AUTO_TEST_CASE(a_removed_token_takes_its_sessions_along) {
    const auto token = tokens.create(owner->id, "script", 0);
    auto scripted = signIn(token.token.tokenUser, token.secret);
    const auto session = sessions.create(owner->id, "", "", "script").secret;
    const auto kept = sessions.create(owner->id, "", "").secret;
    control.send({{"action", "loginTokens"}, {"remove", {token.token.tokenUser}}});
    BOOST_TEST(control.awaitEvent("loginTokenChanged").at("removed").as_array().size() == 1u);
    scripted.socket().waitForClose();
    BOOST_TEST(!sessions.find(session).has_value());
    BOOST_TEST(sessions.find(kept).has_value());
    BOOST_TEST(isRefused("/control.ashx",
                         {{"x-meshauth", meshAuth(token.token.tokenUser, token.secret)}}));
}

BOOST_AUTO_TEST_CASE(a_removed_token_leaves_what_came_with_others) {
    const auto gone = tokens.create(owner->id, "script", 0);
    const auto stays = tokens.create(owner->id, "script", 0); // names are no identities
    const auto login = [&](const auth::NewLoginToken& token) {
        const auto reply = post("/api/login", {{"name", token.token.tokenUser}, {"password", token.secret}});
        const auto cookie = reply.header("Set-Cookie");
        return Fields{{"Cookie", cookie.substr(0, cookie.find(';'))}};
    };
    const auto goneCookie = login(gone);
    const auto staysCookie = login(stays);
    auto goneControl = signIn(gone.token.tokenUser, gone.secret);
    auto staysControl = signIn(stays.token.tokenUser, stays.secret);
    control.ask({{"action", "loginTokens"}, {"remove", {gone.token.tokenUser}}});
    goneControl.socket().waitForClose();
    BOOST_TEST(get("/api/session", goneCookie).status == 401);
    BOOST_TEST(get("/api/session", staysCookie).status == 200);
    BOOST_TEST(!staysControl.hasEventBeforePong("none"));
}

BOOST_AUTO_TEST_CASE(a_password_change_is_answered_before_the_connection_goes) {
    auto other = signIn("owner");
    time.advance(std::chrono::seconds(2)); // the change is seen by its time
    BOOST_TEST(resultOf(control, {{"action", "changepassword"}, {"oldpass", kPassword},
                                  {"newpass", "another horse 42"}}) == "ok");
    control.socket().waitForClose();
    other.socket().waitForClose();
}

BOOST_AUTO_TEST_CASE(an_open_page_keeps_its_session) {
    const auto page = browser("owner");
    const auto idle = browser("owner");
    auto open = connect("/control.ashx", page.headers());
    open.await("userinfo");
    for (int i = 0; i < 3; ++i) { // sessions end after 12 hours
        time.advance(std::chrono::hours(8));
        api::keepSignedIn(api.control().hub(), sessions);
    }
    BOOST_TEST(sessions.find(page.secret).has_value());
    BOOST_TEST(!sessions.find(idle.secret).has_value());
}

BOOST_AUTO_TEST_CASE(a_locked_user_gets_in_by_no_way) {
    const auto token = tokens.create(owner->id, "script", 0);
    const auto cookie = urls.makeAuth(owner->id, "");
    accounts.lock(owner->id, true, nullptr);
    BOOST_TEST(isRefused("/control.ashx", {{"x-meshauth", meshAuth("owner", kPassword)}}));
    BOOST_TEST(isRefused("/control.ashx",
                         {{"x-meshauth", meshAuth(token.token.tokenUser, token.secret)}}));
    BOOST_TEST(isRefused("/control.ashx?auth=" + cookie));
}

BOOST_AUTO_TEST_SUITE_END()
