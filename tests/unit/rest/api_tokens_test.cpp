// Scoped API tokens at the REST door: what they may do, and everything that they may not.
#include <boost/test/unit_test.hpp>

#include "../api/api_fixture.hpp"

using namespace trellis;
using namespace trellis::test;

namespace {

json::object errorOf(const HttpReply& reply) {
    return parse(reply.body).at("error").as_object();
}

Fields bearer(const std::string& secret) {
    return {{"Authorization", "Bearer " + secret}};
}

struct TokenFixture : ApiFixture {
    model::UserPtr anna = account("anna", model::site::kFullAdmin);
    Browser page = browser("anna");

    HttpReply asPerson(const std::string& command, const json::object& args) {
        auto headers = page.headers();
        headers.emplace_back("X-CSRF-Token", page.csrf);
        return post("/api/v1/" + command, args, headers);
    }
    HttpReply with(const std::string& secret, const std::string& command,
                   const json::object& args = {}) {
        return post("/api/v1/" + command, args, bearer(secret));
    }
    json::object make(json::object args) {
        args.emplace("name", "script");
        const auto reply = asPerson("tokens.create", args);
        BOOST_REQUIRE_MESSAGE(reply.status == 200, reply.body);
        return parse(reply.body);
    }
    std::string secretFor(json::object args) { return text(make(std::move(args)), "secret"); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(api_tokens, TokenFixture)

BOOST_AUTO_TEST_CASE(a_token_calls_what_its_scope_covers_and_nothing_else) {
    const auto secret = secretFor({{"commands", {"node*", "meshes"}}});
    BOOST_TEST(with(secret, "nodes").status == 200);
    BOOST_TEST(with(secret, "meshes").status == 200);
    const auto refused = with(secret, "users");
    BOOST_TEST(refused.status == 403);
    BOOST_TEST(text(errorOf(refused), "message") == "the API token's scope doesn't cover users");
}

BOOST_AUTO_TEST_CASE(the_secret_is_shown_once_and_stored_as_a_hash) {
    const auto made = make({{"commands", {"*"}}});
    const auto secret = text(made, "secret");
    const auto list = asPerson("tokens.list", {});
    BOOST_TEST(list.status == 200);
    BOOST_TEST(list.body.find(text(made, "id")) != std::string::npos);
    BOOST_TEST(list.body.find(secret) == std::string::npos);
    database->read([&](store::Session& in) {
        in.query("SELECT secret_hash FROM api_tokens", {}, [&](const store::Row& row) {
            BOOST_TEST(row.text(0) == store::sha256Hex(secret));
        });
    });
    for (const auto& record : audit.all())
        BOOST_TEST(json::serialize(record.arguments).find(secret) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_reading_token_changes_nothing) {
    const auto secret = secretFor({{"commands", {"*"}}, {"readOnly", true}});
    BOOST_TEST(with(secret, "nodes").status == 200);
    BOOST_TEST(with(secret, "users").status == 200);
    BOOST_TEST(with(secret, "createmesh", {{"meshname", "New"}, {"meshtype", 2}}).status == 403);
    BOOST_TEST(with(secret, "runcommands", {{"nodeids", {"node//x"}}, {"type", 1}, {"cmds", "id"}})
                   .status == 403);
    BOOST_TEST(directory->groups("").empty());
}

BOOST_AUTO_TEST_CASE(commands_taken_for_reading_exist_and_are_not_audited) {
    for (const auto& info : dispatcher.commands())
        if (api::isReadOnly(info.spec->command))
            BOOST_TEST(!info.spec->command.audited, info.spec->command.name);
    BOOST_TEST(api::isReadOnly(dispatcher.find("nodes")->spec->command));
    BOOST_TEST(!api::isReadOnly(dispatcher.find("runcommands")->spec->command));
    BOOST_TEST(!api::isReadOnly(dispatcher.find("msg")->spec->command));
}

BOOST_AUTO_TEST_CASE(a_token_limited_to_a_group_sees_no_other) {
    const auto lab = addGroup(anna, "Lab");
    const auto shop = addGroup(anna, "Shop");
    const auto mine = online(lab, "mine");
    const auto other = online(shop, "other");
    const auto secret = secretFor({{"commands", {"*"}}, {"groups", {"Lab"}}});
    const auto nodes = with(secret, "nodes");
    BOOST_TEST(nodes.body.find(mine->id) != std::string::npos);
    BOOST_TEST(nodes.body.find(other->id) == std::string::npos);
    BOOST_TEST(with(secret, "meshes").body.find(shop->id) == std::string::npos);
    const json::object change{{"nodeid", other->id}, {"desc", "x"}};
    BOOST_TEST(with(secret, "changedevice", change).status == 404);
    BOOST_TEST(directory->device(other->id)->desc.empty());
    BOOST_TEST(with(secret, "changedevice", {{"nodeid", mine->id}, {"desc", "x"}}).status == 200);
    // Of these it isn't known what they look at.
    BOOST_TEST(with(secret, "users").status == 403);
    BOOST_TEST(with(secret, "events").status == 403);
}

BOOST_AUTO_TEST_CASE(a_group_that_the_owner_does_not_see_gives_no_token) {
    const auto bob = account("bob");
    addGroup(bob, "Secret");
    const auto reply =
        asPerson("tokens.create", {{"name", "x"}, {"commands", {"*"}}, {"groups", {"Nowhere"}}});
    BOOST_TEST(reply.status == 404);
    BOOST_TEST(text(errorOf(reply), "field") == "/groups/0");
}

BOOST_AUTO_TEST_CASE(tokens_make_no_tokens_and_touch_no_account) {
    const auto secret = secretFor({{"commands", {"*"}}});
    const std::pair<const char*, json::object> attempts[] = {
        {"tokens.create", {{"name", "more"}, {"commands", {"*"}}}},
        {"tokens.list", {}},
        {"tokens.remove", {{"token", "script"}}},
        {"createLoginToken", {{"name", "more"}, {"expire", 0}}},
        {"loginTokens", {}},
        {"authcookie", {}},
        {"logincookie", {}},
        {"changepassword", {{"oldpass", kPassword}, {"newpass", "another long one 7"}}},
        {"changeemail", {{"email", "eve@example.org"}}},
        {"changelang", {{"lang", "de"}}},
        {"userWebState", {{"state", "{}"}}},
        {"adduser", {{"username", "eve"}, {"pass", "another long one 7"}}},
        {"changeuserpass", {{"userid", "user//anna"}, {"pass", "another long one 7"}}},
        {"edituser", {{"id", "user//anna"}, {"email", "eve@example.org"}}},
        {"deleteuser", {{"userid", "user//anna"}}},
        {"serverconsole", {{"value", "help"}}},
    };
    for (const auto& [command, args] : attempts) {
        const auto reply = with(secret, command, args);
        BOOST_TEST(reply.status == 403, command << ": " << reply.status << ' ' << reply.body);
    }
    BOOST_TEST(apiTokens.list("").size() == 1u);
    BOOST_TEST(tokens.list("user//anna").empty());
    BOOST_TEST(directory->users("").size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_token_opens_no_session_and_no_control_connection) {
    const auto secret = secretFor({{"commands", {"*"}}});
    BOOST_TEST(post("/api/login", {{"name", "anna"}, {"password", secret}}).status == 401);
    BOOST_TEST(post("/api/login", {{"name", secret}, {"password", secret}}).status == 401);
    BOOST_TEST(get("/api/session", bearer(secret)).status == 401);
    BOOST_TEST(post("/api/logout", {}, bearer(secret)).status == 401);
    auto control = connect("/control.ashx", bearer(secret));
    BOOST_TEST(text(control.await("close"), "cause") == "noauth");
}

/// The same for MeshCentral's login tokens, at both doors (control-protocol 1.9; 11, 10).
BOOST_AUTO_TEST_CASE(login_tokens_make_no_tokens_and_touch_no_account) {
    const auto made = tokens.create("user//anna", "old style", 0);
    const auto headers = bearer(made.token.tokenUser + ":" + made.secret);
    auto control = signIn(made.token.tokenUser, made.secret);
    const json::object attempts[] = {
        {{"action", "createLoginToken"}, {"name", "more"}, {"expire", 0}},
        {{"action", "loginTokens"}, {"remove", {made.token.tokenUser}}},
        {{"action", "changepassword"}, {"oldpass", kPassword}, {"newpass", "another long one 7"}},
        {{"action", "changeemail"}, {"email", "eve@example.org"}},
        {{"action", "changeuserpass"}, {"userid", "user//anna"}, {"pass", "another long one 7"}},
        {{"action", "adduser"}, {"username", "eve"}, {"pass", "another long one 7"}},
        {{"action", "tokens.create"}, {"name", "more"}, {"commands", {"*"}}},
        {{"action", "tokens.remove"}, {"token", "script"}},
        {{"action", "logincookie"}},
    };
    for (auto message : attempts) {
        const std::string command(message.at("action").as_string());
        auto args = message;
        args.erase("action");
        BOOST_TEST(post("/api/v1/" + command, args, headers).status == 403, command);
        message["responseid"] = "r";
        const auto answer = control.ask(message);
        BOOST_TEST((answer.contains("error") || text(answer, "result") == "Access denied" ||
                    text(answer, "result") == "Permission denied"),
                   command << ": " << json::serialize(answer));
    }
    BOOST_TEST(tokens.list("user//anna").size() == 1u);
    BOOST_TEST(apiTokens.list("").empty());
    BOOST_TEST(directory->users("").size() == 1u);
    BOOST_TEST(directory->user("user//anna")->email.empty());
}

BOOST_AUTO_TEST_CASE(a_token_can_do_no_more_than_its_owner_now) {
    const auto secret = secretFor({{"commands", {"*"}}});
    BOOST_TEST(with(secret, "users").status == 200);
    directory->updateUser("user//anna", [](model::User& one) { one.siteRights = 0; });
    BOOST_TEST(with(secret, "users").status == 403);
    directory->updateUser("user//anna",
                          [](model::User& one) { one.siteRights = model::site::kLocked; });
    BOOST_TEST(with(secret, "nodes").status == 403);
    accounts.remove("user//anna", nullptr);
    BOOST_TEST(with(secret, "nodes").status == 401);
    account("anna", model::site::kFullAdmin); // another person of this name
    BOOST_TEST(with(secret, "nodes").status == 401);
}

BOOST_AUTO_TEST_CASE(a_removed_or_expired_token_is_refused) {
    const auto made = make({{"commands", {"*"}}, {"expire_days", 1}});
    const auto secret = text(made, "secret");
    BOOST_TEST(with(secret, "nodes").status == 200);
    time.advance(std::chrono::hours(25));
    BOOST_TEST(with(secret, "nodes").status == 401);
    page = browser("anna"); // the session was of yesterday, too
    const auto second = make({{"commands", {"*"}}, {"name", "second"}});
    BOOST_TEST(asPerson("tokens.remove", {{"token", "second"}}).status == 200);
    BOOST_TEST(with(text(second, "secret"), "nodes").status == 401);
    BOOST_TEST(asPerson("tokens.remove", {{"token", "second"}}).status == 404);
}

BOOST_AUTO_TEST_CASE(a_token_may_be_bound_to_addresses) {
    const auto elsewhere = secretFor({{"commands", {"*"}}, {"addresses", {"10.0.0.0/8"}}});
    BOOST_TEST(with(elsewhere, "nodes").status == 403);
    const auto here =
        secretFor({{"commands", {"*"}}, {"name", "here"}, {"addresses", {"127.0.0.0/8", "::1"}}});
    BOOST_TEST(with(here, "nodes").status == 200);
}

BOOST_AUTO_TEST_CASE(what_a_token_does_is_audited_with_its_name) {
    const auto secret = secretFor({{"commands", {"createmesh"}}, {"name", "nightly job"}});
    BOOST_TEST(with(secret, "createmesh", {{"meshname", "New"}, {"meshtype", 2}}).status == 200);
    // The record follows the answer.
    const auto record = [&]() -> std::optional<api::AuditRecord> {
        for (const auto& one : audit.all())
            if (one.command == "createmesh")
                return one;
        return std::nullopt;
    };
    const auto deadline = sdk::Clock::now() + std::chrono::seconds(10);
    while (!record() && sdk::Clock::now() < deadline)
        std::this_thread::yield();
    BOOST_REQUIRE(record().has_value());
    BOOST_TEST(record()->token == "nightly job");
    BOOST_TEST(record()->userId == "user//anna");
    const auto made = recorded("createmesh");
    BOOST_REQUIRE(!made.empty());
    BOOST_TEST(made.front().extra.at("token") == "nightly job");
}

BOOST_AUTO_TEST_CASE(bad_scopes_name_the_field) {
    const std::pair<json::object, const char*> cases[] = {
        {{{"name", "x"}, {"commands", {"a b"}}}, "/commands/0"},
        {{{"name", "x"}, {"commands", {"*x"}}}, "/commands/0"},
        {{{"name", "x"}, {"commands", {"*"}}, {"addresses", {"10.0.0.1/8"}}}, "/addresses/0"},
        {{{"name", "x"}, {"commands", {"*"}}, {"expire_days", 9999}}, "/expire_days"},
        {{{"name", ""}, {"commands", {"*"}}}, "/name"},
    };
    for (const auto& [args, field] : cases) {
        const auto reply = asPerson("tokens.create", args);
        BOOST_TEST(reply.status == 400);
        BOOST_TEST(text(errorOf(reply), "field") == field);
    }
    make({{"commands", {"*"}}});
    BOOST_TEST(asPerson("tokens.create", {{"name", "script"}, {"commands", {"*"}}}).status == 409);
}

BOOST_AUTO_TEST_CASE(guessed_tokens_are_throttled_with_a_time_to_wait) {
    HttpReply reply;
    for (int i = 0; i < 200 && reply.status != 429; ++i)
        reply = with("trl_0123456789abcdef_guess", "nodes");
    BOOST_TEST(reply.status == 429);
    BOOST_TEST(!reply.header("Retry-After").empty());
}

BOOST_AUTO_TEST_CASE(people_manage_their_own_tokens_and_administrators_take_others_away) {
    account("bob");
    const auto bob = browser("bob");
    auto headers = bob.headers();
    headers.emplace_back("X-CSRF-Token", bob.csrf);
    BOOST_TEST(
        post("/api/v1/tokens.create", {{"name", "b"}, {"commands", {"*"}}}, headers).status == 200);
    BOOST_TEST(post("/api/v1/tokens.list", {{"user", "anna"}}, headers).status == 403);
    BOOST_TEST(
        asPerson("tokens.create", {{"name", "x"}, {"commands", {"*"}}, {"user", "bob"}}).status ==
        403);
    BOOST_TEST(asPerson("tokens.remove", {{"user", "bob"}, {"token", "b"}}).status == 200);
    BOOST_TEST(apiTokens.list("user//bob").empty());
}

BOOST_AUTO_TEST_SUITE_END()
