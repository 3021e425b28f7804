#define BOOST_TEST_MODULE relay
#include <boost/test/unit_test.hpp>

#include "relay_fixture.hpp"

using namespace trellis;
using namespace trellis::relay;
using namespace trellis::relay::testing;

namespace {
auto isError(sdk::ErrorCode code, std::string field = {}) {
    return [=](const sdk::Error& error) { return error.code() == code && error.field() == field; };
}
} // namespace

BOOST_FIXTURE_TEST_SUITE(opening, RelayFixture)

BOOST_AUTO_TEST_CASE(agent_is_told_all_it_needs) {
    const auto [opened, target] = open(wanted());
    BOOST_TEST(opened.id.size() == 64U);
    BOOST_TEST(message.at("action").as_string() == "msg");
    BOOST_TEST(message.at("type").as_string() == "tunnel");
    BOOST_TEST(target.starts_with("/meshrelay.ashx?p=1&nodeid=" + deviceId() + "&id=" + opened.id));
    BOOST_TEST(message.at("rights").to_number<std::uint32_t>() == 0xFFFFFFFFU);
    BOOST_TEST(message.at("userid").as_string() == "user//anna");
    BOOST_TEST(message.at("username").as_string() == "anna");
    BOOST_TEST(message.at("sessionid").as_string() == "user//anna/0123456789");
    BOOST_TEST(message.at("remoteaddr").as_string() == "127.0.0.1");
    BOOST_TEST(message.at("consent").to_number<int>() == 0);
    BOOST_TEST(message.at("servertlshash").as_string() == certificates->webHashHex());
    BOOST_TEST(json::serialize(message.at("soptions")) == R"({"usages":[1,8]})");
}

BOOST_AUTO_TEST_CASE(clients_own_address_counts_for_id_and_protocol_only) {
    const auto value = "wss://other.example/meshrelay.ashx?p=8&nodeid=" + deviceId() +
                       "&id=abc123&rauth=mine";
    const auto [opened, target] = open(wanted(value, 0));
    BOOST_TEST(opened.id == "abc123");
    BOOST_TEST(opened.protocol == 8);
    BOOST_TEST(target.find("other.example") == std::string::npos);
    BOOST_TEST(target.find("rauth=mine") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(addresses_that_lie_are_refused) {
    const auto id = "&nodeid=" + deviceId() + "&id=abc";
    for (const std::string& value :
         {std::string("*/other.ashx?p=1") + id, std::string("*/meshrelay.ashx"),
          std::string("javascript:alert(1)"), std::string("*/meshrelay.ashx?p=1&id=a b"),
          std::string("*/meshrelay.ashx?p=0") + id, std::string("*/meshrelay.ashx?p=1&id="),
          std::string("*/meshrelay.ashx?p=1&id=abc&nodeid=node//other"),
          std::string("*/meshrelay.ashx?p=8") + id, // the request says 1
          std::string(5000, 'x')}) {
        BOOST_TEST_CONTEXT(value.substr(0, 60)) {
            BOOST_CHECK_EXCEPTION(relay->open(wanted(value)), sdk::Error,
                                  isError(sdk::ErrorCode::InvalidArgument, "/value"));
        }
    }
}

BOOST_AUTO_TEST_CASE(rights_protocols_and_presence_are_asked_for) {
    auto request = wanted();
    request.caller.userId = stranger->id;
    BOOST_CHECK_EXCEPTION(relay->open(request), sdk::Error,
                          isError(sdk::ErrorCode::NotFound, "/nodeid"));
    directory->setLink(stranger->id, group->id, 8 | 512);
    BOOST_CHECK_EXCEPTION(relay->open(request), sdk::Error, isError(sdk::ErrorCode::Forbidden));
    directory->setLink(stranger->id, group->id, 256);
    BOOST_CHECK_EXCEPTION(relay->open(request), sdk::Error, isError(sdk::ErrorCode::Forbidden));
    BOOST_CHECK_EXCEPTION(relay->open(wanted({}, 5)), sdk::Error,
                          isError(sdk::ErrorCode::NotFound, "/protocol"));
    link.reset();
    BOOST_TEST(eventually([&] { return !isOnline(device); }));
    BOOST_CHECK_EXCEPTION(relay->open(wanted()), sdk::Error, isError(sdk::ErrorCode::Unavailable));
}

BOOST_AUTO_TEST_CASE(id_that_is_awaited_is_not_given_again) {
    const auto value = "*/meshrelay.ashx?p=1&id=same&nodeid=" + deviceId();
    open(wanted(value));
    BOOST_CHECK_EXCEPTION(relay->open(wanted(value)), sdk::Error, isError(sdk::ErrorCode::Conflict));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(entering, RelayFixture)

BOOST_AUTO_TEST_CASE(strangers_wrong_tokens_and_foreign_pages_are_turned_away) {
    const auto [opened, target] = open(wanted());
    const auto& path = opened.viewerPath;
    BOOST_TEST(status("/meshrelay.ashx") == 400);
    BOOST_TEST(status(path) == 401);
    BOOST_TEST(status(path + "&auth=junk") == 401);
    BOOST_TEST(status(path, cookie(stranger)) == 403);
    auto foreign = cookie(user);
    foreign.emplace_back("Origin", "https://evil.example");
    BOOST_TEST(status(path, foreign) == 403);
    BOOST_TEST(status(target + "x") == 401);
    BOOST_TEST(status(target.substr(0, target.find("&rauth")) + "&rauth=") == 401);
    const auto own = wire::percentEncode(tokens.makeRelayAuth(user->id, "x"));
    BOOST_TEST(status(target.substr(0, target.find("&rauth")) + "&rauth=" + own) == 401);
    BOOST_TEST(status("/meshrelay.ashx?p=5&id=x&nodeid=" + wire::percentEncode(deviceId()) +
                      auth(user)) == 404);
    // After all that the two who are meant still find each other.
    WsClient viewer(client(), path, cookie(user));
    WsClient agent(client(), target);
    BOOST_TEST(viewer.receiveText() == "c");
    BOOST_TEST(agent.receiveText() == "c");
}

BOOST_AUTO_TEST_CASE(third_connection_and_later_ones_find_no_place) {
    auto ends = running();
    const auto path = "/meshrelay.ashx?p=1&id=" + ends.id + "&nodeid=" +
                      wire::percentEncode(deviceId());
    WsClient third(client(), path + auth(user));
    BOOST_TEST(third.waitForClose() == 1008);
    ends.viewer->sendBinary("still here");
    BOOST_TEST(ends.device->receiveBinary() == "still here");
    ends.viewer->sendClose();
    BOOST_TEST(ends.device->waitForClose() == 1000);
    BOOST_TEST(eventually([&] { return relay->size() == 0; }));
    BOOST_TEST(status("/meshrelay.ashx?p=1&id=" + ends.id + "&rauth=" + std::string(64, 'a')) == 401);
}

BOOST_AUTO_TEST_CASE(own_tokens_on_both_ends_pair_for_the_same_user_only) {
    const auto target = [&](const char* id) {
        return std::string("/meshrelay.ashx?p=1&id=") + id + "&nodeid=" +
               wire::percentEncode(deviceId());
    };
    const auto rauth = [&](const model::UserPtr& who) {
        return "&rauth=" + wire::percentEncode(tokens.makeRelayAuth(who->id, "login"));
    };
    WsClient deviceEnd(client(), target("a") + rauth(user));
    WsClient viewer(client(), target("a") + auth(user));
    BOOST_TEST(viewer.receiveText() == "c");
    BOOST_TEST(deviceEnd.receiveText() == "c");

    WsClient otherEnd(client(), target("b") + rauth(stranger));
    WsClient second(client(), target("b") + auth(user));
    BOOST_TEST(second.waitForClose() == 1008);
    BOOST_TEST(otherEnd.waitForClose() == 1008);

    WsClient one(client(), target("c") + auth(user));
    WsClient two(client(), target("c") + auth(user)); // nobody is the device
    BOOST_TEST(two.waitForClose() == 1008);
    BOOST_TEST(one.waitForClose() == 1008);
}

BOOST_AUTO_TEST_CASE(viewer_that_names_another_device_or_kind_is_not_paired) {
    const auto other = enrol(group, "other");
    auto files = relay->registry().add("files", spec("files", {5}), {});
    const auto [opened, target] = open(wanted());
    WsClient agent(client(), target);
    WsClient viewer(client(), "/meshrelay.ashx?p=5&id=" + opened.id + "&nodeid=" +
                                  wire::percentEncode(deviceId()) + auth(user));
    BOOST_TEST(viewer.waitForClose() == 1008);
    BOOST_TEST(agent.waitForClose() == 1008);
    const auto [again, secondTarget] = open(wanted());
    WsClient secondAgent(client(), secondTarget);
    WsClient secondViewer(client(), "/meshrelay.ashx?p=1&id=" + again.id + "&nodeid=" +
                                        wire::percentEncode(other->id) + auth(user));
    BOOST_TEST(secondViewer.waitForClose() == 1008);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(waiting)

BOOST_AUTO_TEST_CASE(end_that_nobody_joins_is_closed) {
    RelayFixture server([](RelayServices& services) {
        services.settings.pairing = std::chrono::seconds(1);
    });
    const auto [opened, target] = server.open(server.wanted());
    WsClient viewer(server.client(), opened.viewerPath, server.cookie(server.user));
    BOOST_TEST(viewer.waitForClose() == 1008);
    BOOST_TEST(eventually([&, &target = target] { return server.status(target) == 401; })); // no longer awaited
}

BOOST_AUTO_TEST_CASE(plugin_may_refuse_a_tunnel) {
    RelayFixture server([](RelayServices& services) {
        services.allow = [](const sdk::Request&, const json::object&) { return sdk::Decision::Deny; };
    });
    BOOST_CHECK_EXCEPTION(server.relay->open(server.wanted()), sdk::Error,
                          isError(sdk::ErrorCode::Forbidden));
    const auto target = "/meshrelay.ashx?p=1&id=x&nodeid=" + wire::percentEncode(server.deviceId());
    WsClient viewer(server.client(), target + server.auth(server.user));
    WsClient other(server.client(),
                   target + "&rauth=" +
                       wire::percentEncode(server.tokens.makeRelayAuth(server.user->id, "x")));
    BOOST_TEST(viewer.waitForClose() == 1008);
}

BOOST_AUTO_TEST_SUITE_END()
