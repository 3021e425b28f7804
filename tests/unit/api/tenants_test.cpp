// Two tenants besides the default one behind one server: whose door a request came through decides
// whose accounts, cookies and records it meets.
#include <boost/test/unit_test.hpp>

#include "api_fixture.hpp"

using namespace trellis;
using namespace trellis::test;

namespace {

net::HttpServerOptions doors() {
    net::HttpServerOptions options;
    options.tenants.addPath("acme");
    options.tenants.addHost("gamma", "gamma.example");
    return options;
}

struct Tenants : ApiFixture {
    net::HttpServer tenantHttp{router, [this](net::Task task) { (void)pool.post(std::move(task)); },
                               doors()};
    std::unique_ptr<net::Listener> door;

    Tenants() {
        config.domains["acme"].title = "Acme";
        config.domains["gamma"].dns = "gamma.example";
        for (const std::string domain : {"", "acme", "gamma"}) {
            auth::NewAccount made;
            made.domain = domain;
            made.name = "boss";
            made.password = kPassword;
            made.siteRights = model::site::kFullAdmin;
            accounts.create(made, nullptr);
        }
        net::ListenerOptions options;
        options.address = "127.0.0.1";
        door = std::make_unique<net::Listener>(loops, options, tenantHttp.factory());
    }
    ~Tenants() { door.reset(); }

    ClientOptions at() const {
        auto options = client();
        options.port = door->port();
        return options;
    }
    HttpReply ask(const std::string& method, const std::string& target, Fields headers = {},
                  const json::object& body = {}) {
        headers.emplace_back("Content-Type", "application/json");
        return request(at(), {method, target, std::move(headers),
                              method == "POST" ? json::serialize(body) : ""});
    }
    HttpReply logIn(const std::string& prefix, Fields headers = {}) {
        return ask("POST", prefix + "/api/login", std::move(headers),
                   {{"name", "boss"}, {"password", kPassword}});
    }
    static std::string cookieOf(const HttpReply& reply) {
        const auto all = reply.header("Set-Cookie");
        return std::string(all.substr(0, all.find(';')));
    }
    int session(const std::string& prefix, const std::string& cookie, Fields headers = {}) {
        headers.emplace_back("Cookie", cookie);
        return ask("GET", prefix + "/api/session", std::move(headers)).status;
    }
    Control control(const std::string& prefix) {
        Control made(at(), prefix + "/control.ashx", {{"x-meshauth", meshAuth("boss", kPassword)}});
        return made;
    }
};

const Fields kGamma{{"Host", "gamma.example"}};

} // namespace

BOOST_FIXTURE_TEST_SUITE(tenant_doors, Tenants)

BOOST_AUTO_TEST_CASE(a_login_is_one_of_its_tenant_only) {
    const auto acme = logIn("/acme");
    BOOST_REQUIRE(acme.status == 200);
    BOOST_TEST(acme.body.find("user/acme/boss") != std::string::npos);
    const auto cookie = cookieOf(acme);
    BOOST_TEST(cookie.starts_with("__Host-trellis-acme="));
    BOOST_TEST(session("/acme", cookie) == 200);
    BOOST_TEST(session("", cookie) == 401);
    const auto secret = cookie.substr(cookie.find('=') + 1);
    BOOST_TEST(session("", "__Host-trellis=" + secret) == 401);
    BOOST_TEST(session("", "__Host-trellis-gamma=" + secret, kGamma) == 401);
    const auto main = logIn("");
    BOOST_TEST(main.body.find("user//boss") != std::string::npos);
    BOOST_TEST(session("/acme", cookieOf(main)) == 401);
    BOOST_TEST(session("", cookieOf(main) + "; " + cookie) == 200); // both at once
    BOOST_TEST(session("/acme", cookieOf(main) + "; " + cookie) == 200);
}

BOOST_AUTO_TEST_CASE(a_host_name_leads_to_its_tenant_and_no_path_does) {
    const auto gamma = logIn("", kGamma);
    BOOST_TEST(gamma.body.find("user/gamma/boss") != std::string::npos);
    BOOST_TEST(session("", cookieOf(gamma), kGamma) == 200);
    BOOST_TEST(session("", cookieOf(gamma)) == 401);
    BOOST_TEST(logIn("/gamma").status != 200);
    BOOST_TEST(logIn("/acme", kGamma).status != 200);
}

BOOST_AUTO_TEST_CASE(the_control_channel_speaks_for_its_tenant) {
    auto acme = control("/acme");
    BOOST_TEST(text(acme.await("serverinfo").at("serverinfo").as_object(), "domain") == "acme");
    BOOST_TEST(text(acme.await("userinfo").at("userinfo").as_object(), "_id") == "user/acme/boss");
    const auto users = acme.ask({{"action", "users"}});
    BOOST_TEST(users.at("users").as_array().size() == 1U);
    auto main = control("");
    main.await("userinfo");
    for (auto* each : {&acme, &main}) {
        const bool isMain = each == &main;
        const auto made = each->ask({{"action", "adduser"},
                                     {"username", isMain ? "ann" : "eve"},
                                     {"pass", "long enough 1"},
                                     {"domain", isMain ? "acme" : ""},
                                     {"responseid", "r"}});
        BOOST_TEST(text(made, "result") == (isMain ? "ok" : "Invalid domain"));
    }
    BOOST_TEST(directory->user("user/acme/ann") != nullptr);
    BOOST_TEST(directory->user("user//eve") == nullptr);
}

BOOST_AUTO_TEST_CASE(nothing_that_happens_in_one_is_told_in_another) {
    auto acme = control("/acme");
    acme.await("userinfo");
    auto main = control("");
    main.await("userinfo");
    const auto made = acme.ask(
        {{"action", "createmesh"}, {"meshname", "G"}, {"meshtype", 2}, {"responseid", "r"}});
    BOOST_TEST(text(made, "result") == "ok");
    BOOST_TEST(text(made, "meshid").starts_with("mesh/acme/"));
    BOOST_TEST(!main.hasEventBeforePong("createmesh"));
    BOOST_TEST(main.ask({{"action", "meshes"}}).at("meshes").as_array().empty());
}

BOOST_AUTO_TEST_CASE(the_servers_own_matters_are_the_default_tenants) {
    const auto reply = logIn("/acme");
    const auto csrf = text(parse(reply.body), "csrf");
    const auto run = [&](const std::string& command, const json::object& args) {
        return ask("POST", "/acme/api/v1/" + command,
                   {{"Cookie", cookieOf(reply)}, {"X-CSRF-Token", csrf}}, args)
            .status;
    };
    BOOST_TEST(run("servererrors", {}) == 403);
    BOOST_TEST(run("serverconsole", {{"value", "info"}}) == 403);
    BOOST_TEST(run("users", {}) == 200);
    BOOST_TEST(parse(ask("GET", "/acme/api/session").body).at("setup").as_bool() == false);
}

BOOST_AUTO_TEST_CASE(links_and_titles_are_the_tenants) {
    const auto title = [&](const std::string& prefix) {
        return text(parse(ask("GET", prefix + "/api/session").body), "title");
    };
    BOOST_TEST(title("/acme") == "Acme");
    BOOST_TEST(title("") == config.server.title);
    auto acme = control("/acme");
    acme.await("userinfo");
    const auto made = acme.ask(
        {{"action", "createmesh"}, {"meshname", "G"}, {"meshtype", 2}, {"responseid", "r"}});
    const auto link = acme.ask({{"action", "createInviteLink"},
                                {"meshid", text(made, "meshid")},
                                {"expire", 1},
                                {"flags", 0}});
    const auto url = text(link, "url");
    BOOST_TEST(url.starts_with("https://localhost:8443/acme/agentinvite?c="));
    const auto path = url.substr(url.find("/agentinvite"));
    BOOST_TEST(ask("GET", path).status == 404); // by the wrong door
    BOOST_TEST(ask("GET", "/acme" + path).status != 404);
}

BOOST_AUTO_TEST_SUITE_END()
