// Queue, repetition, order and the guard of addresses; the network is a function of the test, the
// database a real one.
#define BOOST_TEST_MODULE webhooks
#include <boost/test/unit_test.hpp>

#include <deque>

#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/Session.h>
#include <Poco/TemporaryFile.h>
#include <boost/json/parse.hpp>
#include <trellis/sdk/testing.hpp>

#include "signature.hpp"
#include "webhooks.hpp"

using namespace trellis::testing;
using namespace webhooks;

namespace {

struct JsonEvent {
    json::object data;
    json::object toJson() const { return data; }
};

struct Connector {
    Connector() { Poco::Data::SQLite::Connector::registerConnector(); }
};

struct Fixture : Connector {
    FakeHost host;
    Poco::TemporaryFile file;
    Poco::Data::Session session{"SQLite", file.path()};
    std::deque<SendResult> answers; ///< of the receiver; 200 when there are none
    std::vector<Outgoing> sent;
    std::int64_t nowMs = 1'700'000'000'000;

    Fixture() {
        std::string statement;
        for (const char c : DeliveryStore::migration().sqlite) {
            statement += c;
            if (c == ';') {
                session << statement, Poco::Data::Keywords::now;
                statement.clear();
            }
        }
        host.useDatabase([this](const auto& work) { work(session); });
    }
    std::unique_ptr<PluginUnderTest> plugin(json::object options = {}) {
        return pluginOn(host, std::move(options));
    }
    std::unique_ptr<PluginUnderTest> pluginOn(FakeHost& on, json::object options = {}) {
        auto made = std::make_unique<Webhooks>(
            [this](const SendOptions&, const Outgoing& outgoing, Cutter&) {
                sent.push_back(outgoing);
                if (answers.empty())
                    return SendResult{200, ""};
                auto next = answers.front();
                answers.pop_front();
                return next;
            },
            [this] { return nowMs; });
        auto under = std::make_unique<PluginUnderTest>(std::move(made), on, std::move(options));
        on.settle();
        return under;
    }
    json::object subscribe(PluginUnderTest& under, json::array events = {"device.*"}) {
        auto answer = under.call("webhooks.add", {{"name", "test"},
                                                  {"url", "https://hooks.example.org/x"},
                                                  {"events", std::move(events)}});
        host.settle();
        return answer.as_object();
    }
    void pass(std::int64_t ms) {
        nowMs += ms;
        host.advance(Milliseconds(ms));
    }
    void happen(PluginUnderTest& under, const std::string& name, json::object data = {}) {
        under.publish(Topic<JsonEvent>{name}, JsonEvent{std::move(data)});
        host.settle();
    }
    static json::object idOf(const json::object& subscription) {
        return {{"id", subscription.at("id")}};
    }
};

std::string textOf(const json::value& value) {
    return std::string(value.as_string());
}

bool isPublicText(const char* text) {
    return isPublic(Poco::Net::IPAddress(text));
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(delivery, Fixture)

BOOST_AUTO_TEST_CASE(an_event_is_sent_signed_to_who_wants_it) {
    auto under = plugin();
    const auto one = subscribe(*under);
    happen(*under, "device.connected", {{"id", "node//a"}});
    happen(*under, "plugin.stateChanged");
    BOOST_REQUIRE(sent.size() == 1u);
    const auto body = json::parse(sent[0].body).as_object();
    BOOST_TEST(textOf(body.at("event")) == "device.connected");
    std::map<std::string, std::string> headers(sent[0].headers.begin(), sent[0].headers.end());
    BOOST_TEST(headers["Trellis-Delivery"] == textOf(body.at("id")));
    BOOST_TEST(headers["Trellis-Signature"] ==
               signatureOf(textOf(one.at("secret")), nowMs / 1000, sent[0].body));
}

// Of RFC 4231, test case 2, with our "<t>." in front checked against openssl dgst.
BOOST_AUTO_TEST_CASE(the_signature_is_hmac_sha256) {
    BOOST_TEST(signatureOf("Jefe", 1700000000, "what do ya want for nothing?") ==
               "t=1700000000,v1="
               "1cdd0650c8be1cb0974b1788d458b1e781206cfef59b85faafc582d2e182c57e");
}

BOOST_AUTO_TEST_CASE(events_of_the_log_are_named_after_their_action) {
    auto under = plugin();
    subscribe(*under, {"event.createmesh"});
    happen(*under, "event.recorded", {{"action", "changenode"}});
    happen(*under, "event.recorded", {{"action", "createmesh"}});
    BOOST_REQUIRE(sent.size() == 1u);
    BOOST_TEST(sent[0].body.find("event.createmesh") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_name_adds_no_header) {
    auto under = plugin();
    subscribe(*under, {"event.*"});
    happen(*under, "event.recorded", {{"action", "x\r\nEvil: 1"}});
    BOOST_REQUIRE(sent.size() == 1u);
    for (const auto& [name, value] : sent[0].headers)
        BOOST_TEST(value.find_first_of("\r\n") == std::string::npos, name);
}

BOOST_AUTO_TEST_CASE(what_waits_is_tried_at_once_when_somebody_says_so) {
    auto under = plugin();
    const auto one = subscribe(*under);
    answers = {{503, "HTTP status 503"}};
    happen(*under, "device.connected");
    const auto state = [&] {
        return under->call("webhooks.list", {}).at("subscriptions").at(0).as_object();
    };
    BOOST_TEST(state().at("next").at("attempts").as_int64() == 1);
    BOOST_TEST(state().at("next").at("time").as_int64() > nowMs);
    BOOST_TEST(state().at("last").at("status").as_int64() == 503);
    under->call("webhooks.retry", idOf(one));
    host.settle();
    BOOST_TEST(sent.size() == 2u);
    BOOST_TEST(!state().contains("next"));
    BOOST_TEST(state().at("waiting").as_int64() == 0);
}

BOOST_AUTO_TEST_CASE(a_new_secret_signs_from_then_on) {
    auto under = plugin();
    const auto one = subscribe(*under);
    const auto renewed = textOf(under->call("webhooks.secret.renew", idOf(one)).at("secret"));
    BOOST_TEST(renewed != textOf(one.at("secret")));
    happen(*under, "device.connected");
    BOOST_REQUIRE(sent.size() == 1u);
    std::map<std::string, std::string> headers(sent[0].headers.begin(), sent[0].headers.end());
    BOOST_TEST(headers["Trellis-Signature"] == signatureOf(renewed, nowMs / 1000, sent[0].body));
}

BOOST_AUTO_TEST_CASE(what_fails_is_repeated_in_order_with_the_same_id) {
    auto under = plugin();
    const auto one = subscribe(*under);
    answers = {{500, "HTTP status 500"}, {0, "connection refused"}};
    happen(*under, "device.connected", {{"n", 1}});
    happen(*under, "device.connected", {{"n", 2}});
    BOOST_TEST(sent.size() == 1u); // the second waits for the first
    pass(5'000);
    BOOST_TEST(sent.size() == 2u);
    pass(10'000);
    BOOST_REQUIRE(sent.size() == 4u);
    const auto idOfBody = [&](std::size_t i) { return textOf(json::parse(sent[i].body).at("id")); };
    BOOST_TEST(idOfBody(0) == idOfBody(1));
    BOOST_TEST(idOfBody(0) == idOfBody(2));
    BOOST_TEST(sent[3].body.find("\"n\":2") != std::string::npos);
    const auto log = under->call("webhooks.log.list", idOf(one)).at("attempts").as_array();
    BOOST_TEST(log.size() == 4u);
    BOOST_TEST(textOf(log[3].at("problem")) == "HTTP status 500");
}

BOOST_AUTO_TEST_CASE(the_waits_grow_and_are_never_alike) {
    BOOST_TEST(Deliveries::backOffMs(1, 0) == 5'000);
    BOOST_TEST(Deliveries::backOffMs(1, 1) == 2'500);
    BOOST_TEST(Deliveries::backOffMs(4, 0) == 40'000);
    BOOST_TEST(Deliveries::backOffMs(500, 0) == 3'600'000);
}

BOOST_AUTO_TEST_CASE(what_is_given_up_is_kept_and_sent_again_on_demand) {
    auto under = plugin({{"attempts", 2}});
    const auto one = subscribe(*under);
    answers = {{410, "HTTP status 410"}, {410, "HTTP status 410"}};
    happen(*under, "device.connected", {{"n", 1}});
    pass(6'000);
    const auto dead = under->call("webhooks.dead.list", idOf(one)).at("deliveries").as_array();
    BOOST_REQUIRE(dead.size() == 1u);
    happen(*under, "device.connected", {{"n", 2}}); // what comes behind is not held up
    BOOST_TEST(sent.back().body.find("\"n\":2") != std::string::npos);
    auto args = idOf(one);
    args["number"] = dead[0].at("number");
    BOOST_TEST(under->call("webhooks.redeliver", args).at("count") == 1);
    host.settle();
    BOOST_TEST(sent.back().body.find("\"n\":1") != std::string::npos);
    BOOST_TEST(under->call("webhooks.dead.list", idOf(one)).at("deliveries").as_array().empty());
    BOOST_CHECK_THROW(under->call("webhooks.redeliver", args), Error);
}

BOOST_AUTO_TEST_CASE(what_waits_survives_a_restart) {
    {
        auto under = plugin();
        subscribe(*under);
        answers = {{0, "connection refused"}};
        happen(*under, "device.connected", {{"n", 1}});
        under->stop();
    }
    sent.clear();
    nowMs += 60'000;
    FakeHost second; // as after a new start of the server
    second.useDatabase([this](const auto& work) { work(session); });
    auto again = pluginOn(second);
    nowMs += 1'000;
    second.advance(Milliseconds(1'000));
    BOOST_REQUIRE(sent.size() == 1u);
    BOOST_TEST(sent[0].body.find("\"n\":1") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_full_queue_drops_what_comes_and_says_so) {
    auto under = plugin({{"queue_limit", 10}});
    const auto one = subscribe(*under);
    answers.assign(5, {0, "connection refused"});
    for (int i = 0; i < 15; ++i)
        happen(*under, "device.connected", {{"n", i}});
    BOOST_TEST(host.count("webhooks_dropped_total") == 5u);
    const auto list = under->call("webhooks.list", {}).at("subscriptions").as_array();
    BOOST_TEST(list[0].at("waiting") == 10);
}

BOOST_AUTO_TEST_CASE(a_subscription_that_is_off_or_gone_gets_nothing) {
    auto under = plugin();
    const auto one = subscribe(*under);
    auto off = idOf(one);
    off["enabled"] = false;
    under->call("webhooks.change", off);
    happen(*under, "device.connected");
    under->call("webhooks.remove", idOf(one));
    happen(*under, "device.connected");
    BOOST_TEST(sent.empty());
    BOOST_CHECK_THROW(under->call("webhooks.log.list", idOf(one)), Error);
}

BOOST_AUTO_TEST_CASE(only_administrators_and_only_proper_addresses) {
    auto under = plugin();
    As nobody;
    nobody.caller.siteRights = 0;
    BOOST_CHECK_THROW(under->call("webhooks.list", {}, nobody), Error);
    for (const auto* url : {"http://hooks.example.org/", "https://user:pw@hooks.example.org/",
                            "ftp://hooks.example.org/", "https://hooks.example.org/#x"})
        BOOST_CHECK_THROW(
            under->call("webhooks.add", {{"name", "x"}, {"url", url}, {"events", {"*"}}}), Error);
    BOOST_CHECK_THROW(
        under->call("webhooks.add",
                    {{"name", "x"}, {"url", "https://a.example/"}, {"events", {"a*b"}}}),
        Error);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(address_guard)

BOOST_AUTO_TEST_CASE(addresses_that_only_the_server_reaches_are_told_from_public_ones) {
    for (const auto* text : {"127.0.0.1",
                             "127.9.9.9",
                             "0.0.0.0",
                             "10.1.2.3",
                             "172.16.0.1",
                             "172.31.255.255",
                             "192.168.1.1",
                             "169.254.169.254",
                             "100.64.0.1",
                             "224.0.0.1",
                             "255.255.255.255",
                             "::1",
                             "::",
                             "fe80::1",
                             "fc00::1",
                             "fd12::1",
                             "ff02::1",
                             "::ffff:127.0.0.1",
                             "::ffff:10.0.0.1",
                             "64:ff9b::7f00:1",
                             "2002:7f00:1::",
                             "2001:db8::1",
                             "2001::1"})
        BOOST_TEST(!isPublicText(text), text);
    for (const auto* text : {"1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111",
                             "2a00::1", "::ffff:8.8.8.8"})
        BOOST_TEST(isPublicText(text), text);
}

BOOST_AUTO_TEST_CASE(a_name_is_refused_by_the_address_it_has) {
    BOOST_CHECK_THROW(resolveSafely("localhost", {}), std::runtime_error);
    BOOST_CHECK_THROW(resolveSafely("127.0.0.1", {}), std::runtime_error);
    BOOST_CHECK_THROW(resolveSafely("[::1]", {}), std::runtime_error);
    BOOST_TEST(resolveSafely("127.0.0.1", {Network::parse("127.0.0.0/8")}).toString() ==
               "127.0.0.1");
    BOOST_CHECK_THROW(Network::parse("10.0.0.0/33"), std::invalid_argument);
    BOOST_CHECK_THROW(Network::parse("example.org"), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
