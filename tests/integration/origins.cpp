// A page of another origin is refused on every WebSocket route, whatever else it shows.
#include <boost/test/unit_test.hpp>

#include "tests/integration/session.hpp"

using namespace trellis::test;

namespace {

struct Fixture {
    Site site;
    ClientOptions client = site.server.client();
    std::string cookie = signIn(client, "admin", ServerProcess::kPassword);
    std::string own = "localhost:" + std::to_string(site.server.port());

    int status(const std::string& target, const std::string& origin) {
        Fields headers{{"Host", own}, {"Cookie", cookie}};
        if (!origin.empty())
            headers.emplace_back("Origin", origin);
        return tryUpgrade(client, target, headers).status;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(origins, Fixture)

BOOST_AUTO_TEST_CASE(a_foreign_origin_with_a_valid_cookie_is_refused) {
    const auto identity = site.mint.make();
    AgentLink agent(client, identity, site.settings);
    const std::string relay = "/meshrelay.ashx?browser=1&p=203&id=abc&nodeid=" + identity.deviceId;
    const std::string foreign[] = {
        "https://evil.example",
        "https://evil.example:" + std::to_string(site.server.port()),
        "https://localhost.evil.example:" + std::to_string(site.server.port()),
        "https://evil-localhost",
        "http://" + own,
        "null",
        "https://",
        "file://",
        "https://localhost@evil.example",
    };
    for (const auto& origin : foreign) {
        for (const auto& target : {std::string("/control.ashx"), relay, std::string("/agent.ashx")})
            BOOST_TEST(status(target, origin) == 403, target << " from " << origin);
    }
}

BOOST_AUTO_TEST_CASE(the_own_origin_and_none_are_accepted) {
    const auto identity = site.mint.make();
    AgentLink agent(client, identity, site.settings);
    const std::string relay = "/meshrelay.ashx?browser=1&p=203&nodeid=" + identity.deviceId + "&id=";
    for (const std::string& origin : {std::string(), "https://" + own}) {
        BOOST_TEST(status("/control.ashx", origin) == 101);
        BOOST_TEST(status(relay + (origin.empty() ? "one" : "two"), origin) == 101);
        BOOST_TEST(status("/agent.ashx", origin) == 101);
    }
}

BOOST_AUTO_TEST_CASE(two_origins_are_refused) {
    for (const auto* target : {"/control.ashx", "/agent.ashx", "/meshrelay.ashx?p=203&id=a"}) {
        const auto reply = tryUpgrade(client, target,
                                      {{"Host", own},
                                       {"Cookie", cookie},
                                       {"Origin", "https://" + own},
                                       {"Origin", "https://evil.example"}});
        BOOST_TEST((reply.status == 403 || reply.status == 400));
    }
}

BOOST_AUTO_TEST_CASE(a_form_from_a_foreign_page_signs_nobody_in) {
    HttpCall call;
    call.method = "POST";
    call.target = "/api/login";
    call.headers = {{"Host", own},
                    {"Origin", "https://evil.example"},
                    {"Content-Type", "application/json"}};
    call.body = std::string(R"({"name":"admin","password":")") + ServerProcess::kPassword + "\"}";
    const auto reply = request(client, call);
    BOOST_TEST(reply.status == 403);
    BOOST_TEST(reply.header("Set-Cookie") == "");
}

BOOST_AUTO_TEST_SUITE_END()
