#define BOOST_TEST_MODULE webhook
#include <boost/test/unit_test.hpp>

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/StreamCopier.h>

#include <trellis/sdk/testing.hpp>

#include "../webhook.hpp"

using namespace trellis::testing;
using namespace std::chrono_literals;
using webhook::Webhook;

namespace {

/// The other side: takes or refuses, and remembers.
struct Other {
    std::vector<std::string> taken;
    std::string problem;
    Webhook::Post post() {
        return [this](const webhook::Target&, const std::string& body) {
            if (problem.empty()) taken.push_back(body);
            return problem;
        };
    }
};

const json::object kOptions{{"url", "https://hook.example"}};

struct Fixture {
    Other other;
    FakeHost host;
    PluginUnderTest plugin{std::make_unique<Webhook>(other.post()), host, kOptions};

    void connect(const std::string& id) {
        plugin.publish(kDeviceConnected, DeviceEvent{id, "mesh//m", "", "pc"});
    }
    std::int64_t status(const char* key) {
        return plugin.call("webhook.status").at(key).to_number<std::int64_t>();
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(delivery, Fixture)

BOOST_AUTO_TEST_CASE(events_arrive_in_order_and_only_those_wanted) {
    connect("node//a");
    plugin.publish(kUserLoggedIn, UserEvent{"user//u", "192.0.2.1"});
    connect("node//b");
    BOOST_TEST_REQUIRE(other.taken.size() == 2u);
    BOOST_TEST(other.taken[0].find("\"event\":\"device.connected\"") != std::string::npos);
    BOOST_TEST(other.taken[0].find("node//a") != std::string::npos);
    BOOST_TEST(other.taken[1].find("node//b") != std::string::npos);
    BOOST_TEST(host.count("webhook_delivered_total") == 2u);
}

BOOST_AUTO_TEST_CASE(what_is_refused_is_tried_again_after_growing_pauses_and_nothing_is_lost) {
    other.problem = "HTTP status 503";
    connect("node//a");
    connect("node//b");
    BOOST_TEST(host.health() == "events cannot be delivered: HTTP status 503");
    host.advance(1s);   // the second attempt
    host.advance(1s);   // too early for the third
    other.problem.clear();
    host.advance(900ms);
    BOOST_TEST(other.taken.empty());
    host.advance(100ms);
    BOOST_TEST(other.taken.size() == 2u);
    BOOST_TEST(host.health() == "");
    BOOST_TEST(status("waiting") == 0);
}

BOOST_AUTO_TEST_CASE(a_full_queue_drops_the_oldest_and_counts_it) {
    other.problem = "away";
    for (std::size_t i = 0; i < Webhook::kQueueLimit + 5; ++i) connect("node//" + std::to_string(i));
    BOOST_TEST(status("dropped") == 5);
    BOOST_TEST(status("waiting") == static_cast<std::int64_t>(Webhook::kQueueLimit));
}

BOOST_AUTO_TEST_CASE(stopping_while_a_retry_waits_leaves_nothing) {
    other.problem = "away";
    connect("node//a");
    BOOST_TEST(host.openHandles() == 1u);
    plugin.stop();
    BOOST_TEST(host.openHandles() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(a_token_is_never_sent_in_clear_text) {
    const auto problems =
        configurationProblems<Webhook>({{"url", "http://hook.example"}, {"token", "t"}});
    BOOST_TEST_REQUIRE(problems.size() == 1u);
    BOOST_TEST(problems[0] == "token: would be sent in clear text: use an https URL");
    BOOST_TEST(!configurationProblems<Webhook>({{"url", "ftp://hook.example"}}).empty());
    BOOST_TEST(!configurationProblems<Webhook>({}).empty());
}

namespace {

using namespace Poco::Net;

class Echo final : public HTTPRequestHandler {
public:
    explicit Echo(std::string& seen) : seen_(seen) {}
    void handleRequest(HTTPServerRequest& request, HTTPServerResponse& response) override {
        Poco::StreamCopier::copyToString(request.stream(), seen_);
        response.setStatus(request.getURI() == "/good" ? HTTPResponse::HTTP_NO_CONTENT
                                                       : HTTPResponse::HTTP_SERVICE_UNAVAILABLE);
        response.setContentLength(0);
        response.send();
    }

private:
    std::string& seen_;
};

class EchoFactory final : public HTTPRequestHandlerFactory {
public:
    explicit EchoFactory(std::string& seen) : seen_(seen) {}
    HTTPRequestHandler* createRequestHandler(const HTTPServerRequest&) override {
        return new Echo(seen_);
    }

private:
    std::string& seen_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_real_post_tells_taken_refused_and_unreachable_apart) {
    std::string seen;
    const ServerSocket socket(SocketAddress("127.0.0.1", 0));
    HTTPServer server(new EchoFactory(seen), socket, new HTTPServerParams);
    server.start();
    const auto base = "http://127.0.0.1:" + std::to_string(socket.address().port());
    BOOST_TEST(webhook::post({base + "/good", "", 5s}, "{\"a\":1}") == "");
    BOOST_TEST(seen == "{\"a\":1}");
    BOOST_TEST(webhook::post({base + "/bad", "", 5s}, "{}") == "HTTP status 503");
    server.stopAll(true);
    BOOST_TEST(webhook::post({"http://127.0.0.1:1/", "", 1s}, "{}") != "");
    BOOST_TEST(webhook::post({"not a url", "", 1s}, "{}") != "");
}
