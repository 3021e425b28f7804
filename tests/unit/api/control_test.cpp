// Who gets a control connection, and with which words he is refused.
#include <boost/test/unit_test.hpp>
#include <trellis/wire/percent.hpp>

#include "api_fixture.hpp"

using namespace trellis;
using namespace trellis::test;

namespace {

/// The refusal as it came: JSON, then the end.
struct Refusal {
    json::object message;
    std::uint16_t code = 0;
};

Refusal refusalOf(Control control) {
    Refusal refusal;
    refusal.message = parse(control.socket().receiveText());
    refusal.code = control.socket().waitForClose();
    return refusal;
}

json::object closeText(const char* cause, const char* msg) {
    return {{"action", "close"}, {"cause", cause}, {"msg", msg}};
}

const Fields kForeign = {{"Origin", "https://evil.example"}};

} // namespace

BOOST_FIXTURE_TEST_SUITE(admission, ApiFixture)

BOOST_AUTO_TEST_CASE(an_ordinary_request_finds_nothing) {
    BOOST_TEST(get("/control.ashx").status == 404);
}

BOOST_AUTO_TEST_CASE(without_credentials_the_reason_is_told_and_the_socket_closed) {
    const auto refusal = refusalOf(connect("/control.ashx"));
    BOOST_TEST(refusal.message == closeText("noauth", "noauth"));
    BOOST_TEST(refusal.code == 1000);
}

BOOST_AUTO_TEST_CASE(name_and_password_in_the_header_let_in_whatever_the_case) {
    account("Anna", model::site::kFullAdmin);
    for (const auto* name : {"anna", "ANNA", "Anna"}) {
        auto control = connect("/control.ashx", {{"x-meshauth", meshAuth(name, kPassword)}});
        const auto first = parse(control.socket().receiveText());
        const auto second = parse(control.socket().receiveText());
        BOOST_TEST(text(first, "action") == "serverinfo");
        BOOST_TEST(text(second, "action") == "userinfo");
        BOOST_TEST(text(second.at("userinfo").as_object(), "_id") == "user//anna");
    }
}

BOOST_AUTO_TEST_CASE(the_greeting_tells_the_server_s_facts_and_no_secret) {
    account("anna", model::site::kFullAdmin);
    auto control = connect("/control.ashx", {{"x-meshauth", meshAuth("anna", kPassword)}});
    const auto info = control.await("serverinfo").at("serverinfo").as_object();
    std::vector<std::string> names;
    for (const auto& member : info) names.emplace_back(member.key());
    const std::vector<std::string> expected{
        "domain", "name", "mpsname", "mpsport", "port", "emailcheck", "domainauth", "serverTime",
        "features", "features2", "languages", "tlshash", "agentCertHash", "https", "redirport",
        "magenturl", "domainsuffix", "logoutonidlesessiontimeout",
        "guestdevicesharing", "certExpire"};
    BOOST_TEST(names == expected, boost::test_tools::per_element());
    const auto user = json::serialize(control.await("userinfo"));
    BOOST_TEST(user.find("argon2") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(wrong_credentials_are_told_apart_by_their_way_in) {
    account("anna");
    const auto header = [&](const std::string& value) {
        return refusalOf(connect("/control.ashx", {{"x-meshauth", value}})).message;
    };
    BOOST_TEST(header(meshAuth("anna", "wrong")) == closeText("noauth", "noauth-2d"));
    BOOST_TEST(header(meshAuth("nobody", kPassword)) == closeText("noauth", "noauth-2d"));
    BOOST_TEST(header("YW5uYQ==") == closeText("noauth", "noauth-2c"));
    BOOST_TEST(header("a,b,c,d") == closeText("noauth", "noauth-2c"));
    BOOST_TEST(header("!!,??") == closeText("noauth", "noauth-2c"));
    BOOST_TEST(refusalOf(connect("/control.ashx?user=anna&pass=wrong")).message ==
               closeText("noauth", "noauth-2a"));
    BOOST_TEST(refusalOf(connect("/control.ashx?auth=rubbish")).message ==
               closeText("noauth", "noauth"));
}

BOOST_AUTO_TEST_CASE(name_and_password_in_the_query_let_in) {
    account("anna");
    auto control = connect("/control.ashx?user=anna&pass=correct%20horse");
    BOOST_TEST(text(control.await("userinfo").at("userinfo").as_object(), "_id") == "user//anna");
}

BOOST_AUTO_TEST_CASE(a_good_cookie_of_the_login_key_lets_in) {
    account("anna");
    const auto cookie = urls.makeWire({{"userid", "user//anna"}, {"domainid", ""}});
    auto control = connect("/control.ashx?auth=" + cookie);
    control.await("userinfo");
}

BOOST_AUTO_TEST_CASE(cookies_for_something_else_let_nobody_in) {
    account("anna");
    const auto isRefused = [&](json::object body) {
        const auto cookie = urls.makeWire(std::move(body));
        return refusalOf(connect("/control.ashx?auth=" + cookie)).message ==
               closeText("noauth", "noauth");
    };
    const json::object good{{"userid", "user//anna"}, {"domainid", ""}};
    const auto with = [&](const char* name, json::value value) {
        auto body = good;
        body[name] = std::move(value);
        return body;
    };
    BOOST_TEST(isRefused(with("nid", "node//x")));
    BOOST_TEST(isRefused(with("pid", "x")));
    BOOST_TEST(isRefused(with("r", 8)));
    BOOST_TEST(isRefused(with("domainid", "other")));
    BOOST_TEST(isRefused(with("userid", "user/other/anna")));
    BOOST_TEST(isRefused(with("userid", "user//nobody")));
    BOOST_TEST(isRefused(with("ip", "203.0.113.9")));
    BOOST_TEST(isRefused({{"ruserid", "user//anna"}, {"x", "y"}}));
    BOOST_TEST(isRefused({{"userid", "user//anna"}, {"expire", 60}}));
}

BOOST_AUTO_TEST_CASE(an_old_cookie_lets_nobody_in) {
    account("anna");
    const auto cookie = urls.makeWire({{"userid", "user//anna"}, {"domainid", ""}});
    time.advance(std::chrono::minutes(61));
    BOOST_TEST(refusalOf(connect("/control.ashx?auth=" + cookie)).message ==
               closeText("noauth", "noauth"));
}

BOOST_AUTO_TEST_CASE(a_cookie_from_before_a_change_of_the_password_lets_nobody_in) {
    const auto anna = account("anna");
    const auto cookie = urls.makeAuth(anna->id, "127.0.0.1");
    time.advance(std::chrono::seconds(5));
    accounts.setPassword(anna->id, "another horse 7", nullptr);
    BOOST_TEST(refusalOf(connect("/control.ashx?auth=" + cookie)).message ==
               closeText("noauth", "noauth"));
}

BOOST_AUTO_TEST_CASE(a_cookie_made_with_a_login_token_ends_with_it) {
    const auto anna = account("anna");
    const auto short_ = tokens.create(anna->id, "short", directory->nowMs() + 60'000);
    const auto kept = tokens.create(anna->id, "kept", 0);
    const auto cookieBy = [&](const auth::NewLoginToken& token) {
        auto control = signIn(token.token.tokenUser, token.secret);
        const auto answer = control.ask({{"action", "authcookie"}});
        return "/control.ashx?auth=" + wire::percentEncode(text(answer, "cookie"));
    };
    const auto first = cookieBy(short_), second = cookieBy(kept);
    for (const auto& target : {first, second}) {
        auto control = connect(target);
        control.await("userinfo");
        control.send({{"action", "createLoginToken"}, {"name", "x"}, {"expire", 0}, {"responseid", 1}});
        BOOST_TEST(text(control.await("createLoginToken"), "result") == "Access denied");
    }
    time.advance(std::chrono::minutes(2));
    BOOST_TEST(refusalOf(connect(first)).message == closeText("noauth", "noauth"));
    connect(second).await("userinfo");
    tokens.remove(anna->id, kept.token.tokenUser);
    BOOST_TEST(refusalOf(connect(second)).message == closeText("noauth", "noauth"));
}

BOOST_AUTO_TEST_CASE(the_browser_s_session_lets_in_until_it_is_revoked) {
    const auto anna = account("anna");
    const auto tab = browser("anna");
    connect("/control.ashx", tab.headers()).await("userinfo");
    sessions.revokeAll(anna->id);
    BOOST_TEST(refusalOf(connect("/control.ashx", tab.headers())).message ==
               closeText("noauth", "noauth"));
}

BOOST_AUTO_TEST_CASE(a_foreign_origin_is_refused_with_every_credential) {
    account("anna", model::site::kFullAdmin);
    const auto tab = browser("anna");
    const auto cookie = urls.makeWire({{"userid", "user//anna"}, {"domainid", ""}});
    const auto port = std::to_string(listener->port());
    for (const auto& origin :
         {std::string("https://evil.example"), std::string("null"),
          std::string("https://localhost.evil.example:") + port, std::string("https://localhost:1"),
          std::string("https://evil.example/localhost:") + port}) {
        BOOST_TEST_CONTEXT(origin) {
            auto headers = tab.headers();
            headers.emplace_back("Origin", origin);
            BOOST_TEST(tryUpgrade(client(), "/control.ashx", headers).status == 403);
            const auto reply = tryUpgrade(client(), "/control.ashx?auth=" + cookie,
                                          {{"Origin", origin}});
            BOOST_TEST(reply.status == 403);
            BOOST_TEST(parse(reply.body) == closeText("invalidorigin", "invalidorigin"));
        }
    }
}

BOOST_AUTO_TEST_CASE(the_server_s_own_origin_is_let_in) {
    account("anna");
    auto headers = browser("anna").headers();
    headers.emplace_back("Host", "localhost:8443");
    headers.emplace_back("Origin", "http://localhost:8443"); // no TLS in these tests
    connect("/control.ashx", headers).await("userinfo");
}

BOOST_AUTO_TEST_CASE(guesses_are_counted_and_end_in_a_ban) {
    account("anna");
    for (int guess = 0; guess < 10; ++guess)
        refusalOf(connect("/control.ashx", {{"x-meshauth", meshAuth("anna", "no")}}));
    BOOST_TEST(refusalOf(connect("/control.ashx", {{"x-meshauth", meshAuth("anna", kPassword)}}))
                   .message == closeText("banned", "banned-1"));
    // The same door is closed for the other ways in.
    BOOST_TEST(post("/api/login", {{"name", "anna"}, {"password", kPassword}}).status == 429);
}

BOOST_AUTO_TEST_CASE(a_locked_account_is_refused_like_a_wrong_password) {
    account("anna", model::site::kLocked);
    BOOST_TEST(refusalOf(connect("/control.ashx", {{"x-meshauth", meshAuth("anna", kPassword)}}))
                   .message == closeText("noauth", "noauth-2d"));
}

BOOST_AUTO_TEST_CASE(an_account_without_tools_is_told_so) {
    account("anna", model::site::kNoTools);
    BOOST_TEST(refusalOf(connect("/control.ashx", {{"x-meshauth", meshAuth("anna", kPassword)}}))
                   .message == closeText("notools", "notools"));
}

BOOST_AUTO_TEST_CASE(a_missing_second_factor_is_asked_for) {
    account("anna");
    const auto step = decisions.add("login.step", 1, [](const auto&, const json::object& facts) {
        return text(facts, "secondFactor") == "123456" ? sdk::Decision::Allow
                                                       : sdk::Decision::NeedMore;
    });
    const auto refusal =
        refusalOf(connect("/control.ashx", {{"x-meshauth", meshAuth("anna", kPassword)}}));
    BOOST_TEST(refusal.message == (json::object{{"action", "close"},
                                                {"cause", "noauth"},
                                                {"msg", "tokenrequired"},
                                                {"email2fa", false},
                                                {"sms2fa", false},
                                                {"msg2fa", false},
                                                {"twoFactorCookieDays", 30}}));
    const auto header = meshAuth("anna", kPassword) + "," + store::base64("123456");
    connect("/control.ashx", {{"x-meshauth", header}}).await("userinfo");
}

BOOST_AUTO_TEST_CASE(one_user_has_so_many_connections_and_no_more) {
    account("anna");
    std::vector<Control> open;
    for (int i = 0; i < 5; ++i) open.push_back(signIn("anna"));
    const auto refusal =
        refusalOf(connect("/control.ashx", {{"x-meshauth", meshAuth("anna", kPassword)}}));
    BOOST_TEST(refusal.message ==
               (json::object{{"action", "stopped"}, {"msg", "Session count exceed"}}));
}

BOOST_AUTO_TEST_CASE(inner_authentication_proves_the_server_first) {
    account("anna");
    auto control = connect("/control.ashx", {{"x-meshauth", "*"}});
    control.send({{"action", "serverAuth"},
                  {"cnonce", store::base64(std::string(48, 'c'))},
                  {"tlshash", store::hex(std::string(48, 'h'))}});
    const auto proof = control.await("serverAuth");
    BOOST_TEST(store::fromBase64(text(proof, "nonce"))->size() == 48u);
    BOOST_TEST(*store::fromBase64(text(proof, "signature")) == "signed 144");
    control.send({{"action", "userAuth"},
                  {"username", store::base64("anna")},
                  {"password", store::base64(kPassword)}});
    control.await("userinfo");
}

BOOST_AUTO_TEST_CASE(inner_authentication_is_refused_with_its_own_words) {
    account("anna");
    const auto afterHello = [&](json::object hello) {
        auto control = connect("/control.ashx", {{"x-meshauth", "*"}});
        control.send(hello);
        return refusalOf(std::move(control)).message;
    };
    BOOST_TEST(afterHello({{"action", "serverAuth"}, {"cnonce", 5}, {"tlshash", "x"}}) ==
               closeText("noauth", "badargs"));
    BOOST_TEST(afterHello({{"action", "serverAuth"},
                           {"cnonce", store::base64("nonce")},
                           {"tlshash", store::hex(std::string(48, 'x'))}}) ==
               closeText("noauth", "badtlscert"));
}

BOOST_AUTO_TEST_CASE(arguments_may_come_in_the_first_message) {
    account("anna");
    auto control = connect("/control.ashx?moreargs=1");
    control.send({{"action", "urlargs"},
                  {"args", {{"user", "anna"}, {"pass", kPassword}}}});
    control.await("userinfo");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(connection, ApiFixture)

BOOST_AUTO_TEST_CASE(a_ping_is_answered) {
    account("anna");
    auto control = signIn("anna");
    control.send({{"action", "ping"}});
    BOOST_TEST(control.await("pong") == json::object({{"action", "pong"}}));
}

BOOST_AUTO_TEST_CASE(commands_sent_before_the_greeting_are_answered_after_it) {
    account("anna");
    auto control = connect("/control.ashx", {{"x-meshauth", meshAuth("anna", kPassword)}});
    control.send({{"action", "meshes"}, {"responseid", "r"}});
    BOOST_TEST(text(parse(control.socket().receiveText()), "action") == "serverinfo");
    BOOST_TEST(text(parse(control.socket().receiveText()), "action") == "userinfo");
    control.await("meshes");
}

BOOST_AUTO_TEST_CASE(answers_come_in_the_order_of_the_questions) {
    account("anna");
    auto control = signIn("anna");
    for (int i = 0; i < 50; ++i) {
        control.send({{"action", "meshes"}, {"tag", i}});
        control.send({{"action", "nodes"}, {"tag", i}, {"responseid", i}});
    }
    for (int i = 0; i < 50; ++i) {
        BOOST_TEST(control.await("meshes").at("tag") == i);
        BOOST_TEST(control.await("nodes").at("responseid") == i);
    }
}

BOOST_AUTO_TEST_CASE(what_is_json_but_no_command_is_ignored) {
    account("anna");
    auto control = signIn("anna");
    for (const auto* message : {"[]", "null", "{}", "7", R"({"action":5})", R"({"action":"x"})",
                                R"({"action":"nosuchaction","responseid":"r"})",
                                R"({"action":{"a":1}})", R"({"action":"__proto__"})"})
        control.sendRaw(message);
    control.send({{"action", "ping"}});
    control.await("pong");
}

BOOST_AUTO_TEST_CASE(a_name_of_our_form_that_nobody_has_is_told) {
    account("anna");
    auto control = signIn("anna");
    const auto answer = control.ask({{"action", "nobody.home"}, {"responseid", "r"}});
    BOOST_TEST(text(answer.at("error").as_object(), "code") == "not_found");
    BOOST_TEST(answer.at("responseid") == "r");
}

BOOST_AUTO_TEST_CASE(what_is_not_a_message_is_ignored_until_it_is_too_often) {
    account("anna");
    auto control = signIn("anna");
    for (const std::string& message :
         {std::string("not json"), std::string("{\"action\":\"meshes\""), std::string("[]"),
          "{\"action\":\"meshes\",\"a\":" + std::string(5000, '[') + std::string(5000, ']') + "}",
          std::string(R"({"action":"meshes","a":"x\u0000"})")})
        control.sendRaw(message);
    control.ask({{"action", "meshes"}});
    for (int i = 0; i < 50; ++i)
        control.sendRaw("not json");
    BOOST_TEST(control.socket().waitForClose() == 1007);
}

BOOST_AUTO_TEST_CASE(a_binary_frame_holds_a_message_too_and_too_much_closes_with_1009) {
    account("anna");
    auto first = signIn("anna");
    first.socket().sendBinary("\xff\xfe{");
    first.socket().sendBinary(R"({"action":"meshes"})");
    first.await("meshes");
    auto second = signIn("anna");
    second.sendRaw(std::string(1024 * 1024 + 1, ' '));
    BOOST_TEST(second.socket().waitForClose() == 1009);
}

BOOST_AUTO_TEST_CASE(one_bad_connection_does_not_disturb_another) {
    account("anna");
    account("bob");
    auto good = signIn("bob");
    auto bad = signIn("anna");
    bad.sendRaw("\x01garbage");
    bad.ask({{"action", "meshes"}});
    good.ask({{"action", "meshes"}});
}

BOOST_AUTO_TEST_CASE(close_closes) {
    account("anna");
    auto control = signIn("anna");
    control.send({{"action", "close"}});
    BOOST_TEST(control.socket().waitForClose() == 1000);
    BOOST_TEST(eventually([&] { return api.control().hub().size() == 0; }));
}

BOOST_AUTO_TEST_CASE(too_many_commands_at_once_are_refused_and_lose_nothing_else) {
    account("anna");
    // A command that does not end keeps the strand busy while the queue fills.
    std::atomic<bool> mayEnd{false};
    sdk::CommandSpec slow;
    slow.name = "test.slow";
    slow.args = sdk::Schema::object();
    const auto held = dispatcher.add(slow,
                                     sdk::SimpleCommandHandler([&](const auto&, const auto&) {
                                         eventually([&] { return mayEnd.load(); });
                                         return json::value("done");
                                     }),
                                     "x");
    auto control = signIn("anna");
    for (int i = 0; i < 400; ++i)
        control.send({{"action", "test.slow"}, {"responseid", i}});
    const auto refused = control.await("test.slow");
    BOOST_TEST(text(refused.at("error").as_object(), "code") == "rate_limited");
    mayEnd = true;
    int done = 0;
    while (done < 256) {
        const auto answer = control.await("test.slow");
        if (answer.contains("result")) ++done;
    }
    control.ask({{"action", "meshes"}});
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(cutting, ApiFixture)

BOOST_AUTO_TEST_CASE(removing_or_locking_an_account_cuts_its_connections) {
    const auto anna = account("anna");
    const auto bob = account("bob");
    auto one = signIn("anna");
    auto two = signIn("bob");
    accounts.remove(anna->id, nullptr);
    BOOST_TEST(text(one.await("stopped"), "msg") == "Administrator forced disconnection");
    accounts.lock(bob->id, true, nullptr);
    two.await("stopped");
    BOOST_TEST(two.socket().waitForClose() == 1000);
}

BOOST_AUTO_TEST_CASE(a_change_of_the_password_cuts_what_came_in_by_it) {
    const auto anna = account("anna");
    auto control = signIn("anna");
    time.advance(std::chrono::seconds(5));
    accounts.setPassword(anna->id, "another horse 7", nullptr);
    control.await("stopped");
}

BOOST_AUTO_TEST_CASE(the_end_of_a_login_session_cuts_its_connections_and_no_others) {
    const auto anna = account("anna");
    const auto tab = browser("anna");
    const auto other = browser("anna");
    auto cut = connect("/control.ashx", tab.headers());
    auto kept = connect("/control.ashx", other.headers());
    cut.await("userinfo");
    kept.await("userinfo");
    sessions.revoke(anna->id, sessions.find(tab.secret)->publicId);
    cut.await("stopped");
    kept.ask({{"action", "meshes"}});
}

BOOST_AUTO_TEST_CASE(rights_taken_away_count_from_the_next_command_on) {
    const auto owner = account("owner");
    const auto anna = account("anna");
    const auto group = addGroup(owner);
    const auto device = online(group);
    directory->setLink(anna->id, group->id, 0xFFFFFFFF);
    auto control = signIn("anna");
    const json::object run{{"action", "runcommands"}, {"nodeids", {device->id}}, {"type", 0},
                           {"cmds", "id"}, {"responseid", "r"}};
    BOOST_TEST(text(control.ask(run), "result") == "OK");
    directory->removeLink(anna->id, group->id);
    BOOST_TEST(text(control.ask(run), "result") == "Invalid nodeid");
    BOOST_TEST(devices.sent().size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
