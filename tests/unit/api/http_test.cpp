// The HTTP doors: signing in, REST, health and metrics.
#include <boost/test/unit_test.hpp>

#include "api_fixture.hpp"
#include "core/api/audit_store.hpp"
#include "core/api/http/invite_page.hpp"

using namespace trellis;
using namespace trellis::test;

namespace {

json::object errorOf(const HttpReply& reply) {
    return parse(reply.body).at("error").as_object();
}

std::string cookieOf(const HttpReply& reply) {
    const auto header = reply.header("Set-Cookie");
    return header.substr(0, header.find(';'));
}

Fields with(Fields fields, std::string name, std::string value) {
    fields.emplace_back(std::move(name), std::move(value));
    return fields;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(sign_in, ApiFixture)

BOOST_AUTO_TEST_CASE(without_a_session_the_page_learns_whether_to_set_up) {
    auto reply = get("/api/session");
    BOOST_TEST(reply.status == 401);
    BOOST_TEST(parse(reply.body).at("setup") == true);
    BOOST_TEST(reply.header("Cache-Control") == "no-store");
    account("anna");
    reply = get("/api/session");
    BOOST_TEST(parse(reply.body).at("setup") == false);
    BOOST_TEST(text(errorOf(reply), "code") == "unauthenticated");
}

BOOST_AUTO_TEST_CASE(the_first_administrator_needs_the_console_s_token) {
    const auto token = setupToken.issue();
    BOOST_REQUIRE(token.has_value());
    const json::object wrong{{"token", "guess"}, {"name", "anna"}, {"password", kPassword}};
    BOOST_TEST(post("/api/setup", wrong).status == 401);
    BOOST_TEST(!directory->user("user//anna"));
    // A password that isn't good enough doesn't use the token up.
    const json::object weak{{"token", *token}, {"name", "anna"}, {"password", "x"}};
    const auto refused = post("/api/setup", weak);
    BOOST_TEST(refused.status == 400);
    BOOST_TEST(text(errorOf(refused), "field") == "/password");
    const auto reply =
        post("/api/setup", {{"token", *token}, {"name", "anna"}, {"password", kPassword}});
    BOOST_TEST(reply.status == 200);
    BOOST_TEST(parse(reply.body).at("user").as_object().at("siteadmin") == 0xFFFFFFFFu);
    BOOST_TEST(get("/api/session", {{"Cookie", cookieOf(reply)}}).status == 200);
    BOOST_TEST(
        post("/api/setup", {{"token", *token}, {"name", "eve"}, {"password", kPassword}}).status ==
        401);
}

BOOST_AUTO_TEST_CASE(groups_from_before_the_first_administrator_become_his) {
    const auto group = addGroup(nullptr, "Console");
    const auto token = setupToken.issue();
    post("/api/setup", {{"token", *token}, {"name", "anna"}, {"password", kPassword}});
    BOOST_TEST(directory->group(group->id)->links.at("user//anna") == 0xFFFFFFFFu);
}

BOOST_AUTO_TEST_CASE(setup_tokens_cannot_be_guessed_at_leisure) {
    setupToken.issue();
    for (int i = 0; i < 10; ++i)
        post("/api/setup", {{"token", "guess"}, {"name", "anna"}, {"password", kPassword}});
    const auto reply =
        post("/api/setup", {{"token", "guess"}, {"name", "anna"}, {"password", kPassword}});
    BOOST_TEST(reply.status == 429);
    BOOST_TEST(reply.header("Retry-After") != "");
}

BOOST_AUTO_TEST_CASE(signing_in_gives_a_cookie_that_scripts_cannot_read) {
    account("Anna");
    const auto reply = post("/api/login", {{"name", "anna"}, {"password", kPassword}});
    BOOST_TEST(reply.status == 200);
    const auto header = reply.header("Set-Cookie");
    for (const auto* part : {"__Host-", "; Secure", "; HttpOnly", "; SameSite=", "; Path=/"})
        BOOST_TEST(header.find(part) != std::string::npos);
    const auto session = get("/api/session", {{"Cookie", cookieOf(reply)}});
    BOOST_TEST(session.status == 200);
    BOOST_TEST(parse(session.body).at("csrf") == parse(reply.body).at("csrf"));
}

BOOST_AUTO_TEST_CASE(wrong_names_and_wrong_passwords_get_the_same_answer) {
    account("anna");
    const auto wrong = post("/api/login", {{"name", "anna"}, {"password", "no"}});
    const auto unknown = post("/api/login", {{"name", "nobody"}, {"password", "no"}});
    BOOST_TEST(wrong.status == 401);
    BOOST_TEST(wrong.body == unknown.body);
    BOOST_TEST(wrong.header("Set-Cookie") == "");
}

BOOST_AUTO_TEST_CASE(guessing_is_slowed_down_with_a_time_to_wait) {
    account("anna");
    for (int i = 0; i < 10; ++i) post("/api/login", {{"name", "anna"}, {"password", "no"}});
    const auto reply = post("/api/login", {{"name", "anna"}, {"password", kPassword}});
    BOOST_TEST(reply.status == 429);
    BOOST_TEST(std::stoi(reply.header("Retry-After")) > 0);
    BOOST_TEST(text(errorOf(reply), "code") == "rate_limited");
}

BOOST_AUTO_TEST_CASE(a_second_factor_is_asked_for_by_its_own_code) {
    account("anna");
    const auto step = decisions.add("login.step", 1, [](const auto&, const json::object& facts) {
        const auto given = text(facts, "secondFactor");
        if (given.empty()) return sdk::Decision::NeedMore;
        return given == "123456" ? sdk::Decision::Allow : sdk::Decision::Deny;
    });
    json::object body{{"name", "anna"}, {"password", kPassword}};
    BOOST_TEST(text(errorOf(post("/api/login", body)), "code") == "second_factor_required");
    body["token"] = "000000";
    BOOST_TEST(post("/api/login", body).status == 401);
    body["token"] = "123456";
    BOOST_TEST(post("/api/login", body).status == 200);
}

BOOST_AUTO_TEST_CASE(a_password_that_has_to_be_changed_is_changed_while_signing_in) {
    const auto user = account("anna");
    accounts.setPassword(user->id, kPassword, nullptr, {}, true);
    json::object body{{"name", "anna"}, {"password", kPassword}};
    BOOST_TEST(text(errorOf(post("/api/login", body)), "code") == "new_password_required");
    for (const char* bad : {"short", kPassword}) {
        body["newPassword"] = bad;
        const auto refused = post("/api/login", body);
        BOOST_TEST(refused.status == 400);
        BOOST_TEST(text(errorOf(refused), "field") == "/newPassword");
    }
    body["newPassword"] = "another horse 43 battery";
    body["password"] = "wrong";
    BOOST_TEST(post("/api/login", body).status == 401); // the old one has to be right
    body["password"] = kPassword;
    BOOST_TEST(post("/api/login", body).status == 200);
    BOOST_TEST(post("/api/login", {{"name", "anna"}, {"password", kPassword}}).status == 401);
    BOOST_TEST(post("/api/login", {{"name", "anna"}, {"password", "another horse 43 battery"}})
                   .status == 200);
}

BOOST_AUTO_TEST_CASE(no_other_page_signs_a_browser_in) {
    account("anna");
    const json::object body{{"name", "anna"}, {"password", kPassword}};
    BOOST_TEST(post("/api/login", body, {{"Origin", "https://evil.example"}}).status == 403);
    const HttpCall plain{"POST", "/api/login", {{"Content-Type", "text/plain"}},
                         json::serialize(body)};
    BOOST_TEST(request(client(), plain).status == 400);
}

BOOST_AUTO_TEST_CASE(malformed_logins_are_refused) {
    account("anna");
    for (const auto* body : {"", "x", "[]", "{}", R"({"name":"anna"})",
                             R"({"name":["anna"],"password":"x"})",
                             R"({"name":"anna","password":"x\u0000"})",
                             R"({"name":"anna","password":"x","extra":1})"}) {
        BOOST_TEST_CONTEXT(body) {
            const HttpCall call{"POST", "/api/login", {{"Content-Type", "application/json"}}, body};
            BOOST_TEST(request(client(), call).status == 400);
        }
    }
}

BOOST_AUTO_TEST_CASE(signing_out_needs_the_csrf_token_and_ends_the_session) {
    account("anna");
    const auto tab = browser("anna");
    BOOST_TEST(post("/api/logout", {}, tab.headers()).status == 403);
    BOOST_TEST(post("/api/logout", {}, with(tab.headers(), "X-CSRF-Token", "x")).status == 403);
    const auto reply = post("/api/logout", {}, with(tab.headers(), "X-CSRF-Token", tab.csrf));
    BOOST_TEST(reply.status == 200);
    BOOST_TEST(reply.header("Set-Cookie").find("Max-Age=0") != std::string::npos);
    BOOST_TEST(get("/api/session", tab.headers()).status == 401);
}

BOOST_AUTO_TEST_CASE(meshcentral_s_form_signs_in) {
    account("anna");
    const auto form = [&](const std::string& body) {
        return request(client(), {"POST", "/login",
                                  {{"Content-Type", "application/x-www-form-urlencoded"}}, body});
    };
    const auto reply = form("action=login&username=anna&password=correct+horse");
    BOOST_TEST(reply.status == 302);
    BOOST_TEST(get("/api/session", {{"Cookie", cookieOf(reply)}}).status == 200);
    BOOST_TEST(form("username=anna&password=no").status == 401);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(rest, ApiFixture)

BOOST_AUTO_TEST_CASE(a_command_needs_a_credential) {
    const auto reply = post("/api/v1/meshes", {});
    BOOST_TEST(reply.status == 401);
    BOOST_TEST(reply.header("Cache-Control") == "no-store");
    BOOST_TEST(text(errorOf(reply), "code") == "unauthenticated");
}

BOOST_AUTO_TEST_CASE(a_session_needs_the_csrf_token_and_the_right_origin) {
    account("anna");
    const auto tab = browser("anna");
    BOOST_TEST(post("/api/v1/meshes", {}, tab.headers()).status == 403);
    const auto good = with(tab.headers(), "X-CSRF-Token", tab.csrf);
    BOOST_TEST(post("/api/v1/meshes", {}, good).status == 200);
    BOOST_TEST(post("/api/v1/meshes", {}, with(good, "Origin", "https://evil.example")).status ==
               403);
}

BOOST_AUTO_TEST_CASE(a_login_token_is_enough_and_a_wrong_one_is_not) {
    const auto anna = account("anna");
    const auto token = tokens.create(anna->id, "script", 0);
    const auto bearer = [](const std::string& text) {
        return Fields{{"Authorization", "Bearer " + text}};
    };
    const auto name = token.token.tokenUser;
    const auto reply = post("/api/v1/meshes", {}, bearer(name + ":" + token.secret));
    BOOST_TEST(reply.status == 200);
    BOOST_TEST(parse(reply.body).at("meshes").as_array().empty());
    for (const auto& text : {name + ":wrong", name, std::string("~t::"), std::string(""),
                             std::string("anna:correct horse")})
        BOOST_TEST(post("/api/v1/meshes", {}, bearer(text)).status == 401);
}

BOOST_AUTO_TEST_CASE(errors_have_status_code_field_and_trace) {
    const auto admin = account("admin", model::site::kFullAdmin);
    account("anna");
    const auto as = [&](const std::string& name) {
        const auto tab = browser(name);
        return with(tab.headers(), "X-CSRF-Token", tab.csrf);
    };
    BOOST_TEST(post("/api/v1/no.such", {}, as("anna")).status == 404);
    BOOST_TEST(get("/api/v1/meshes", as("anna")).status == 405);
    BOOST_TEST(get("/api/nothing").status == 404);
    const auto forbidden = post("/api/v1/users", {}, as("anna"));
    BOOST_TEST(forbidden.status == 403);
    BOOST_TEST(text(errorOf(forbidden), "traceId").size() == 16u);
    const auto bad = post("/api/v1/tunnel.open", {{"nodeid", "x"}, {"protocol", 0}}, as("admin"));
    BOOST_TEST(bad.status == 400);
    BOOST_TEST(text(errorOf(bad), "field") == "/protocol");
    const HttpCall garbage{"POST", "/api/v1/meshes",
                           with(as("anna"), "Content-Type", "application/json"), "{"};
    BOOST_TEST(request(client(), garbage).status == 400);
}

BOOST_AUTO_TEST_CASE(several_answers_come_as_a_list) {
    const auto anna = account("anna");
    const auto group = addGroup(anna);
    const auto one = enrol(group), two = enrol(group);
    const auto tab = browser("anna");
    const auto reply = post("/api/v1/removedevices", {{"nodeids", {one->id, two->id}}},
                            with(tab.headers(), "X-CSRF-Token", tab.csrf));
    BOOST_TEST(reply.status == 200);
    BOOST_TEST(parse(reply.body).at("replies").as_array().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_body_above_the_limit_is_refused) {
    account("anna");
    const auto tab = browser("anna");
    const json::object large{{"x", std::string(1024 * 1024 + 1, 'x')}};
    BOOST_TEST(post("/api/v1/meshes", large, with(tab.headers(), "X-CSRF-Token", tab.csrf)).status ==
               413);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(watching_the_server, ApiFixture)

BOOST_AUTO_TEST_CASE(health_names_its_parts) {
    const auto reply = get("/healthz");
    BOOST_TEST(reply.status == 200);
    BOOST_TEST(text(parse(reply.body), "status") == "ok");
    BOOST_TEST(text(parse(reply.body).at("parts").as_object(), "database") == "ok");
    BOOST_TEST(get("/health.ashx").body == "ok");
}

BOOST_AUTO_TEST_CASE(a_failed_part_is_told_without_its_reason) {
    api.health().add("disk", [] { return std::optional<std::string>("/srv/secret is full"); });
    const auto reply = get("/healthz");
    BOOST_TEST(reply.status == 503);
    BOOST_TEST(reply.body.find("secret") == std::string::npos);
    BOOST_TEST(text(parse(reply.body).at("parts").as_object(), "disk") == "failed");
}

BOOST_AUTO_TEST_CASE(metrics_are_for_this_machine_and_not_for_what_a_proxy_forwards) {
    BOOST_TEST(get("/metrics").status == 200);
    BOOST_TEST(get("/metrics", {{"X-Forwarded-For", "203.0.113.9"}}).status == 404);
}

BOOST_AUTO_TEST_CASE(audit_records_are_kept_in_order) {
    api::StoredAudit stored(*database, pool, settings, folder.path() / "audit.head");
    for (const auto* command : {"first", "second"}) {
        api::AuditRecord record;
        record.time = std::chrono::system_clock::now();
        record.command = command;
        record.userId = "user//anna";
        record.arguments = {{"a", 1}};
        record.result = "ok";
        stored.append(record);
    }
    stored.flush();
    const auto newest = stored.newest("", 10);
    BOOST_REQUIRE(newest.size() == 2u);
    BOOST_TEST(newest[0].command == "second");
    BOOST_TEST(newest[1].arguments.at("a") == 1);
}

BOOST_AUTO_TEST_CASE(text_of_others_is_no_markup) {
    BOOST_TEST(api::htmlText("<b onclick='x'>&\"") == "&lt;b onclick=&#39;x&#39;&gt;&amp;&quot;");
}

BOOST_AUTO_TEST_SUITE_END()
